//! Generators and transformers that are files of their own, or stand in the kustomization.

use plumb_yaml::{Node, SourceId};

use super::{Copy, Done, LocalizeError, To, items, said, wrap};
use crate::{load::text_of, resource::read_resources};

/// The paths in built-in plugins: kind and field.
const PATHS: [(&str, &str); 8] = [
    ("ConfigMapGenerator", "env"),
    ("ConfigMapGenerator", "envs"),
    ("SecretGenerator", "env"),
    ("SecretGenerator", "envs"),
    ("HelmChartInflationGenerator", "valuesFile"),
    ("HelmChartInflationGenerator", "additionalValuesFiles"),
    ("PatchTransformer", "path"),
    ("PatchJson6902Transformer", "path"),
];

impl Copy<'_> {
    /// A plugin, written anew with the paths in it rewritten.
    pub(super) fn plugin(&mut self, entry: &str) -> Done<String> {
        let parse = |text: &str| read_resources(self.session, text, SourceId::default());
        let (resources, is_inline) = match parse(entry) {
            Ok(resources) => (resources, true),
            Err(inline_error) => {
                let loaded = self.load(entry).and_then(|content| {
                    let text = text_of(&content).map_err(|failure| said(&failure))?;
                    parse(&text).map_err(|failure| said(&failure))
                });
                let resources = loaded.map_err(|file_error| {
                    LocalizeError(format!(
                        "unable to load resource entry {entry:?}: when parsing as inline received error: {}\nwhen \
                         parsing as filepath received error: {file_error}",
                        inline_error.kind()
                    ))
                })?;
                (resources, false)
            }
        };
        let mut nodes: Vec<Node> = resources.into_iter().map(|resource| resource.node).collect();
        nodes.iter_mut().try_for_each(|node| self.built_in(node))?;
        let text = plumb_yaml::emit_documents(&nodes);
        if is_inline {
            return Ok(text);
        }
        self.put(entry, text.into())
            .map_err(|error| wrap("unable to localize entry", &error))
    }

    fn built_in(&mut self, node: &mut Node) -> Done {
        let text = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or("").to_owned();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        if api_version != "builtin" {
            return Ok(());
        }
        for (_, key) in PATHS.iter().filter(|(of, _)| *of == kind) {
            self.rewrite_all(node.get_mut(key), To::File)?;
        }
        let mut each = |key: &str, to: To| self.rewrite_all(node.get_mut(key), to);
        match kind.as_str() {
            "ConfigMapGenerator" | "SecretGenerator" => each("files", To::Source),
            "PatchStrategicMergeTransformer" => each("paths", To::Patch),
            "HelmChartInflationGenerator" => self.chart_home(node.get_mut("chartHome")),
            "ReplacementTransformer" => {
                let list = node.get_mut("replacements");
                items(list).try_for_each(|item| self.rewrite_all(item.get_mut("path"), To::File))
            }
            _ => Ok(()),
        }
    }
}
