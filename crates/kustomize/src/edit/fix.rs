//! `edit fix`: old fields become new ones.

use plumb_yaml::{Mapping, Node, Value};

use super::{Call, Done, flags::Flag, refuse, sheet::Sheet, vars};
use crate::kustomization::decode;

pub(super) const FLAGS: &[Flag] = &[Flag::switch("vars", "")];

const FIXED: &str = "
Fixed fields:
  patchesJson6902 -> patches
  patchesStrategicMerge -> patches
  commonLabels -> labels
";
const FIXED_VARS: &str = "  vars -> replacements\n";
const VARS_REMAIN: &str = "
To convert vars -> replacements, run the command `kustomize edit fix --vars`

WARNING: Converting vars to replacements will potentially overwrite many resource files 
and the resulting files may not produce the same output when `kustomize build` is run. 
We recommend doing this in a clean git repository where the change is easy to undo.
";

pub(super) fn fix(call: &mut Call<'_>) -> Done {
    let before = call.files.build();
    if let Some(Ok(built)) = &before {
        built.warnings.iter().for_each(|line| call.note(line));
    }
    let mut sheet = call.sheet()?;
    move_patches(call, &mut sheet);
    move_labels(&mut sheet)?;
    call.outcome.stdout.push_str(FIXED);
    if call.flags.is_on("vars") {
        vars::convert(call, &mut sheet)?;
        call.outcome.stdout.push_str(FIXED_VARS);
    } else {
        call.outcome.stdout.push_str(VARS_REMAIN);
    }
    call.write(&sheet)?;
    let before = before
        .and_then(Result::ok)
        .map(|built| built.to_yaml())
        .unwrap_or_default();
    match call.files.build() {
        None => {}
        Some(Err(error)) => call.outcome.stdout.push_str(&format!(
            "Warning: 'Fixed' kustomization now produces the error when running `kustomize build`: {error}\n"
        )),
        Some(Ok(built)) => {
            built.warnings.iter().for_each(|line| call.note(line));
            let after = built.to_yaml();
            if after != before {
                call.outcome.stdout.push_str(&format!(
                    "Warning: 'Fixed' kustomization now produces different output when running `kustomize \
                     build`:\n...{after}...\n"
                ));
            }
        }
    }
    Ok(())
}

fn move_patches(call: &Call<'_>, sheet: &mut Sheet) {
    if let Some(old) = sheet.remove("patchesJson6902") {
        sheet
            .list("patches")
            .extend_from_slice(old.as_sequence().unwrap_or_default());
    }
    let Some(old) = sheet.remove("patchesStrategicMerge") else {
        return;
    };
    for item in old.as_sequence().unwrap_or_default() {
        let text = item.as_str().unwrap_or("");
        let is_file = !text.contains('\n') && matches!(call.files.read(text), Ok(Some(_)));
        let mut patch = Mapping::new();
        patch.push(if is_file { "path" } else { "patch" }, item.clone());
        sheet.list("patches").push(Value::Mapping(patch).into());
    }
}

fn move_labels(sheet: &mut Sheet) -> Done {
    let Some(common) = sheet
        .get("commonLabels")
        .and_then(Node::as_mapping)
        .filter(|map| !map.is_empty())
    else {
        return Ok(());
    };
    let common = common.clone();
    for label in sheet.list("labels") {
        let pairs = decode::field(label, "pairs").and_then(Node::as_mapping);
        if let Some(key) = pairs.and_then(|pairs| pairs.keys().find(|key| common.contains(key))) {
            return refuse(format!(
                "label name '{key}' exists in both commonLabels and labels"
            ));
        }
    }
    let mut label = Mapping::new();
    label.push("pairs", Value::Mapping(common).into());
    label.push("includeSelectors", Value::Bool(true).into());
    sheet.list("labels").push(Value::Mapping(label).into());
    sheet.remove("commonLabels");
    Ok(())
}
