use super::*;

#[test]
fn every_scenario_of_the_repository_can_be_read() {
    let mut count = 0;
    for entry in std::fs::read_dir(process::scenarios()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "scn") {
            assert!(
                !parse(&std::fs::read_to_string(&path).unwrap())
                    .unwrap()
                    .is_empty(),
                "{}",
                path.display()
            );
            count += 1;
        }
    }
    assert!(count > 0);
}

#[test]
fn output_is_compared_line_by_line_with_gaps() {
    let wrong = |expected: &[&str], came: &str| {
        difference(
            &expected.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>(),
            came,
        )
    };
    assert_eq!(wrong(&["a [..] c", "...", "z"], "a b c\nx\ny\nz\n"), None);
    assert_eq!(wrong(&[], ""), None);
    assert!(wrong(&["a"], "a\nb\n").is_some(), "more came than was expected");
    assert!(wrong(&["a", "b"], "a\n").is_some(), "less came than was expected");
    assert!(wrong(&["a[..]b"], "acx\n").is_some());
}

#[test]
fn a_step_that_fails_says_where_and_what() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "$ echo one\ntwo\n").unwrap();
    let error = run(file.path(), Path::new("/bin/true")).unwrap_err().to_string();
    assert!(
        error.contains(":1: $ echo one") && error.contains("expected \"two\", came \"one\""),
        "{error}"
    );
    std::fs::write(file.path(), "needs no-such-program-here\n$ false\n").unwrap();
    let skipped = run(file.path(), Path::new("/bin/true")).unwrap();
    assert_eq!(
        skipped,
        Outcome::Skipped("no-such-program-here is not installed".to_owned())
    );
}
