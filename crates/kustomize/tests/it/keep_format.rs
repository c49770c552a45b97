//! Edits that change only the lines they concern.

use plumb_kustomize::edit::{EditOutcome, Writing, edit};

use crate::{
    edit_differential::{commands, find, kustomizations, random::Random},
    memory::Files,
    recorded::shared,
};

fn run(before: &str, argv: &[&str]) -> (String, EditOutcome) {
    let mut files = Files::new([
        ("kustomization.yaml", before),
        ("a.yaml", "x: y\n"),
        ("b.yaml", "x: y\n"),
        ("c.yaml", "x: y\n"),
        ("x.env", "A=1\n"),
    ]);
    let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
    let outcome = edit(&argv, Writing::KeepingFormat, &mut files);
    (
        files.files.remove("kustomization.yaml").unwrap_or_default(),
        outcome,
    )
}

/// The edit changes the text into another, and does not say that it had to write it anew.
fn check(argv: &[&str], before: &str, after: &str) {
    let (text, outcome) = run(before, argv);
    assert_eq!(outcome.result, Ok(()), "{argv:?}");
    assert_eq!(text, after, "{argv:?} on\n{before}");
    assert_eq!(outcome.remarks, [], "{argv:?}");
}

const SHOP: &str = "# The shop.
kind: Kustomization # first, for once
apiVersion: 'kustomize.config.k8s.io/v1beta1'

resources:
  # what runs
  - a.yaml   # the web server
  - \"b.yaml\"

# what it runs
images:
  - name: web    # eol
    newTag: \"1.25\"
  # the database
  - newTag: '9'
    name: db
  - name: cache
    digest: sha256:24a0

