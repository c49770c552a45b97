//! Field lists from the OpenAPI definitions that `crds:` names.

use std::rc::Rc;

use plumb_yaml::{Dialect, Mapping, Node};

use super::{Config, FieldSpec, NameReference, Section};
use crate::{error::Result, load::Folder, resource::Gvk, session::Session};

/// What the definitions in the files say about names, labels and annotations of custom kinds.
pub(crate) fn config_from_crds(
    session: &Session<'_>,
    folder: &Rc<Folder>,
    paths: &[String],
) -> Result<Config> {
    let mut config = Config::default();
    for path in paths {
        let (source, text) = folder.load_text(session, path)?;
        let documents = session.parse(&text, source, Dialect::V2)?;
        for document in &documents {
            let Some(definitions) = document.as_mapping() else {
                continue;
            };
            for (name, definition) in definitions.iter() {
                if looks_like_a_kind(definition) {
                    let kind = name.rsplit('.').next().unwrap_or(name);
                    let gvk = Gvk {
                        kind: kind.into(),
                        ..Gvk::default()
                    };
                    let mut walk = Walk {
                        config: &mut config,
                        definitions,
                        gvk,
                        depth: 0,
                    };
                    walk.definition(definition, &mut Vec::new())?;
                }
            }
        }
    }
    Ok(config)
}

fn properties(definition: &Node) -> Option<&Mapping> {
    let schema = definition.get("Schema").or_else(|| definition.get("schema"))?;
    schema.get("properties")?.as_mapping()
}

fn looks_like_a_kind(definition: &Node) -> bool {
    properties(definition).is_some_and(|properties| {
        ["kind", "apiVersion", "metadata"]
            .iter()
            .all(|key| properties.contains(key))
    })
}

struct Walk<'a> {
    config: &'a mut Config,
    definitions: &'a Mapping,
    gvk: Gvk,
    depth: usize,
}

impl Walk<'_> {
    fn definition(&mut self, definition: &Node, path: &mut Vec<String>) -> Result<()> {
        // A definition that refers to itself would never end.
        if self.depth > 32 {
            return Ok(());
        }
        let Some(properties) = properties(definition) else {
            return Ok(());
        };
        for (name, property) in properties.iter() {
            path.push(name.to_owned());
            self.property(property, path)?;
            path.pop();
        }
        Ok(())
    }

    fn property(&mut self, property: &Node, path: &mut Vec<String>) -> Result<()> {
        let says = |key: &str| property.get(key).and_then(Node::as_str);
        let spec = |path: &[String]| FieldSpec::new(self.gvk.clone(), &path.join("/"), false);
        for (key, section) in [
            ("x-kubernetes-annotation", Section::CommonAnnotations),
            ("x-kubernetes-label-selector", Section::CommonLabels),
            ("x-kubernetes-identity", Section::NamePrefix),
        ] {
            if says(key).is_some() {
                self.config.add(section, spec(path))?;
            }
        }
        if let (Some(version), Some(kind)) = (
            says("x-kubernetes-object-ref-api-version"),
            says("x-kubernetes-object-ref-kind"),
        ) {
            let mut referrer = path.clone();
            referrer.push(
                says("x-kubernetes-object-ref-name-key")
                    .unwrap_or("name")
                    .to_owned(),
            );
            let target = Gvk {
                version: version.into(),
                kind: kind.into(),
                ..Gvk::default()
            };
            let referrers = vec![spec(&referrer)];
            self.config.add_reference(NameReference { target, referrers })?;
        }
        let Some(reference) = says("$ref") else {
            return Ok(());
        };
        let Some(definition) = self.definitions.get(reference) else {
            return Ok(());
        };
        self.depth += 1;
        self.definition(definition, path)?;
        self.depth -= 1;
        Ok(())
    }
}
