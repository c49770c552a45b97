//! `patchesStrategicMerge:`.

use std::rc::Rc;

use plumb_yaml::Node;

use super::{
    Configured, Setup, Station, Transform,
    patch::{check_ids, for_target, patch_one},
};
use crate::{
    error::{BuildErrorKind, Result},
    kustomization::{Listed, decode},
    openapi::Schemas,
    resource::{Freedom, ResMap, Resource, read_resources},
};

pub(crate) const STATION: Station = Station {
    kind: "PatchStrategicMergeTransformer",
    from_kustomization,
    from_resource,
};

struct Patches {
    patches: Vec<Resource>,
    schemas: Rc<Schemas>,
}

fn from_kustomization(setup: &Setup<'_>) -> Configured {
    let listed = setup
        .kustomization
        .patches_strategic_merge
        .as_deref()
        .unwrap_or_default();
    if listed.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![Box::new(read(setup, listed, None)?)])
}

fn from_resource(setup: &Setup<'_>, config: &Node) -> Result<Box<dyn Transform>> {
    let paths = config
        .get("paths")
        .map_or(Ok(Vec::new()), |paths| decode::listed(paths, "paths"))?;
    let inline = config
        .get("patches")
        .filter(|text| text.as_str().is_some_and(|text| !text.is_empty()));
    Ok(Box::new(read(setup, &paths, inline)?))
}

/// Reads patches, each a text or a file.
fn read(setup: &Setup<'_>, paths: &[Listed], inline: Option<&Node>) -> Result<Patches> {
    if paths.is_empty() && inline.is_none() {
        return Err(BuildErrorKind::Patch("empty file path and empty patch content".into()).into());
    }
    let mut patches = Vec::new();
    for Listed { text, mark } in paths {
        let source = setup.session.source_within(*mark, text);
        if let Ok(read) = read_resources(setup.session, text, source) {
            patches.extend(read);
            continue;
        }
        let (source, text) = setup.folder.load_text(setup.session, text)?;
        patches.extend(read_resources(setup.session, &text, source)?);
    }
    if let Some((text, mark)) = inline.and_then(|inline| Some((inline.as_str()?, inline.mark))) {
        let source = setup.session.source_within(mark, text);
        patches.extend(read_resources(setup.session, text, source)?);
    }
    if patches.is_empty() {
        let paths: Vec<&str> = paths.iter().map(|item| item.text.as_str()).collect();
        let message = format!(
            "patch appears to be empty; files=[{}], Patch={}",
            paths.join(" "),
            inline.and_then(Node::as_str).unwrap_or_default()
        );
        return Err(BuildErrorKind::Patch(message).into());
    }
    setup.session.openapi.note_use();
    Ok(Patches {
        patches,
        schemas: setup.session.openapi.schemas(),
    })
}

impl Transform for Patches {
    fn apply(&self, objects: &mut ResMap) -> Result<()> {
        for patch in &self.patches {
            let index = objects
                .find_by_any_id(&patch.id())
                .map_err(|failure| failure.at(patch.mark))?;
            let resource = objects.get_mut(index);
            let node = for_target(&patch.node, resource);
            patch_one(resource, node, Freedom::default(), &self.schemas)?;
            objects.drop_gone();
        }
        check_ids(objects)
    }
}
