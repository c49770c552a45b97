//! `edit add patch` and `edit remove patch`.

use std::collections::BTreeMap;

use plumb_yaml::{Mapping, Node, Value};

use super::{Call, Done, flags::Flag, refuse};
use crate::kustomization::decode;

pub(super) const FLAGS: &[Flag] = &[
    Flag::value("path"),
    Flag::value("patch"),
    Flag::value("group"),
    Flag::value("version"),
    Flag::value("kind"),
    Flag::value("name"),
    Flag::value("namespace"),
    Flag::value("annotation-selector"),
    Flag::value("label-selector"),
];

pub(super) fn add(call: &mut Call<'_>) -> Done {
    let patch = patch_node(call)?;
    if patch.get("path").is_none() && patch.get("patch").is_none() {
        return refuse("must provide either patch or path");
    }
    let mut sheet = call.sheet()?;
    let is_known = |known: &&Node| same_patch(known, &patch);
    let known = sheet.list("patches").iter().find(is_known).map(as_go);
    if let Some(known) = known {
        call.log(format!("patch {known} already in kustomization file"));
        return Ok(());
    }
    sheet.list("patches").push(patch);
    call.write(&sheet)
}

pub(super) fn remove(call: &mut Call<'_>) -> Done {
    let patch = patch_node(call)?;
    let mut sheet = call.sheet()?;
    let list = sheet.list("patches");
    let before = list.len();
    list.retain(|known| !same_patch(known, &patch));
    if list.len() == before {
        let text = call.flags.text("patch").to_owned();
        call.log(format!("patch {text} doesn't exist in kustomization file"));
        return Ok(());
    }
    call.write(&sheet)
}

/// The patch that the flags describe.
fn patch_node(call: &Call<'_>) -> Done<Node> {
    let text = |name: &str| call.flags.text(name);
    if !text("patch").is_empty() && !text("path").is_empty() {
        return refuse("patch and path can't be set at the same time");
    }
    let object = |fields: &[(&str, &str)]| {
        let mut mapping = Mapping::new();
        for (key, flag) in fields.iter().filter(|(_, flag)| !text(flag).is_empty()) {
            mapping.push(*key, Node::text(text(flag)));
        }
        mapping
    };
    let mut patch = object(&[("path", "path"), ("patch", "patch")]);
    let target = object(&[
        ("group", "group"),
        ("version", "version"),
        ("kind", "kind"),
        ("name", "name"),
        ("namespace", "namespace"),
        ("annotationSelector", "annotation-selector"),
        ("labelSelector", "label-selector"),
    ]);
    if !target.is_empty() {
        patch.push("target", Value::Mapping(target).into());
    }
    Ok(Value::Mapping(patch).into())
}

/// Whether two patches say the same, whatever is empty.
fn same_patch(a: &Node, b: &Node) -> bool {
    let text = |node: &Node, key: &str| {
        decode::field(node, key)
            .and_then(Node::as_str)
            .unwrap_or("")
            .to_owned()
    };
    let object = |node: &Node, key: &str| {
        decode::field(node, key)
            .and_then(Node::as_mapping)
            .map(|mapping| {
                let entries = mapping
                    .iter()
                    .filter(|(_, value)| value.as_str() != Some("") && !value.is_null());
                entries
                    .map(|(key, value)| (key.to_ascii_lowercase(), format!("{:?}", value.value)))
                    .collect()
            })
    };
    let objects = |node: &Node| -> [Option<BTreeMap<String, String>>; 2] {
        [object(node, "target"), object(node, "options")]
    };
    text(a, "path") == text(b, "path") && text(a, "patch") == text(b, "patch") && objects(a) == objects(b)
}

/// A patch as Go shows it. Where Go shows the address of a target, there is a word.
fn as_go(patch: &Node) -> String {
    let text = |key: &str| patch.get(key).and_then(Node::as_str).unwrap_or("");
    let pointer = |key: &str| if patch.get(key).is_some() { "set" } else { "nil" };
    format!(
        "types.Patch{{Path:{:?}, Patch:{:?}, Target:(*types.Selector)({}), Options:(*types.PatchArgs)({})}}",
        text("path"),
        text("patch"),
        pointer("target"),
        pointer("options")
    )
}
