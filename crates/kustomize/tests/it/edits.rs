//! Edits as the original makes them: our own cases.

use plumb_kustomize::edit::{Writing, edit};

use crate::memory::Files;

fn after(argv: &str, before: &str) -> String {
    let mut files = Files::new([
        ("kustomization.yaml", before),
        ("a.yaml", "x: y\n"),
        ("b.yaml", "x: y\n"),
    ]);
    let argv: Vec<String> = argv.split(' ').map(str::to_owned).collect();
    edit(&argv, Writing::Anew, &mut files)
        .result
        .expect("the command does not refuse");
    files.files.remove("kustomization.yaml").unwrap_or_default()
}

const HEAD: &str = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

#[test]
fn an_image_takes_its_place_by_name() {
    let before =
        format!("{HEAD}# what runs\nimages:\n- name: web\n  newTag: \"1\"\n- name: db\n  newTag: \"9\"\n");
    let wanted = format!(
        "{HEAD}# what runs\nimages:\n- name: db\n  newTag: \"9\"\n- name: web\n  newName: mirror/web\n  newTag: \"2\"\n"
    );
    assert_eq!(after("set image web=mirror/web:2", &before), wanted);
}

#[test]
fn comments_inside_a_field_move_above_it_and_the_last_ones_vanish() {
    let before = format!("{HEAD}resources:\n# first\n- a.yaml\n# end\n");
    assert_eq!(
        after("add resource b.yaml", &before),
        format!("{HEAD}# first\nresources:\n- a.yaml\n- b.yaml\n")
    );
}

#[test]
fn old_fields_move_on_any_edit() {
    let wanted = format!("{HEAD}resources:\n- base\nnamespace: shop\n");
    assert_eq!(after("set namespace shop", "bases:\n- base\n"), wanted);
}

#[test]
fn a_command_that_refuses_writes_nothing() {
    let mut files = Files::new([("kustomization.yaml", HEAD)]);
    let argv = ["set", "replicas", "web"].map(str::to_owned);
    let error = edit(&argv, Writing::Anew, &mut files)
        .result
        .expect_err("there is no count");
    assert!(error.to_string().contains("<name>=<count>"), "{error}");
    assert_eq!(files.files["kustomization.yaml"], HEAD);
}
