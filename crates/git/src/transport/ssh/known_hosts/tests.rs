use super::*;

const ONE: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINSoarigLh8jg+/8H+9L41cPdbDdaV0u3aPJ8WW8LeWO";
const OTHER: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICPDKpyuNIib1MfNw+3WrNfk6BMIliNUV5PDuVJt5vxT";
/// `host.example`, as `ssh-keygen -H` hashes it.
const HASHED: &str = "|1|+pgUvdlpEYWQ+b2fAbrcd6+aPeA=|F1TyZGfza9ydJ4Y7sfiz9MiIaBQ=";

fn verdict(lines: &str, host: &str, port: u16) -> Verdict {
    KnownHosts::parse(lines).verdict(host, port, &PublicKey::from_openssh(ONE).unwrap())
}

#[test]
fn hosts_are_found_as_openssh_finds_them() {
    for (hosts, host, port) in [
        ("host.example", "Host.example", 22),
        ("a,host.example,b", "host.example", 22),
        ("[host.example]:2222", "host.example", 2222),
        ("*.example", "host.example", 22),
        ("h?st.*", "host.example", 22),
        (HASHED, "host.example", 22),
    ] {
        let lines = format!("# comment\n\nnonsense\n{hosts} {ONE} comment\n");
        assert_eq!(verdict(&lines, host, port), Verdict::Known, "{hosts}");
    }
    for (hosts, host, port) in [
        ("host.example", "host.example", 2222),
        ("[host.example]:2222", "host.example", 22),
        ("*.example,!host.example", "host.example", 22),
        (HASHED, "other.example", 22),
    ] {
        assert_eq!(
            verdict(&format!("{hosts} {ONE}"), host, port),
            Verdict::UnknownHost,
            "{hosts}"
        );
    }
}

#[test]
fn another_key_is_told_from_an_unknown_host_and_a_revoked_key_from_both() {
    assert_eq!(verdict(&format!("h {OTHER}"), "h", 22), Verdict::Different);
    assert_eq!(verdict(&format!("h {OTHER}\nh {ONE}"), "h", 22), Verdict::Known);
    assert_eq!(
        verdict(&format!("h {ONE}\n@revoked * {ONE}"), "h", 22),
        Verdict::Revoked
    );
    assert_eq!(
        verdict(&format!("@cert-authority h {ONE}"), "h", 22),
        Verdict::UnknownHost
    );
    assert_eq!(verdict("", "h", 22), Verdict::UnknownHost);
}
