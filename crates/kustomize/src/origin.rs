//! Where an object came from, as the `buildMetadata` annotations say it.

use plumb_yaml::Node;

/// Annotation that says which file an object came from.
pub(crate) const ORIGIN: &str = "config.kubernetes.io/origin";
/// Annotation that says what changed an object.
pub(crate) const TRANSFORMATIONS: &str = "alpha.config.kubernetes.io/transformations";

/// Where an object, or a change of it, came from. Paths are seen from the folder that is built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) path: String,
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
    pub(crate) fn builtin(file: &str, kind: &str) -> Self {
        let by = ConfiguredBy {
            api_version: "builtin".into(),
            kind: kind.into(),
            ..ConfiguredBy::default()
        };
        Self {
            path: String::new(),
            configured_in: file.into(),
            configured_by: Some(by),
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
