//! `edit remove`.

use plumb_yaml::Node;

use super::{Call, Done, EditError, add, flags::Flag, glob::Glob, refuse, sheet::Sheet};
use crate::kustomization::decode;

pub(super) const GENERATOR_FLAGS: &[Flag] = &[Flag::value("namespace")];

pub(super) fn resource(call: &mut Call<'_>) -> Done {
    matching(call, "resources", "must specify a resource file")
}

pub(super) fn component(call: &mut Call<'_>) -> Done {
    matching(call, "components", "must specify a component file")
}

pub(super) fn transformer(call: &mut Call<'_>) -> Done {
    matching(call, "transformers", "must specify a transformer file")
}

/// Removes the items that patterns match; nothing is written when there are none.
fn matching(call: &mut Call<'_>, field: &'static str, complaint: &str) -> Done {
    if call.args.is_empty() {
        return refuse(complaint);
    }
    let mut sheet = if field == "components" {
        let reading = "failed to read kustomization file";
        Sheet::read_saying(call.files, reading, &format!("{reading} content"))?
    } else {
        call.sheet()?
    };
    let list = sheet.list(field);
    let before = list.len();
    if before > 0 {
        let patterns: Vec<Glob> = call
            .args
            .iter()
            .map(|pattern| Glob::new(pattern).map_err(EditError::Refused))
            .collect::<Done<_>>()?;
        list.retain(|item| {
            let item = item.as_str().unwrap_or("");
            !patterns.iter().any(|pattern| pattern.matches(item))
        });
    }
    if list.len() == before {
        Ok(())
    } else {
        call.write(&sheet)
    }
}

pub(super) fn build_metadata(call: &mut Call<'_>) -> Done {
    let options = add::build_metadata_options(&call.args)?;
    let mut sheet = call.sheet()?;
    sheet
        .list("buildMetadata")
        .retain(|item| !options.iter().any(|option| item.as_str() == Some(option)));
    call.write(&sheet)
}

pub(super) fn config_map(call: &mut Call<'_>) -> Done {
    named(call, "configMapGenerator", "configmap")
}

pub(super) fn secret(call: &mut Call<'_>) -> Done {
    named(call, "secretGenerator", "secret")
}

fn named(call: &mut Call<'_>, field: &'static str, what: &str) -> Done {
    let names: Vec<String> = match &call.args[..] {
        [] => return refuse(format!("at least one {what} name must be specified")),
        [list] => list.split(',').map(str::to_owned).collect(),
        args => {
            let hint =
                format!("to provide multiple {what}s to remove, please separate {what} names by commas");
            return refuse(format!("too many arguments: [{}]; {hint}", args.join(" ")));
        }
    };
    let namespace = call.flags.text("namespace").to_owned();
    let contents = "could not read kustomization file contents";
    let mut sheet = Sheet::read_saying(call.files, "could not read kustomization file", contents)?;
    let mut found = Vec::new();
    sheet.list(field).retain(|item| {
        let text = |key: &str| decode::field(item, key).and_then(Node::as_str).unwrap_or("");
        let is_meant =
            names.iter().any(|name| name == text("name")) && same_namespace(text("namespace"), &namespace);
        if is_meant {
            found.push(text("name").to_owned());
        }
        !is_meant
    });
    if found.is_empty() {
        return refuse(format!(
            "no specified {what}(s) were found in the kustomization.yaml file"
        ));
    }
    for name in names.iter().filter(|name| !found.contains(name)) {
        call.log(format!("{what} {name} doesn't exist in kustomization file"));
    }
    call.write(&sheet)
}

/// Whether two namespaces are the same; none is the default one.
pub(super) fn same_namespace(a: &str, b: &str) -> bool {
    let or_default = |namespace: &'_ str| {
        if namespace.is_empty() {
            "default".to_owned()
        } else {
            namespace.to_owned()
        }
    };
    or_default(a) == or_default(b)
}
