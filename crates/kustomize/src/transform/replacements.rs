//! `replacements:`: copies a value to fields of other objects.

use plumb_yaml::{Dialect, Mark, Node, Value, Written};

use super::{Configured, Setup, Station, Transform};
use crate::{
    edit::shape::{self, Library, ONE_REPLACEMENT, SEVERAL_REPLACEMENTS},
    error::{BuildErrorKind, Failure, Result},
    fields::{How, find_all, look_up, split_smart},
    kustomization::{
        FieldOptions, Replacement, ReplacementField, ReplacementSource, ReplacementTarget, decode,
    },
    resource::{ResId, ResMap},
    scalar,
    selector::Matcher,
    session::Warnings,
    source::Texts,
};

pub(crate) const STATION: Station = Station {
    kind: "ReplacementTransformer",
    from_kustomization,
    from_resource,
};

struct Replacements {
    list: Vec<Replacement>,
    /// Where a path has a pattern.
    texts: Option<Texts>,
    warnings: Warnings,
}

fn from_kustomization(setup: &Setup<'_>) -> Configured {
    if setup.kustomization.replacements.is_empty() {
        return Ok(Vec::new());
    }
    let replacements = Replacements::new(setup, &setup.kustomization.replacements)?;
    Ok(vec![Box::new(replacements)])
}

fn from_resource(setup: &Setup<'_>, config: &Node) -> Result<Box<dyn Transform>> {
    let fields = match config.get("replacements") {
        Some(list) if !list.is_null() => decode::list(list, "replacements", |node| {
            let path = node.get("path").and_then(Node::as_str).unwrap_or("").to_owned();
            Ok(ReplacementField {
                path,
                replacement: Replacement::decode(node)?,
            })
        })?,
        _ => Vec::new(),
    };
    Ok(Box::new(Replacements::new(setup, &fields)?))
}

/// Reads the files that fields name.
fn collect(setup: &Setup<'_>, fields: &[ReplacementField]) -> Result<Vec<Replacement>> {
    let mut all = Vec::new();
    for field in fields {
        let inline = &field.replacement;
        if field.path.is_empty() {
            all.push(inline.clone());
            continue;
        }
        if inline.source.is_some() || inline.targets.is_some() {
            return Err(error("cannot specify both path and inline replacement".into()));
        }
        let (source, text) = setup.folder.load_text(setup.session, &field.path)?;
        let in_file = |failure: Failure| failure.in_source(source);
        let documents = setup.session.parse(&text, source, Dialect::V2)?;
        match documents.first() {
            Some(document) if document.as_sequence().is_some() => {
                let read = shape::read_leniently(document, &SEVERAL_REPLACEMENTS, Library::Json);
                let listed = read.and_then(|read| decode::list(&read, "replacements", Replacement::decode));
                all.extend(listed.map_err(in_file)?);
            }
            Some(document) if document.as_mapping().is_some() => {
                let read = shape::read_leniently(document, &ONE_REPLACEMENT, Library::Json);
                all.push(
                    read.and_then(|read| Replacement::decode(&read))
                        .map_err(in_file)?,
                );
            }
            other => {
                let is = match other.map(|document| &document.value) {
                    Some(Value::String(_)) => "string",
                    Some(Value::Bool(_)) => "bool",
                    Some(Value::Int(_) | Value::Uint(_) | Value::Float(_)) => "float64",
                    _ => "invalid",
                };
                return Err(error(format!(
                    "unsupported replacement type encountered within replacement path: {is}"
                )));
            }
        }
    }
    Ok(all)
}

impl Transform for Replacements {
    fn apply(&self, objects: &mut ResMap) -> Result<()> {
        for replacement in &self.list {
            let Some(targets) = &replacement.targets else {
                return Err(error(
                    "replacements must specify a source and at least one target".into(),
                ));
            };
            let mut source = source_value(objects, replacement)?;
            source.value.mark = Mark {
                written: source.value.mark.written,
                ..replacement.mark
            };
            targets
                .iter()
                .try_for_each(|target| self.apply_to(target, objects, &mut source))?;
        }
        Ok(())
    }
}

impl Replacements {
    fn new(setup: &Setup<'_>, fields: &[ReplacementField]) -> Result<Self> {
        let list = collect(setup, fields)?;
        let mut targets = list
            .iter()
            .flat_map(|replacement| replacement.targets.iter().flatten());
        let has_pattern =
            |target: &ReplacementTarget| target.field_paths.iter().any(|path| path.contains('='));
        Ok(Self {
            texts: targets.any(has_pattern).then(|| setup.session.texts()),
            list,
            warnings: setup.session.warnings.clone(),
        })
    }

