use super::*;

fn parse(text: &str) -> anyhow::Result<Config> {
    Config::parse(text, Path::new("plumb.yaml"))
}

#[test]
fn rewrites_are_read() {
    let config = parse("rewrites:\n- from: https://example.com/org\n  to: /srv/git\n").unwrap();
    let rewrites: Vec<Rewrite> = config.rewrites().collect();
    assert_eq!(
        rewrites,
        [Rewrite {
            from: "https://example.com/org".into(),
            to: "/srv/git".into()
        }]
    );
}

#[test]
fn an_empty_file_says_nothing() {
    assert_eq!(parse("# nothing yet\n").unwrap().rewrites().count(), 0);
}

#[test]
fn a_misspelt_field_is_refused_with_the_name_of_the_file() {
    let error = format!("{:#}", parse("rewrite: []\n").unwrap_err());
    assert!(
        error.contains("plumb.yaml") && error.contains("unknown field `rewrite`"),
        "{error}"
    );
}
