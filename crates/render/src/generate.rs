//! A kustomization for a folder that has none, as Flux makes one: every manifest below it is a resource, and a subfolder
//! with a kustomization of its own is one resource.

use plumb_model::{EntryKind, Reader, TreePath};
use plumb_yaml::{Mark, Node};
use serde_json::json;

use crate::RenderError;

pub(crate) fn kustomization(
    reader: &Reader<'_>,
    folder: &TreePath,
    overlay: &serde_json::Value,
) -> Result<Node, RenderError> {
    let mut resources = Vec::new();
    let mut folders = vec![folder.clone()];
    while let Some(at) = folders.pop() {
        let mut below = Vec::new();
        for (name, kind) in reader.list(&at)? {
            let path = at.child(&name);
            let relative = path.relative_to(folder);
            let is_manifest = [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending));
            match kind {
                EntryKind::Directory if name.starts_with('.') => {}
                EntryKind::Directory if plumb_kustomize::is_kustomization_root(reader, &path)?.is_some() => {
                    resources.push(relative);
                }
                EntryKind::Directory => below.push(path),
                EntryKind::File | EntryKind::Executable if is_manifest && !name.starts_with('.') => {
                    resources.push(relative);
                }
                _ => {}
            }
        }
        folders.extend(below.into_iter().rev());
    }
    resources.sort();
    let mut whole = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
    });
    if let Some(fields) = overlay.as_object() {
        for (field, value) in fields {
            whole[field] = value.clone();
        }
    }
    Ok(Node::from_json(&whole, Mark::default()))
}
