//! `edit add`: items of lists, and labels and annotations that are not there yet.

use std::collections::BTreeMap;

use plumb_yaml::{Mapping, Node, Value};

use super::{Call, Done, EditError, flags::Flag, refuse};
use crate::{kustomization::decode, remote::is_remote};

pub(super) const RESOURCE_FLAGS: &[Flag] = &[Flag::switch("no-verify", "")];
pub(super) const ANNOTATION_FLAGS: &[Flag] = &[Flag::switch("force", "f")];
pub(super) const LABEL_FLAGS: &[Flag] = &[
    Flag::switch("force", "f"),
    Flag::switch("without-selector", ""),
    Flag::switch("include-templates", ""),
];
pub(super) const PATCH_FLAGS: &[Flag] = &[
    Flag::value("path"),
    Flag::value("patch"),
    Flag::value("group"),
    Flag::value("version"),
    Flag::value("kind"),
    Flag::value("name"),
    Flag::value("namespace"),
    Flag::value("annotation-selector"),
    Flag::value("label-selector"),
];

pub(super) fn resource(call: &mut Call<'_>) -> Done {
    let skip = call.flags.is_on("no-verify");
    located(
        call,
        "resources",
        "resource",
        "must specify a resource file",
        skip,
    )
}

pub(super) fn component(call: &mut Call<'_>) -> Done {
    located(
        call,
        "components",
        "component",
        "must specify a component file",
        false,
    )
}

pub(super) fn generator(call: &mut Call<'_>) -> Done {
    globbed(
        call,
        "generators",
        "generator",
        "must specify a yaml file which contains a generator plugin resource",
    )
}

pub(super) fn transformer(call: &mut Call<'_>) -> Done {
    let complaint = "must specify a yaml file which contains a transformer plugin resource";
    globbed(call, "transformers", "transformer", complaint)
}

pub(super) fn configuration(call: &mut Call<'_>) -> Done {
    let complaint = "must specify a yaml file which contains a configuration resource";
    globbed(call, "configurations", "configuration", complaint)
}

/// Adds paths that have to exist.
fn located(call: &mut Call<'_>, field: &'static str, what: &str, complaint: &str, skip: bool) -> Done {
    if call.args.is_empty() {
        return refuse(complaint);
    }
    let mut paths = Vec::new();
    for pattern in &call.args {
        if skip {
            paths.push(pattern.clone());
            continue;
        }
        let found = call.files.glob(pattern).map_err(EditError::Files)?;
        if !found.is_empty() {
            paths.extend(found);
        } else if is_remote(pattern) {
            paths.push(pattern.clone());
        } else {
            return refuse(format!("{pattern} has no match"));
        }
    }
    append(call, field, what, paths, true)
}

/// Adds the files that patterns match, and tells of patterns that match none.
fn globbed(call: &mut Call<'_>, field: &'static str, what: &str, complaint: &str) -> Done {
    if call.args.is_empty() {
        return refuse(complaint);
    }
    let patterns = call.args.clone();
    let paths = glob(call, &patterns)?;
    append(call, field, what, paths, false)
}

/// The files that patterns match.
pub(super) fn glob(call: &mut Call<'_>, patterns: &[String]) -> Done<Vec<String>> {
    let mut paths = Vec::new();
    for pattern in patterns {
        let found = call.files.glob(pattern).map_err(EditError::Files)?;
        if found.is_empty() {
            call.note(&format!("{pattern} has no match"));
        }
        paths.extend(found);
    }
    Ok(paths)
}

fn append(
    call: &mut Call<'_>,
    field: &'static str,
    what: &str,
    paths: Vec<String>,
    skip_itself: bool,
) -> Done {
    if paths.is_empty() {
        return Ok(());
    }
    let mut sheet = call.sheet()?;
    for path in paths {
        if skip_itself && path == sheet.path() {
            continue;
        }
        if sheet.lists(field, &path) {
            call.note(&format!("{what} {path} already in kustomization file"));
            continue;
        }
        sheet.list(field).push(Node::text(path));
    }
    call.write(&sheet)
}

pub(super) fn base(call: &mut Call<'_>) -> Done {
    let [paths] = &call.args[..] else {
        return refuse("must specify a base directory");
    };
    let paths: Vec<String> = paths.split(',').map(str::to_owned).collect();
    let mut sheet = call.sheet()?;
    for path in paths {
        if !call.files.exists(&path) {
            return refuse(format!("{path} does not exist"));
        }
        if sheet.lists("resources", &path) {
            return refuse(format!("base {path} already in kustomization file"));
        }
        sheet.list("resources").push(Node::text(path));
    }
    call.write(&sheet)
}

