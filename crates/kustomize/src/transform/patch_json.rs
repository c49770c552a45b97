//! `patchesJson6902:`.

use plumb_yaml::Node;

use super::{Configured, Setup, Station, Transform, patch::apply_json};
use crate::{
    error::{BuildErrorKind, Failure, Result},
    json6902::{self, Operation},
    kustomization::{Patch, Selector, decode},
    resource::ResMap,
    selector::Matcher,
};

pub(crate) const STATION: Station = Station {
    kind: "PatchJson6902Transformer",
    from_kustomization,
    from_resource,
};

struct JsonPatch {
    target: Matcher,
    operations: Vec<Operation>,
}

fn from_kustomization(setup: &Setup<'_>) -> Configured {
    let patches = setup
        .kustomization
        .patches_json6902
        .as_deref()
        .unwrap_or_default();
    let one = |patch: &Patch| -> Result<Box<dyn Transform>> {
        let ready = JsonPatch::new(setup, patch);
        Ok(Box::new(ready.map_err(|failure| failure.at(patch.mark))?))
    };
    patches.iter().map(one).collect()
}

fn from_resource(setup: &Setup<'_>, config: &Node) -> Result<Box<dyn Transform>> {
    let text = |key: &str| config.get(key).and_then(Node::as_str).unwrap_or("").to_owned();
    let target = decode::field(config, "target")
        .map(Selector::decode)
        .transpose()?;
    let patch = Patch {
        path: text("path"),
        patch: text("jsonOp"),
        text_mark: config.get("jsonOp").map_or(config.mark, |text| text.mark),
        target,
        mark: config.mark,
        ..Patch::default()
    };
    Ok(Box::new(JsonPatch::new(setup, &patch)?))
}

impl JsonPatch {
    fn new(setup: &Setup<'_>, patch: &Patch) -> Result<Self> {
        let target = patch.target.as_ref();
        let Some(target) = target.filter(|target| !target.id.name.is_empty()) else {
            return Err(error("must specify the target name".into()));
        };
        let path = patch.path.as_str();
        let (source, text) = match (path, patch.patch.as_str()) {
            ("", "") => return Err(error("empty file path and empty jsonOp".into())),
            ("", inline) => (
                setup.session.source_within(patch.text_mark, inline),
                inline.to_owned(),
            ),
            (path, "") => {
                let (source, text) = setup.folder.load_text(setup.session, path)?;
                if text.is_empty() {
                    return Err(error(format!("patch file '{path}' empty seems to be empty")));
                }
                (source, text)
            }
            _ => return Err(error("must specify a file path or jsonOp, not both".into())),
        };
        let operations = json6902::read(setup.session, &text, source)
            .map_err(|failure| failure.prefixed(&format!("decoding {text}")))?;
        if operations.is_empty() {
            return Err(error(format!(
                "patch appears to be empty; file={path}, JsonOp={text}"
            )));
        }
        Ok(Self {
            target: Matcher::new(target, &setup.session.warnings)?,
            operations,
        })
    }
}

impl Transform for JsonPatch {
    fn apply(&self, objects: &mut ResMap) -> Result<()> {
        for index in self.target.select(objects) {
            apply_json(objects.get_mut(index), &self.operations)?;
        }
        Ok(())
    }
}

fn error(message: String) -> Failure {
    BuildErrorKind::Patch(message).into()
}
