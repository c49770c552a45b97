//! Where an object came from, as the `buildMetadata` annotations say it.

use plumb_yaml::Node;

use crate::{remote, resource::Resource};

/// Annotation that says which file an object came from.
pub(crate) const ORIGIN: &str = "config.kubernetes.io/origin";
/// Annotation that says what changed an object.
pub(crate) const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

/// Where an object, or a change of it, came from. Paths are seen from the folder that is built, or from the root of
/// the other repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) path: String,
    /// The other repository that it is in; empty for the one that is built.
    pub(crate) repo: String,
    /// What was asked for of that repository.
    pub(crate) reference: String,
    pub(crate) configured_in: String,
    pub(crate) configured_by: Option<ConfiguredBy>,
}

/// The generator or transformer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConfiguredBy {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) namespace: String,
}

impl Origin {
    /// What the built-in `kind` that the kustomization file at `file` configures leaves behind.
    pub(crate) fn builtin(file: &Self, kind: &str) -> Self {
        let by = ConfiguredBy {
            api_version: "builtin".into(),
            kind: kind.into(),
            ..ConfiguredBy::default()
        };
        Self {
            path: String::new(),
            configured_in: file.path.clone(),
            configured_by: Some(by),
            ..file.clone()
        }
    }

    /// What a plugin that a resource configures leaves behind.
    pub(crate) fn custom(resource: &Resource) -> Option<Self> {
        let origin = resource.origin.as_ref()?;
        let by = ConfiguredBy {
            api_version: resource.gvk().api_version(),
            kind: resource.kind().into(),
            name: resource.name().into(),
            namespace: resource.namespace().into(),
        };
        Some(Self {
            path: String::new(),
            configured_in: origin.path.clone(),
            configured_by: Some(by),
            ..origin.clone()
        })
    }

    /// What `path`, seen from here, is: an address leads into another repository.
    pub(crate) fn join(&self, path: &str) -> Self {
        match remote::parse(path) {
            Some(repository) => Self {
                path: cleaned("", &repository.path),
                repo: repository.url,
                reference: repository.reference,
                ..Self::default()
            },
            None => Self {
                path: cleaned(&self.path, path),
                ..self.clone()
            },
        }
    }

    /// The value of the origin annotation.
    pub(crate) fn text(&self) -> String {
        self.lines().iter().map(|line| format!("{line}\n")).collect()
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut field = |indent: &str, key: &str, value: &str| {
            if !value.is_empty() {
                lines.push(format!("{indent}{key}: {}", quoted(value)));
            }
        };
        field("", "path", &self.path);
        field("", "repo", &self.repo);
        field("", "ref", &self.reference);
        field("", "configuredIn", &self.configured_in);
        if let Some(by) = &self.configured_by {
            lines.push("configuredBy:".into());
            let mut field = |key: &str, value: &str| {
                if !value.is_empty() {
                    lines.push(format!("  {key}: {}", quoted(value)));
                }
            };
            field("apiVersion", &by.api_version);
            field("kind", &by.kind);
            field("name", &by.name);
            field("namespace", &by.namespace);
        }
        lines
    }
}

/// `path` seen from where `base` is seen, without `.` and needless `..`.
fn cleaned(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The value of the transformations annotation.
pub(crate) fn transformations_text(origins: &[Origin]) -> String {
    let mut text = String::new();
    for origin in origins {
        for (index, line) in origin.lines().iter().enumerate() {
            text.push_str(if index == 0 { "- " } else { "  " });
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// `value` as a YAML scalar.
fn quoted(value: &str) -> String {
    plumb_yaml::emit(&Node::text(value)).trim_end().to_owned()
}
