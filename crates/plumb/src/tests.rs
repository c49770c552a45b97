use std::path::Path;

#[test]
fn the_reference_of_the_command_line_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../api/cli.md");
    let now = plumb_cli::reference(super::COMMANDS);
    if std::env::var_os("PLUMB_BLESS").is_some() {
        std::fs::write(&file, &now).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap();
    assert!(
        committed == now,
        "api/cli.md is not what `plumb --help` says: PLUMB_BLESS=1 cargo test -p plumb writes it"
    );
}
