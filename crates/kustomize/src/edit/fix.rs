//! `edit fix`: old fields become new ones.

mod unbuilt;

use plumb_yaml::{Mapping, Node, Value};

use super::{Call, Done, flags::Flag, refuse, sheet::Sheet, vars};
use crate::{error::BuildError, kustomization::decode};

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
    let before = build(call).map(Result::ok);
    let mut sheet = call.sheet()?;
    move_patches(call, &mut sheet);
    move_labels(&mut sheet)?;
    if call.flags.is_on("vars") {
        vars::convert(call, &mut sheet)?;
    }
    call.stdout.push_str(FIXED);
    if call.flags.is_on("vars") {
        call.stdout.push_str(FIXED_VARS);
    } else {
        call.stdout.push_str(VARS_REMAIN);
    }
    call.write_fixed(&sheet)?;
    let Some(before) = before else { return Ok(()) };
    let now = "Warning: 'Fixed' kustomization now produces";
    let running = "when running `kustomize build`:";
    let warning = match build(call) {
        None => return Ok(()),
        // What could not be built before counts as having built to nothing.
        Some(Ok(after)) if before.unwrap_or_default() == after => return Ok(()),
        Some(Ok(after)) => format!("{now} different output {running}\n...{after}...\n"),
        Some(Err(error)) => {
            let error = unbuilt::explain(call.files, &sheet, &error);
            format!("{now} the error {running} {error}\n")
        }
    };
    call.stdout.push_str(&warning);
    Ok(())
}

/// What the folder builds to as it is now, or why it does not; what the build warns of is told.
fn build(call: &mut Call<'_>) -> Option<Result<String, BuildError>> {
    match call.files.build()? {
        Ok(built) => {
            built.warnings.iter().for_each(|line| call.note(line));
            Some(Ok(built.to_yaml()))
        }
        Err(error) => {
            error.warnings().iter().for_each(|line| call.note(line));
            Some(Err(error))
        }
    }
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
