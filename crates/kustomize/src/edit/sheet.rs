//! A kustomization file on the way from text to text.
//!
//! The fields keep the order and the comments that they had; each is written anew, sorted and without what is empty.
//! Comments inside a field move above it, those at the end of the file are lost: the original does the same.

use plumb_yaml::{Dialect, Limits, Mapping, Node, SourceId, Value};

use super::{
    Done, EditError, EditFiles, refuse,
    shape::{self, FIELDS, IMAGE_TAGS},
};
use crate::load::FILE_NAMES;

/// A kustomization file.
pub(super) struct Sheet {
    path: String,
    values: Mapping,
    /// What they were when the file was read.
    before: Mapping,
    text: String,
    /// Fields as they stood in the file, each with the comments above it.
    original: Vec<(&'static str, String)>,
}

impl Sheet {
    /// A file that is not there yet.
    pub(super) fn new(path: &str) -> Self {
        let mut sheet = Self {
            path: path.to_owned(),
            values: Mapping::new(),
            before: Mapping::new(),
            text: String::new(),
            original: Vec::new(),
        };
        sheet.move_old_fields();
        sheet
    }

    pub(super) fn read(files: &dyn EditFiles) -> Done<Self> {
        Self::read_at(files, Self::find(files)?)
    }

    /// [`Sheet::read`] for commands that say what they were about when it fails: finding the file, or reading it.
    pub(super) fn read_saying(files: &dyn EditFiles, finding: &str, reading: &str) -> Done<Self> {
        let saying = |prefix: &str, error: &EditError| EditError::Refused(format!("{prefix}: {error}"));
        let path = Self::find(files).map_err(|error| saying(finding, &error))?;
        Self::read_at(files, path).map_err(|error| saying(reading, &error))
    }

    fn find(files: &dyn EditFiles) -> Done<String> {
        let found: Vec<&str> = FILE_NAMES.into_iter().filter(|name| files.exists(name)).collect();
        let path = match found[..] {
            [] => return refuse("Missing kustomization file 'kustomization.yaml'.\n"),
            [path] => path.to_owned(),
            _ => {
                return refuse(format!(
                    "Found multiple kustomization file: [{}]\n",
                    found.join(" ")
                ));
            }
        };
        if files.is_directory(&path) {
            return refuse(format!("{path} should be a file"));
        }
        Ok(path)
    }

    fn read_at(files: &dyn EditFiles, path: String) -> Done<Self> {
        let text = files.read(&path).map_err(EditError::Files)?.unwrap_or_default();
        Self::from_text(&path, &text)
    }

    pub(super) fn from_text(path: &str, text: &str) -> Done<Self> {
        let mut sheet = Self {
            path: path.to_owned(),
            values: Mapping::new(),
            before: Mapping::new(),
            text: text.to_owned(),
            original: original_fields(text),
        };
        sheet.read_values(text)?;
        sheet.move_old_fields();
        sheet.before = sheet.values.clone();
        Ok(sheet)
    }

    /// The file as it was read.
    pub(super) fn text_before(&self) -> &str {
        &self.text
    }

    /// The fields as they were read.
    pub(super) fn before(&self) -> &Mapping {
        &self.before
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn get(&self, field: &str) -> Option<&Node> {
        self.values.get(field)
    }

    /// A field that is text; empty when missing.
    pub(super) fn set_text(&mut self, field: &'static str, text: &str) {
        self.values.insert(field, Node::text(text));
    }

    pub(super) fn set(&mut self, field: &'static str, value: Node) {
        self.values.insert(field, value);
    }

    pub(super) fn remove(&mut self, field: &str) -> Option<Node> {
        self.values.remove(field)
    }

    /// A field that is a list, made where missing.
    pub(super) fn list(&mut self, field: &'static str) -> &mut Vec<Node> {
        let slot = self.values.entry_or_insert_with(field, Node::default);
        if slot.as_sequence().is_none() {
            slot.value = Value::Sequence(Vec::new());
        }
        slot.as_sequence_mut().expect("it was just made a list")
    }

    /// A field that is a map, made where missing.
    pub(super) fn map(&mut self, field: &'static str) -> &mut Mapping {
        let slot = self.values.entry_or_insert_with(field, Node::default);
        if slot.as_mapping().is_none() {
            slot.value = Value::Mapping(Mapping::new());
        }
        slot.as_mapping_mut().expect("it was just made a map")
    }

    /// Whether a list of texts has `text`.
    pub(super) fn lists(&self, field: &str, text: &str) -> bool {
        let items = self.get(field).and_then(Node::as_sequence).unwrap_or_default();
        items.iter().any(|item| item.as_str() == Some(text))
    }

    /// The file as it is written.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (field, comments) in &self.original {
            text.push_str(comments);
            text.push_str(&self.field_text(field));
        }
        for field in &FIELDS {
            if !self.original.iter().any(|(known, _)| *known == field.name()) {
                text.push_str(&self.field_text(field.name()));
            }
        }
        text
    }

