use plumb_model::GroupKind;

use super::*;

fn verdict(kind: &str, drift: Vec<FieldDrift>) -> Verdict {
    let id = ObjectId {
        kind: GroupKind::new("", kind),
        namespace: Some("production".into()),
        name: "it".into(),
    };
    Verdict {
        id,
        version: "v1".into(),
        sync: SyncStatus::OutOfSync,
        drift,
        requires_pruning: false,
        problem: None,
    }
}

fn field(path: &str) -> FieldDrift {
    FieldDrift {
        path: path.into(),
        desired: Some(json!("c2VjcmV0")),
        live: Some(json!("b3RoZXI=")),
        manager: Some("kubectl-edit".into()),
        since: Some("2026-01-01T00:00:00Z".into()),
    }
}

fn found(verdicts: &[Verdict]) -> Found {
    Found {
        what: "apps/x".into(),
        objects: verdicts.iter().map(Drifted::of).collect(),
        problems: Vec::new(),
    }
}

#[test]
fn a_changed_field_is_told_with_both_values_and_who_did_it() {
    let output = Output::captured();
    let exit = print(
        &output,
        &[found(&[verdict("ConfigMap", vec![field(".data.a")])])],
        Format::Table,
    );
    let expected = "apps/x\n  ConfigMap production/it\n    .data.a\n      Git   \"c2VjcmV0\"\n      live  \"b3RoZXI=\"  (by \
                    kubectl-edit, 2026-01-01T00:00:00Z)\n\nDrift detected: 1 field in 1 object\n";
    assert_eq!((output.taken().0.as_str(), exit), (expected, Exit::Negative));
}

#[test]
fn values_of_secrets_are_hidden_in_every_form() {
    for format in [Format::Table, Format::Json, Format::Yaml] {
        let output = Output::captured();
        print(
            &output,
            &[found(&[verdict("Secret", vec![field(".data.password")])])],
            format,
        );
        let text = output.taken().0;
        assert!(
            text.contains("<hidden>") && !text.contains("c2VjcmV0") && !text.contains("b3RoZXI="),
            "{text}"
        );
    }
}

#[test]
fn nothing_found_is_no_drift_and_what_could_not_be_looked_at_is_an_error() {
    let output = Output::captured();
    assert_eq!(print(&output, &[found(&[])], Format::Table), Exit::Success);
    assert_eq!(output.taken().0, "No drift detected\n");
    let blind = Found {
        problems: vec!["forbidden".into()],
        ..found(&[])
    };
    assert_eq!(print(&output, &[blind], Format::Table), Exit::Error);
    assert!(output.taken().1.contains("forbidden"));
}

#[test]
fn the_last_line_counts() {
    let missing = verdict("Service", Vec::new());
    let surplus = Verdict {
        requires_pruning: true,
        ..verdict("Pod", Vec::new())
    };
    let text = summary(&[found(&[missing, surplus])]);
    assert_eq!(
        text,
        "Drift detected: 1 object missing, 1 object no longer in Git"
    );
}
