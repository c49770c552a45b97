//! Labels and annotations: `edit add`, `edit set` and `edit remove`.

use std::collections::BTreeMap;

use plumb_yaml::{Mapping, Node, Value};

use super::{Call, Done, flags::Flag, refuse};
use crate::kustomization::decode;

pub(super) const ANNOTATION_FLAGS: &[Flag] = &[Flag::switch("force", "f")];
pub(super) const LABEL_FLAGS: &[Flag] = &[
    Flag::switch("force", "f"),
    Flag::switch("without-selector", ""),
    Flag::switch("include-templates", ""),
];
pub(super) const REMOVE_FLAGS: &[Flag] = &[Flag::switch("ignore-non-existence", "i")];
pub(super) fn add_annotation(call: &mut Call<'_>) -> Done {
    let pairs = pairs(&call.args, "annotation")?;
    let force = call.flags.is_on("force");
    let mut sheet = call.sheet()?;
    insert(sheet.map("commonAnnotations"), &pairs, "annotation", force)?;
    call.write(&sheet)
}

pub(super) fn add_label(call: &mut Call<'_>) -> Done {
    let (without_selector, templates) = (
        call.flags.is_on("without-selector"),
        call.flags.is_on("include-templates"),
    );
    if call.args.is_empty() {
        return refuse("must specify label");
    }
    if templates && !without_selector {
        return refuse("--without-selector flag must be specified for --include-templates to work");
    }
    let pairs = pairs(&call.args, "label")?;
    let force = call.flags.is_on("force");
    let mut sheet = call.sheet()?;
    if !without_selector {
        insert(sheet.map("commonLabels"), &pairs, "label", force)?;
        return call.write(&sheet);
    }
    let is_on = |label: &Node, key: &str| {
        decode::field(label, key).is_some_and(|flag| flag.value == Value::Bool(true))
    };
    let labels = sheet.list("labels");
    let fits =
        |label: &Node| !is_on(label, "includeSelectors") && is_on(label, "includeTemplates") == templates;
    let index = labels.iter().position(fits).unwrap_or_else(|| {
        let mut label = Mapping::new();
        if templates {
            label.push("includeTemplates", Value::Bool(true).into());
        }
        labels.push(Value::Mapping(label).into());
        labels.len() - 1
    });
    if let Some(label) = labels[index].as_mapping_mut() {
        let known = label.entry_or_insert_with("pairs", crate::resource::empty_mapping);
        if let Some(known) = known.as_mapping_mut() {
            insert(known, &pairs, "label", force)?;
        }
    }
    call.write(&sheet)
}

fn insert(map: &mut Mapping, pairs: &BTreeMap<String, String>, what: &str, force: bool) -> Done {
    for (key, value) in pairs {
        if map.contains(key) && !force {
            return refuse(format!(
                "{what} {key} already in kustomization file. Use --force to override."
            ));
        }
        map.insert(key.as_str(), Node::text(value.as_str()));
    }
    Ok(())
}

/// `key:value` arguments; a key alone has an empty value, quotes around a value go.
pub(super) fn pairs(args: &[String], what: &str) -> Done<BTreeMap<String, String>> {
    if args.is_empty() {
        return refuse(format!("must specify {what}"));
    }
    let mut pairs = BTreeMap::new();
    for arg in args {
        let (key, value) = arg.split_once(':').unwrap_or((arg, ""));
        if key.is_empty() && arg.starts_with(':') {
            return refuse(format!(
                "invalid {what}: '{arg}' (need k:v pair where v may be quoted)"
            ));
        }
        let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        pairs.insert(key.to_owned(), inner.unwrap_or(value).to_owned());
    }
    Ok(pairs)
}

pub(super) fn set_label(call: &mut Call<'_>) -> Done {
    let pairs = pairs(&call.args, "label")?;
    let mut sheet = call.sheet()?;
    let map = sheet.map("commonLabels");
    pairs.into_iter().for_each(|(key, value)| {
        map.insert(key, Node::text(value));
    });
    call.write(&sheet)
}

pub(super) fn set_annotation(call: &mut Call<'_>) -> Done {
    let pairs = pairs(&call.args, "annotation")?;
    if !pairs.keys().all(|key| is_annotation_key(key)) {
        return refuse(
            "invalid annotation key: see the syntax and character set rules at \
             https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/",
        );
    }
    let mut sheet = call.sheet()?;
    let map = sheet.map("commonAnnotations");
    pairs.into_iter().for_each(|(key, value)| {
        map.insert(key, Node::text(value));
    });
    call.write(&sheet)
}

pub(super) fn remove_label(call: &mut Call<'_>) -> Done {
    keys(call, "commonLabels", "label")
}

pub(super) fn remove_annotation(call: &mut Call<'_>) -> Done {
    keys(call, "commonAnnotations", "annotation")
}

fn keys(call: &mut Call<'_>, field: &'static str, what: &str) -> Done {
    // The original calls both labels where it complains of the arguments.
    let keys: Vec<String> = match &call.args[..] {
        [] => return refuse("must specify label"),
        [list] => list.split(',').map(str::to_owned).collect(),
        _ => return refuse("labels must be comma-separated, with no spaces"),
    };
    if keys.iter().any(String::is_empty) {
        return refuse("invalid label: '' (name is empty)");
    }
    let ignore = call.flags.is_on("ignore-non-existence");
    let mut sheet = call.sheet()?;
    if sheet.get(field).is_none() {
        if ignore {
            return call.write(&sheet);
        }
        return refuse(format!("{field} is not defined in kustomization file"));
    }
    let map = sheet.map(field);
    for key in keys {
        if map.remove(&key).is_none() && !ignore {
            return refuse(format!("{what} {key} is not defined in kustomization file"));
        }
    }
    call.write(&sheet)
}

/// Whether a text can be the key of an annotation: an optional domain, and a name of at most 63 characters.
fn is_annotation_key(key: &str) -> bool {
    let fits = |text: &str, longest: usize, inner: &str, first: fn(&char) -> bool| {
        let is_end = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        text.len() <= longest
            && text.chars().next().is_some_and(|c| first(&c))
            && is_end(text.chars().last())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || inner.contains(c))
    };
    let (domain, name) = key
        .split_once('/')
        .map_or((None, key), |(domain, name)| (Some(domain), name));
    fits(name, 63, "-_.", char::is_ascii_alphanumeric)
        && domain.is_none_or(|domain| fits(domain, 253, "-.", char::is_ascii_alphabetic))
}