pub(super) fn build_metadata(call: &mut Call<'_>) -> Done {
    let options = build_metadata_options(&call.args)?;
    let mut sheet = call.sheet()?;
    for option in options {
        if sheet.lists("buildMetadata", &option) {
            return refuse(format!(
                "buildMetadata option {option} already in kustomization file"
            ));
        }
        sheet.list("buildMetadata").push(Node::text(option));
    }
    call.write(&sheet)
}

/// The options in the only argument, separated by commas.
pub(super) fn build_metadata_options(args: &[String]) -> Done<Vec<String>> {
    let [list] = args else {
        if args.is_empty() {
            return refuse("must specify a buildMetadata option");
        }
        let hint = "to provide multiple buildMetadata options, please separate options by comma";
        return refuse(format!("too many arguments: [{}]; {hint}", args.join(" ")));
    };
    let options: Vec<String> = list.split(',').map(str::to_owned).collect();
    let known = ["originAnnotations", "transformerAnnotations", "managedByLabel"];
    match options.iter().find(|option| !known.contains(&option.as_str())) {
        Some(option) => refuse(format!("invalid buildMetadata option: {option}")),
        None => Ok(options),
    }
}

pub(super) fn patch(call: &mut Call<'_>) -> Done {
    let patch = patch_node(call)?;
    if patch.get("path").is_none() && patch.get("patch").is_none() {
        return refuse("must provide either patch or path");
    }
    let mut sheet = call.sheet()?;
    if sheet
        .list("patches")
        .iter()
        .any(|known| same_patch(known, &patch))
    {
        call.note("patch already in kustomization file");
        return Ok(());
    }
    sheet.list("patches").push(patch);
    call.write(&sheet)
}

/// The patch that the flags describe.
pub(super) fn patch_node(call: &Call<'_>) -> Done<Node> {
    let text = |name: &str| call.flags.text(name);
    if !text("patch").is_empty() && !text("path").is_empty() {
        return refuse("patch and path can't be set at the same time");
    }
    let object = |fields: &[(&str, &str)]| {
        let mut mapping = Mapping::new();
        for (key, flag) in fields.iter().filter(|(_, flag)| !text(flag).is_empty()) {
            mapping.push(*key, Node::text(text(flag)));
        }
        mapping
    };
    let mut patch = object(&[("path", "path"), ("patch", "patch")]);
    let target = object(&[
        ("group", "group"),
        ("version", "version"),
        ("kind", "kind"),
        ("name", "name"),
        ("namespace", "namespace"),
        ("annotationSelector", "annotation-selector"),
        ("labelSelector", "label-selector"),
    ]);
    if !target.is_empty() {
        patch.push("target", Value::Mapping(target).into());
    }
    Ok(Value::Mapping(patch).into())
}

/// Whether two patches say the same, whatever is empty.
pub(super) fn same_patch(a: &Node, b: &Node) -> bool {
    let text = |node: &Node, key: &str| {
        decode::field(node, key)
            .and_then(Node::as_str)
            .unwrap_or("")
            .to_owned()
    };
    let object = |node: &Node, key: &str| {
        decode::field(node, key)
            .and_then(Node::as_mapping)
            .map(|mapping| {
                let entries = mapping
                    .iter()
                    .filter(|(_, value)| value.as_str() != Some("") && !value.is_null());
                entries
                    .map(|(key, value)| (key.to_ascii_lowercase(), format!("{:?}", value.value)))
                    .collect()
            })
    };
    let objects = |node: &Node| -> [Option<BTreeMap<String, String>>; 2] {
        [object(node, "target"), object(node, "options")]
    };
    text(a, "path") == text(b, "path") && text(a, "patch") == text(b, "patch") && objects(a) == objects(b)
}

pub(super) fn annotation(call: &mut Call<'_>) -> Done {
    let pairs = pairs(&call.args, "annotation")?;
    let force = call.flags.is_on("force");
    let mut sheet = call.sheet()?;
    insert(sheet.map("commonAnnotations"), &pairs, "annotation", force)?;
    call.write(&sheet)
}

pub(super) fn label(call: &mut Call<'_>) -> Done {
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
