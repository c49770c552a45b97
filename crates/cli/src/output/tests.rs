use super::*;

#[test]
fn a_table_is_aligned_and_has_no_spaces_at_the_end_of_lines() {
    let output = Output::captured();
    let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
    output.table(
        &["name", "status"],
        vec![row(["my-app", "Synced"]), row(["b", ""])],
    );
    assert_eq!(output.taken().0, "NAME     STATUS\nmy-app   Synced\nb\n");
}

#[test]
fn colours_do_not_reach_programs() {
    let output = Output::captured();
    output.diff("-old\n+new\n same\n");
    output.failure(&anyhow::anyhow!("inner").context("outer"));
    assert_eq!(
        output.taken(),
        (
            "-old\n+new\n same\n".to_owned(),
            "Error: outer: inner\n".to_owned()
        )
    );
}

#[test]
fn a_question_that_nobody_can_answer_is_an_error_unless_answered_before() {
    let output = Output::captured();
    assert!(output.confirm("Delete it?", true).unwrap());
    assert!(
        output
            .confirm("Delete it?", false)
            .unwrap_err()
            .to_string()
            .contains("--yes")
    );
}

#[test]
fn text_from_outside_does_not_steer_the_terminal() {
    let output = Output::captured();
    output.table(&["who"], vec![vec!["Eve\u{1b}[2J\u{202e}".to_owned()]]);
    output.diff("+a\u{9b}2J\u{7}\n");
    assert_eq!(
        output.taken().0,
        "WHO\nEve\u{fffd}[2J\u{fffd}\n+a\u{fffd}2J\u{fffd}\n"
    );
}
