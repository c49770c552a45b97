//! `patchesJson6902:`.

use plumb_yaml::Node;

use super::{Configured, Setup, Station, Transform, patch::apply_json};
use crate::{
    error::{BuildErrorKind, Failure, Result},
    json6902::{self, Operation},
    kustomization::{Selector, decode},
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
    let one = |patch: &crate::kustomization::Patch| -> Result<Box<dyn Transform>> {
        let ready = JsonPatch::new(setup, patch.target.as_ref(), &patch.path, &patch.patch);
        Ok(Box::new(ready.map_err(|failure| failure.line(patch.line))?))
    };
    patches.iter().map(one).collect()
}

fn from_resource(setup: &Setup<'_>, config: &Node) -> Result<Box<dyn Transform>> {
    let text = |key: &str| config.get(key).and_then(Node::as_str).unwrap_or("").to_owned();
    let target = decode::field(config, "target")
        .map(Selector::decode)
        .transpose()?;
    Ok(Box::new(JsonPatch::new(
        setup,
        target.as_ref(),
        &text("path"),
        &text("jsonOp"),
    )?))
}

impl JsonPatch {
    fn new(setup: &Setup<'_>, target: Option<&Selector>, path: &str, inline: &str) -> Result<Self> {
        let Some(target) = target.filter(|target| !target.id.name.is_empty()) else {
            return Err(error("must specify the target name".into()));
        };
        let text = match (path, inline) {
            ("", "") => return Err(error("empty file path and empty jsonOp".into())),
            ("", inline) => inline.to_owned(),
            (path, "") => {
                let (_, text) = setup.folder.load_text(setup.session, path)?;
                if text.is_empty() {
                    return Err(error(format!("patch file '{path}' empty seems to be empty")));
                }
                text
            }
            _ => return Err(error("must specify a file path or jsonOp, not both".into())),
        };
        let operations = json6902::read(setup.session, &text)
            .map_err(|failure| failure.prefixed(&format!("decoding {text}")))?;
        if operations.is_empty() {
            return Err(error(format!(
                "patch appears to be empty; file={path}, JsonOp={text}"
            )));
        }
        Ok(Self {
            target: Matcher::new(target)?,
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
