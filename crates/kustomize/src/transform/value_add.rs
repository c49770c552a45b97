//! `ValueAddTransformer`: writes one value into fields, or into the paths that fields hold. Only resources configure it.

use std::rc::Rc;

use plumb_yaml::{Dialect, Node, Value};

use super::{Setup, Station, Transform, namespace, not_from_kustomization};
use crate::{
    edit::shape::{self, Library, VALUE_TARGETS},
    error::{BuildErrorKind, Failure, Result},
    fields::{How, find_all, split_path, wrong_kind},
    kustomization::{Listed, Selector, decode},
    openapi::Schemas,
    resource::ResMap,
    scalar,
    selector::Matcher,
    session::Warnings,
};

pub(crate) const STATION: Station = Station {
    kind: "ValueAddTransformer",
    from_kustomization: not_from_kustomization,
    from_resource,
};

struct ValueAdd {
    value: Listed,
    targets: Vec<Target>,
    schemas: Rc<Schemas>,
}

struct Target {
    select: Option<Matcher>,
    path: String,
    /// Before which part of a path the value is put, counted from one; zero when it takes the place of the field.
    position: usize,
}

fn from_resource(setup: &Setup<'_>, config: &Node) -> Result<Box<dyn Transform>> {
    let text = |key| config.get(key).map_or("".into(), scalar::text).trim().to_owned();
    let mut value = Listed {
        text: text("value"),
        mark: config.get("value").unwrap_or(config).mark,
    };
    if value.text.is_empty() {
        value.text = setup.folder.root.name().to_owned();
    }
    let warnings = &setup.session.warnings;
    let mut targets = targets(config, warnings)?;
    let file = text("targetFilePath");
    if !file.is_empty() {
        let (file, content) = setup.folder.load_text(setup.session, &file)?;
        let documents = setup.session.parse(&content, file, Dialect::V2);
        for document in documents?.iter().take(1) {
            let read = shape::read_leniently(document, &VALUE_TARGETS, Library::Json)?;
            targets.extend(self::targets(&read, warnings)?);
        }
    }
    if targets.is_empty() {
        return Err(error("must specify at least one target".into()));
    }
    Ok(Box::new(ValueAdd {
        value,
        targets,
        schemas: setup.session.openapi.schemas(),
    }))
}

fn targets(config: &Node, warnings: &Warnings) -> Result<Vec<Target>> {
    let listed = config.get("targets").filter(|targets| !targets.is_null());
    listed.map_or(Ok(Vec::new()), |targets| {
        decode::list(targets, "targets", |node| target(node, warnings))
    })
}

fn target(node: &Node, warnings: &Warnings) -> Result<Target> {
    let selector = decode::field(node, "selector").filter(|selector| !selector.is_null());
    let select = selector
        .map(|selector| Matcher::new(&Selector::decode(selector)?, warnings))
        .transpose()?;
    let path = match decode::field(node, "fieldPath") {
        Some(path) if !path.is_null() => decode::text(path, "Target.fieldPath")?,
        _ => String::new(),
    };
    if path.is_empty() {
        return Err(error("fieldPath cannot be empty".into()));
    }
    let position = match decode::field(node, "filePathPosition") {
        Some(position) if !position.is_null() => decode::integer(position, "Target.filePathPosition")?,
        _ => 0,
    };
    let position = usize::try_from(position).map_err(|_| {
        error(format!(
            "value of FilePathPosition ({position}) cannot be negative"
        ))
    })?;
    Ok(Target {
        select,
        path,
        position,
    })
}

impl Transform for ValueAdd {
    fn apply(&self, objects: &mut ResMap) -> Result<()> {
        for target in &self.targets {
            let hits = match &target.select {
                Some(select) => select.select(objects),
                None => (0..objects.len()).collect(),
            };
            for index in hits {
                let resource = objects.get_mut(index);
                if target.path == "metadata/namespace" {
                    namespace::move_to(resource, &self.value, &self.schemas)?;
                } else {
                    resource.showing_marks(|node| self.write(node, target))?;
                }
            }
        }
        Ok(())
    }
}

impl ValueAdd {
    fn write(&self, node: &mut Node, target: &Target) -> Result<()> {
        let parts: Vec<String> = split_path(&target.path);
        if parts.iter().any(|part| part == "*") {
            return Err(error("wildcard is not supported in PathGetter".into()));
        }
        if leads_into_null(node, &parts) {
            return Ok(());
        }
        let made = Node::from(Value::Null);
        for found in find_all(
            node,
            &parts,
            How {
                create: Some(&made),
                texts: None,
            },
        )? {
            let Some(field) = found.node_mut(node) else {
                continue;
            };
            if !scalar::is_scalar(field) {
                return Err(wrong_kind(field, "ScalarNode"));
            }
            let new = match target.position {
                0 => self.value.text.clone(),
                position => insert(&scalar::text(field), position - 1, &self.value.text),
            };
            scalar::set_untyped(field, &new, self.value.mark);
        }
        Ok(())
    }
}

/// Whether a path goes on behind a null that is there: what the original adds to that is never printed.
fn leads_into_null(node: &Node, parts: &[String]) -> bool {
    let mut at = Some(node);
    parts.split_last().is_some_and(|(_, before)| {
        before.iter().any(|part| {
            at = at.and_then(|node| node.get(part));
            at.is_some_and(Node::is_null)
        })
    })
}

/// Puts `part` before the part at `position` of a file path, which stays absolute if it was.
fn insert(path: &str, position: usize, part: &str) -> String {
    let (root, relative) = path
        .strip_prefix('/')
        .map_or(("", path), |relative| ("/", relative));
    let mut parts: Vec<&str> = relative.split('/').filter(|part| !part.is_empty()).collect();
    parts.insert(position.min(parts.len()), part);
    format!("{root}{}", parts.join("/"))
}

fn error(message: String) -> Failure {
    BuildErrorKind::Transformer(message).into()
}
