//! `edit add`: items of lists.

use plumb_yaml::Node;

use super::{Call, Done, EditError, EditFiles, flags::Flag, glob::expand, place, refuse, sheet::Sheet, wrap};
use crate::remote::is_remote;

pub(super) const RESOURCE_FLAGS: &[Flag] = &[Flag::switch("no-verify", "")];
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
        paths.extend(matching(call.files, pattern)?);
    }
    append(call, field, what, paths, true)
}

/// What a pattern matches, or the base on another machine that it is.
pub(super) fn matching(files: &dyn EditFiles, pattern: &str) -> Done<Vec<String>> {
    let found = expand(files, pattern)
        .map_err(|error| EditError::Refused(format!("error checking the filesystem: {error}")))?;
    if !found.is_empty() {
        Ok(found)
    } else if is_remote(pattern) {
        Ok(vec![pattern.to_owned()])
    } else {
        refuse(format!(
            "{pattern} has no match: {}",
            place::no_folder(files, pattern)
        ))
    }
}

/// Adds the files that patterns match, and tells of patterns that match none.
fn globbed(call: &mut Call<'_>, field: &'static str, what: &str, complaint: &str) -> Done {
    if call.args.is_empty() {
        return refuse(complaint);
    }
    let patterns = call.args.clone();
    let paths = glob(call, &patterns).map_err(|error| {
        if field == "configurations" {
            wrap("glob patterns", &error)
        } else {
            error
        }
    })?;
    append(call, field, what, paths, false)
}

/// The files that patterns match.
pub(super) fn glob(call: &mut Call<'_>, patterns: &[String]) -> Done<Vec<String>> {
    let mut paths = Vec::new();
    for pattern in patterns {
        let found = expand(call.files, pattern).map_err(EditError::Refused)?;
        if found.is_empty() {
            call.log(format!("{pattern} has no match"));
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
    let mut sheet = if field == "configurations" {
        Sheet::read_saying(call.files, "new kustomization file", "read kustomization")?
    } else {
        call.sheet()?
    };
    for path in paths {
        if skip_itself && path == sheet.path() {
            continue;
        }
        if sheet.lists(field, &path) {
            call.log(format!("{what} {path} already in kustomization file"));
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