commonLabels: {app: shop, tier: \"2\"}
namespace: shop # where
# the end
";

#[test]
fn a_tag_changes_in_its_place_and_its_quotes() {
    let after = SHOP.replace("\"1.25\"", "\"2\"").replace("'9'", "'10'");
    check(&["set", "image", "web:2", "db:10"], SHOP, &after);
}

#[test]
fn a_new_image_comes_last_and_a_digest_makes_way_for_a_tag() {
    let after = SHOP.replace(
        "    digest: sha256:24a0\n",
        "    newTag: v2\n  - name: new\n    newTag: \"1\"\n",
    );
    check(&["set", "image", "cache:v2", "new:1"], SHOP, &after);
}

#[test]
fn the_key_behind_a_dash_can_go() {
    let before = "images:\n# pinned\n- digest: sha256:00 # why\n  name: db\n";
    check(
        &["set", "image", "db:1"],
        before,
        "images:\n# pinned\n- name: db\n  newTag: \"1\"\n",
    );
}

#[test]
fn resources_come_and_go_one_by_one() {
    let after = SHOP.replace("  - \"b.yaml\"\n", "  - \"b.yaml\"\n  - c.yaml\n");
    check(&["add", "resource", "c.yaml"], SHOP, &after);
    let after = SHOP.replace("  - a.yaml   # the web server\n", "");
    check(&["remove", "resource", "a.yaml"], SHOP, &after);
    let after = SHOP
        .replace("resources:\n", "")
        .replace("  - a.yaml   # the web server\n  - \"b.yaml\"\n", "");
    check(&["remove", "resource", "*"], SHOP, &after);
}

#[test]
fn lists_and_maps_within_brackets_stay_so() {
    let before = "resources: [ 'a.yaml', b.yaml ] # all\nbuildMetadata: [originAnnotations]\n";
    let after = before.replace("b.yaml ]", "b.yaml, c.yaml ]");
    check(&["add", "resource", "c.yaml"], before, &after);
    let after = before.replace("'a.yaml', ", "");
    check(&["remove", "resource", "a.yaml"], before, &after);
    let after = SHOP.replace("{app: shop, tier: \"2\"}", "{app: shop, tier: \"2\", new: \"1\"}");
    check(&["add", "label", "new:1"], SHOP, &after);
    let after = SHOP.replace("{app: shop, tier: \"2\"}", "{app: shop}");
    check(&["remove", "label", "tier"], SHOP, &after);
}

#[test]
fn single_values_change_in_their_place() {
    check(
        &["set", "namespace", "other"],
        SHOP,
        &SHOP.replace("namespace: shop", "namespace: other"),
    );
    let before = "namePrefix:   \"old-\"   # c\nresources: []\n";
    check(
        &["set", "nameprefix", "new-"],
        before,
        &before.replace("old-", "new-"),
    );
    check(&["set", "nameprefix", ""], before, "resources: []\n");
}

#[test]
fn what_is_new_comes_after_the_last_field() {
    let after = SHOP.replace("# the end\n", "nameSuffix: -x\n# the end\n");
    check(&["set", "namesuffix", "--", "-x"], SHOP, &after);
    let after = SHOP.replace(
        "# the end\n",
        "replicas:\n  - name: web\n    count: 3\n# the end\n",
    );
    check(&["set", "replicas", "web=3"], SHOP, &after);
    check(
        &["set", "namespace", "x"],
        "resources:\n- a.yaml",
        "resources:\n- a.yaml\nnamespace: x\n",
    );
    check(&["set", "namespace", "x"], "# empty\n", "# empty\nnamespace: x\n");
    check(
        &["set", "namespace", "x"],
        "---\nresources: [a.yaml]\n---\nother: document\n",
        "---\nresources: [a.yaml]\nnamespace: x\n---\nother: document\n",
    );
}

#[test]
fn empty_fields_are_filled_where_they_stand() {
    let before = "images: [] # none yet\nnamespace: # nor here\nresources:\nkind: Kustomization\n";
    let after = before.replace(
        "images: [] # none yet\n",
        "images: # none yet\n- name: a\n  newTag: v1\n",
    );
    check(&["set", "image", "a:v1"], before, &after);
    check(
        &["set", "namespace", "ns"],
        before,
        &before.replace("namespace: #", "namespace: ns #"),
    );
    check(
        &["add", "resource", "a.yaml"],
        before,
        &before.replace("resources:\n", "resources:\n- a.yaml\n"),
    );
}

#[test]
fn old_fields_stay_until_they_are_fixed() {
    let before = "bases:\n- base # old\nimageTags:\n- name: web\n  newTag: v1 # now\n";
    check(&["set", "image", "web:v2"], before, &before.replace("v1", "v2"));
    // To add to a field is to fix its name.
    let after = before.replace("bases:\n- base # old\n", "resources:\n- base # old\n- a.yaml\n");
    check(&["add", "resource", "a.yaml"], before, &after);
    let after = before.replace("bases:\n- base # old\n", "");
    check(&["remove", "resource", "base"], before, &after);
}

#[test]
fn a_fix_renames_in_place() {
    let before =
        "# bases\nbases:\n# the one\n- a.yaml # it\nkind: Kustomization\ncommonLabels:\n  app: x # why\n";
    let after = "# bases\nresources:\n# the one\n- a.yaml # it\nkind: Kustomization\n\
                 apiVersion: kustomize.config.k8s.io/v1beta1\n\
                 labels:\n- pairs:\n    app: x\n  includeSelectors: true\n";
    let (text, outcome) = run(before, &["fix"]);
    assert_eq!(outcome.result, Ok(()));
    assert_eq!(text, after);
}

#[test]
fn generators_change_within_and_take_no_options_over() {
    let before = "generatorOptions:\n  labels: {a: b}\nconfigMapGenerator:\n- name: cm\n  literals:\n  - a=1 # one\n  - b=2\n# end\n";
    let after = before.replace("a=1", "a=5");
    check(&["set", "configmap", "cm", "--from-literal=a=5"], before, &after);
    let after = before.replace("  - b=2\n", "  - b=2\n  - c=3\n");
    check(&["add", "configmap", "cm", "--from-literal=c=3"], before, &after);
    let after = before.replace("# end\n", "- name: env\n  envs:\n  - x.env\n# end\n");
    check(
        &["add", "configmap", "env", "--from-env-file=x.env"],
        before,
        &after,
    );
}

#[test]
fn patches_keep_their_blocks() {
    let before = "patches:\n- patch: |-\n    - op: add\n      # not a comment\n      path: /x\n\n      value: 1\n  target:\n    kind: Service\n# between\n- path: a.yaml\n";
    let after = format!("{before}- path: b.yaml\n  target:\n    kind: Deployment\n");
    check(
        &["add", "patch", "--path", "b.yaml", "--kind", "Deployment"],
        before,
        &after,
    );
    let after = before.replace("- path: a.yaml\n", "");
    check(&["remove", "patch", "--path", "a.yaml"], before, &after);
}

#[test]
fn line_breaks_of_windows_stay() {
    let before = SHOP.replace('\n', "\r\n");
    let after = before.replace("\"1.25\"", "\"2\"");
    check(&["set", "image", "web:2"], &before, &after);
}

#[test]
fn what_cannot_be_kept_is_written_anew_and_said() {
    let before = "namespace: >-\n  folded\n  text\n";
    let (text, outcome) = run(before, &["set", "namespace", "plain"]);
    assert!(text.contains("namespace: plain\n"), "{text}");
    assert!(outcome.remarks[0].text.contains("written anew"), "{outcome:?}");
}

#[test]
fn the_flag_chooses() {
    let (text, _) = run(SHOP, &["set", "namespace", "x", "--keep-format=false"]);
    assert!(text.starts_with("# The shop.\nkind: Kustomization\n"), "{text}");
}

#[test]
fn comments_survive_random_edits() {
    let (mut kept, mut anew) = (0, 0);
    for case in 0..1500 {
        let mut random = Random::new(case);
        let argv = commands::command(&mut random);
        let files = kustomizations::folder(&mut random, true);
        let Some(before) = files.get("kustomization.yaml").filter(|_| argv[0] == "edit") else {
            continue;
        };
        let mut memory = Files::new(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        let outcome = edit(&argv[1..], Writing::KeepingFormat, &mut memory);
        let after = &memory.files["kustomization.yaml"];
        if outcome.result.is_err() || after == before {
            continue;
        }
        if outcome
            .remarks
            .iter()
            .any(|remark| remark.text.contains("written anew"))
        {
            anew += 1;
            if std::env::var_os("PLUMB_EDIT_SHOW").is_some() {
                println!("anew, case {case}: {argv:?}\n{before}");
            }
            continue;
        }
        kept += 1;
        for line in before.lines().filter(|line| line.trim_start().starts_with('#')) {
            assert!(
                after.contains(line),
                "case {case}: {argv:?}\n{before}--- after\n{after}"
            );
        }
    }
    println!("kept {kept}, written anew {anew}");
    assert!(anew * 4 < kept, "kept {kept}, written anew {anew}");
}

/// Files that people wrote: of each, an edit changes but a few lines.
#[test]
fn public_repositories_keep_their_layout() {
    let Some(folder) = shared("repos") else { return };
    let edits = [
        "set image nginx:1.27",
        "set namespace shop",
        "add label --without-selector team:shop",
        "add resource a.yaml",
        "set replicas web=3",
        "add annotation note:x -f",
        "add patch --path a.yaml --kind Deployment",
    ];
    let mut found = Vec::new();
    find(&folder, &mut found);
    found.sort();
    let (mut kept, mut anew) = (0, 0);
    for (number, path) in found.iter().enumerate() {
        let before = std::fs::read_to_string(path).unwrap_or_default();
        let argv: Vec<&str> = edits[number % edits.len()].split(' ').collect();
        let (after, outcome) = run(&before, &argv);
        if outcome.result.is_err() || after == before {
            continue;
        }
        if !outcome.remarks.is_empty() {
            anew += 1;
            println!("anew: {} {argv:?}", path.display());
            continue;
        }
        kept += 1;
        let is_new = |line: &&str| !before.lines().any(|known| known == *line);
        let new = after.lines().filter(is_new).count();
        let gone = before
            .lines()
            .filter(|line| !after.lines().any(|known| known == *line))
            .count();
        assert!(
            new <= 6 && gone <= 2,
            "{}: {argv:?}\n{before}--- after\n{after}",
            path.display()
        );
    }
    println!("public: kept {kept}, written anew {anew}");
    assert!(anew * 20 < kept, "kept {kept}, written anew {anew}");
}

#[test]
fn the_last_field_of_a_file_without_a_last_break_can_go() {
    check(&["remove", "label", "a,b"], "commonLabels:\n  a: x\n  b: ", "");
}