    fn apply_to(&self, target: &ReplacementTarget, objects: &mut ResMap, source: &mut Source) -> Result<()> {
        let Some(select) = &target.select else {
            return Err(error("target must specify resources to select".into()));
        };
        let matcher = Matcher::new(select, &self.warnings)?;
        let rejects = target
            .reject
            .iter()
            .map(|reject| Matcher::new(reject, &self.warnings))
            .collect::<Result<Vec<_>>>()?;
        for (index, resource) in objects.iter_mut().enumerate() {
            if !matcher.labels_and_annotations(resource)
                || rejects
                    .iter()
                    .any(|reject| reject.has_requirements() && reject.labels_and_annotations(resource))
            {
                continue;
            }
            let rejected = |id: &ResId| {
                rejects
                    .iter()
                    .any(|reject| reject.names_something() && reject.id(id))
            };
            if resource.any_id(rejected) || !resource.any_id(|id| matcher.id(id)) {
                continue;
            }
            let mark = resource.mark;
            copy((index, &mut resource.node), source, target, self.texts.as_ref())
                .map_err(|failure| failure.at(mark))?;
        }
        Ok(())
    }
}

/// What is copied.
struct Source {
    value: Node,
    /// The object and the field that it stands in. The original copies that very node, so that what is written over it
    /// on the way is what the next fields get; a part of a value is a copy.
    place: Option<(usize, Vec<String>)>,
}

impl Source {
    /// Takes note of what was written into the object at `index`.
    fn follow(&mut self, index: usize, node: &Node) {
        if let Some((source, path)) = &self.place
            && *source == index
            && let Ok(Some(found)) = look_up(node, path)
        {
            self.value.value = found.value.clone();
        }
    }
}

fn source_value(objects: &ResMap, replacement: &Replacement) -> Result<Source> {
    let source = match (&replacement.source, &replacement.source_value) {
        (Some(_), Some(_)) => {
            return Err(error(
                "value and resource selectors are mutually exclusive".into(),
            ));
        }
        (None, Some(value)) => {
            let mut value = Node::from(scalar::resolve(value));
            value.mark.written = Written::Untyped;
            return Ok(Source { value, place: None });
        }
        (None, None) => {
            return Err(error(
                "replacements must specify a source and at least one target".into(),
            ));
        }
        (Some(source), None) => source,
    };
    let index = select_source(objects, source)?;
    let path = if source.field_path.is_empty() {
        "metadata.name"
    } else {
        &source.field_path
    };
    let parts = split_smart(path);
    let found = look_up(&objects.get(index).node, &parts)
        .map_err(|failure| failure.prefixed("error looking up replacement source"))?;
    let is_empty = |node: &Node| match &node.value {
        Value::Null => true,
        Value::Sequence(items) => items.is_empty(),
        Value::Mapping(mapping) => mapping.is_empty(),
        _ => false,
    };
    let Some(found) = found.filter(|found| !is_empty(found)) else {
        return Err(error(format!(
            "fieldPath `{path}` is missing for replacement source {}",
            source.id
        )));
    };
    Ok(Source {
        value: refined(found, &source.options)?,
        place: source.options.delimiter.is_empty().then_some((index, parts)),
    })
}

fn select_source(objects: &ResMap, source: &ReplacementSource) -> Result<usize> {
    let mut matches = objects
        .iter()
        .enumerate()
        .filter(|(_, resource)| resource.any_id(|id| id.is_selected_by(&source.id)))
        .map(|(index, _)| index);
    match (matches.next(), matches.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(error(format!("nothing selected by {}", describe(source)))),
        (Some(_), Some(_)) => Err(error(format!(
            "multiple matches for selector {}",
            describe(source)
        ))),
    }
}

fn describe(source: &ReplacementSource) -> String {
    let mut text = source.id.to_string();
    if !source.field_path.is_empty() {
        text = format!("{text}:{}", source.field_path);
    }
    let options = &source.options;
    if !options.delimiter.is_empty() || options.create {
        text = format!(
            "{text}:{}({}), create={}",
            options.delimiter, options.index, options.create
        );
    }
    text
}

/// The part of the source that the options mean.
fn refined(node: &Node, options: &FieldOptions) -> Result<Node> {
    if options.delimiter.is_empty() {
        return Ok(node.clone());
    }
    if !scalar::is_scalar(node) {
        return Err(error(
            "delimiter option can only be used with scalar nodes".into(),
        ));
    }
    let text = scalar::text(node);
    let part = usize::try_from(options.index)
        .ok()
        .and_then(|index| text.split(&options.delimiter).nth(index));
    let Some(part) = part else {
        return Err(error(format!(
            "options.index {} is out of bounds for value {text}",
            options.index
        )));
    };
    let mut refined = node.clone();
    if !scalar::set_keeping_type(&mut refined, part) {
        refined.value = Value::from(part);
    }
    Ok(refined)
}

