//! `patchesStrategicMerge:`.

use plumb_yaml::Node;

use super::{
    Configured, Setup, Station, Transform,
    patch::{Freedom, check_ids, for_target, patch_one},
};
use crate::{
    error::{BuildErrorKind, Result},
    kustomization::decode,
    resource::{ResMap, Resource, read_resources},
};

pub(crate) const STATION: Station = Station {
    kind: "PatchStrategicMergeTransformer",
    from_kustomization,
    from_resource,
};

struct Patches(Vec<Resource>);

fn from_kustomization(setup: &Setup<'_>) -> Configured {
    let listed = setup
        .kustomization
        .patches_strategic_merge
        .as_deref()
        .unwrap_or_default();
    if listed.is_empty() {
        return Ok(Vec::new());
    }
    let paths: Vec<&str> = listed.iter().map(|item| item.text.as_str()).collect();
    Ok(vec![Box::new(read(setup, &paths, "")?)])
}

fn from_resource(setup: &Setup<'_>, config: &Node) -> Result<Box<dyn Transform>> {
    let paths = config
        .get("paths")
        .map_or(Ok(Vec::new()), |paths| decode::texts(paths, "paths"))?;
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let inline = config.get("patches").and_then(Node::as_str).unwrap_or("");
    Ok(Box::new(read(setup, &paths, inline)?))
}

/// Reads patches, each a text or a file.
fn read(setup: &Setup<'_>, paths: &[&str], inline: &str) -> Result<Patches> {
    if paths.is_empty() && inline.is_empty() {
        return Err(BuildErrorKind::Patch("empty file path and empty patch content".into()).into());
    }
    let root = plumb_model::TreePath::root();
    let mut patches = Vec::new();
    for path in paths {
        if let Ok(read) = read_resources(setup.session, path, &root) {
            patches.extend(read);
            continue;
        }
        let (file, text) = setup.folder.load_text(setup.session, path)?;
        patches.extend(read_resources(setup.session, &text, &file)?);
    }
    if !inline.is_empty() {
        patches.extend(read_resources(setup.session, inline, &root)?);
    }
    if patches.is_empty() {
        let message = format!(
            "patch appears to be empty; files=[{}], Patch={inline}",
            paths.join(" ")
        );
        return Err(BuildErrorKind::Patch(message).into());
    }
    Ok(Patches(patches))
}

impl Transform for Patches {
    fn apply(&self, objects: &mut ResMap) -> Result<()> {
        for patch in &self.0 {
            let index = objects
                .find_by_any_id(&patch.id())
                .map_err(|failure| failure.at(&patch.place.path, patch.place.line))?;
            let resource = objects.get_mut(index);
            let node = for_target(&patch.node, resource);
            patch_one(resource, node, Freedom::default())?;
            objects.drop_gone();
        }
        check_ids(objects)
    }
}