    fn field_text(&self, name: &str) -> String {
        let Some(field) = FIELDS.iter().find(|field| field.name() == name) else {
            return String::new();
        };
        let Some(value) = field.write(self.values.get(name)) else {
            return String::new();
        };
        let mut mapping = Mapping::new();
        mapping.push(name, value);
        plumb_yaml::emit(&Value::Mapping(mapping).into())
    }

    fn read_values(&mut self, text: &str) -> Done {
        let invalid = |message: String| EditError::Refused(format!("invalid Kustomization: {message}"));
        let documents = plumb_yaml::parse(text, SourceId::default(), Dialect::V2, &Limits::default())
            .map_err(|error| invalid(format!("yaml: line {}: {}", error.mark.line, error.kind)))?;
        let Some(document) = documents.into_iter().next() else {
            return Ok(());
        };
        self.values = shape::read(&document).map_err(invalid)?;
        Ok(())
    }

    fn move_old_fields(&mut self) {
        if let Some(bases) = self.remove("bases") {
            let bases = bases.as_sequence().unwrap_or_default();
            self.list("resources").extend_from_slice(bases);
        }
        if let Some(images) = self.remove(IMAGE_TAGS) {
            let images = images.as_sequence().unwrap_or_default();
            self.list("images").extend_from_slice(images);
        }
        for field in ["configMapGenerator", "secretGenerator"] {
            for generator in self.list(field).iter_mut().filter_map(Node::as_mapping_mut) {
                let env = generator.remove("env").filter(|env| env.as_str() != Some(""));
                let Some(env) = env else { continue };
                let envs = generator.entry_or_insert_with("envs", || Value::Sequence(Vec::new()).into());
                if let Some(envs) = envs.as_sequence_mut() {
                    envs.push(env);
                }
            }
        }
        self.move_old_charts();
        let is_component = self.get("kind").and_then(Node::as_str) == Some("Component");
        let (kind, version) = if is_component {
            ("Component", "v1alpha1")
        } else {
            ("Kustomization", "v1beta1")
        };
        let is_empty = |node: Option<&Node>| node.and_then(Node::as_str).is_none_or(str::is_empty);
        if is_empty(self.get("kind")) {
            self.set_text("kind", kind);
        }
        if is_empty(self.get("apiVersion")) {
            self.set_text("apiVersion", &format!("kustomize.config.k8s.io/{version}"));
        }
    }
}

impl Sheet {
    /// Old descriptions of charts become new ones; what those cannot say is lost.
    fn move_old_charts(&mut self) {
        let old = self.remove("helmChartInflationGenerator");
        let mut globals = Mapping::new();
        for chart in old.as_ref().and_then(Node::as_sequence).unwrap_or_default() {
            let mut new = Mapping::new();
            for (from, to) in CHART_FIELDS {
                if let Some(value) = chart.get(from) {
                    new.push(to, value.clone());
                }
            }
            for (from, to) in [("chartHome", "chartHome"), ("helmHome", "configHome")] {
                if let Some(value) = chart.get(from).filter(|value| value.as_str() != Some("")) {
                    globals.insert(to, value.clone());
                }
            }
            self.list("helmCharts").push(Value::Mapping(new).into());
        }
        if self.get("helmGlobals").is_none() && !globals.is_empty() {
            self.set("helmGlobals", Value::Mapping(globals).into());
        }
    }
}

/// The names of what is the same in old and new descriptions of charts.
const CHART_FIELDS: [(&str, &str); 7] = [
    ("chartName", "name"),
    ("chartVersion", "version"),
    ("chartRepoUrl", "repo"),
    ("values", "valuesFile"),
    ("valuesLocal", "valuesInline"),
    ("valuesMerge", "valuesMerge"),
    ("releaseName", "releaseName"),
];

/// The top-level fields of a text, each with the comments and blank lines above it and inside it.
fn original_fields(text: &str) -> Vec<(&'static str, String)> {
    let mut fields: Vec<(&'static str, String)> = Vec::new();
    let mut comments = String::new();
    // A last line without a line break is not looked at.
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let trimmed = line.trim_start_matches(' ').trim_end_matches('\n');
        if trimmed.is_empty() || trimmed.starts_with('#') {
            comments.push_str(line);
            continue;
        }
        let matched = FIELDS
            .iter()
            .filter(|field| field.name() != IMAGE_TAGS)
            .find(|field| {
                let name = field.name();
                line.get(..name.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(name))
                    && line[name.len()..].starts_with(':')
            });
        match (matched, fields.last_mut()) {
            (Some(field), _) => fields.push((field.name(), std::mem::take(&mut comments))),
            (None, Some((_, above))) => above.push_str(&std::mem::take(&mut comments)),
            (None, None) => {}
        }
    }
    fields
}