fn copy(
    (index, node): (usize, &mut Node),
    source: &mut Source,
    target: &ReplacementTarget,
    texts: Option<&Texts>,
) -> Result<()> {
    let default = [String::from("metadata.name")];
    let paths = if target.field_paths.is_empty() {
        &default[..]
    } else {
        &target.field_paths
    };
    for path in paths {
        let parts = split_smart(path);
        if structured(node, &parts, &source.value, &target.options) {
            source.follow(index, node);
            continue;
        }
        let is_annotation =
            matches!(&parts[..], [metadata, field, ..] if metadata == "metadata" && field == "annotations");
        let how = How {
            create: target.options.create.then_some(&source.value),
            texts,
        };
        let complaint = || {
            let wanted = if target.options.create {
                "find or create"
            } else {
                "find"
            };
            format!("unable to {wanted} field {path:?} in replacement target")
        };
        let found = find_all(node, &parts, how).map_err(|failure| failure.prefixed(&complaint()))?;
        if found.is_empty() {
            return Err(error(complaint()));
        }
        for field in found {
            if let Some(field) = field.node_mut(node) {
                // In the end, annotations are text whatever they were.
                if is_annotation && scalar::is_scalar(field) && !field.is_null() {
                    field.value = Value::String(scalar::plain_text(field));
                }
                set(field, &source.value, &target.options)?;
            }
            source.follow(index, node);
        }
    }
    Ok(())
}

fn set(field: &mut Node, value: &Node, options: &FieldOptions) -> Result<()> {
    // A null that was read is one for good; a field that was just made has no type.
    let is_typed = !field.is_null() || field.mark.line > 0 && field.mark.written != Written::Untyped;
    let mark = Mark {
        written: field.mark.written,
        ..value.mark
    };
    if !scalar::is_scalar(field) {
        if !options.delimiter.is_empty() {
            return Err(error(
                "delimiter option can only be used with scalar nodes".into(),
            ));
        }
        field.value = value.value.clone();
        field.mark = value.mark;
        return Ok(());
    }
    let mut new = scalar::text(value).into_owned();
    if !options.delimiter.is_empty() {
        let old = scalar::written_text(field);
        let mut parts: Vec<&str> = old.split(&options.delimiter).collect();
        match usize::try_from(options.index) {
            Err(_) => parts.insert(0, &new),
            Ok(index) if index >= parts.len() => parts.push(&new),
            Ok(index) => parts[index] = &new,
        }
        new = parts.join(&options.delimiter);
    }
    field.mark = mark;
    if is_typed {
        write(field, &new);
    } else {
        // What looks like a number becomes one.
        field.value = scalar::resolve(&new);
        field.mark.written = Written::Untyped;
    }
    Ok(())
}

fn write(field: &mut Node, text: &str) {
    if scalar::set_keeping_type(field, text) {
        if field.mark.written == Written::Mistyped {
            field.mark.written = Written::Plain;
        }
        return;
    }
    // The type stays, which only shows when the object is printed.
    field.value = match field.value.plain() {
        Value::Null => Value::from(text),
        number => number.clone().written_as(text),
    };
    field.mark.written = Written::Mistyped;
}

/// Where a path goes on inside a text that is itself YAML or JSON, changes that. False when it does not.
fn structured(node: &mut Node, parts: &[String], value: &Node, options: &FieldOptions) -> bool {
    for count in 1..parts.len() {
        let Ok(Some(found)) = look_up(node, &parts[..count]) else {
            continue;
        };
        if !scalar::is_scalar(found) || found.is_null() {
            continue;
        }
        let text = scalar::text(found).into_owned();
        let Some(mut inner) = crate::structured::parse(&text) else {
            continue;
        };
        let mut how = How {
            create: options.create.then_some(value),
            texts: None,
        };
        let Ok(fields) = find_all(&mut inner, &parts[count..], how) else {
            return false;
        };
        if fields.is_empty() {
            return false;
        }
        for field in fields {
            let Some(field) = field.node_mut(&mut inner) else {
                return false;
            };
            if set(field, value, options).is_err() {
                return false;
            }
        }
        let Some(written) = crate::structured::write(&inner, &text) else {
            return false;
        };
        how.create = None;
        let Ok(fields) = find_all(node, &parts[..count], how) else {
            return false;
        };
        let Some(field) = fields.first().and_then(|field| field.node_mut(node)) else {
            return false;
        };
        field.value = Value::String(written.into());
        return true;
    }
    false
}

fn error(message: String) -> Failure {
    BuildErrorKind::Transformer(message).into()
}
