//! `edit set`: single values, and lists whose items have names.

use std::collections::BTreeMap;

use plumb_yaml::{Mapping, Node, Value};

use super::{Call, Done, EditError, add, refuse};
use crate::{
    kustomization::{Image, decode},
    transform::split_image,
};

pub(super) fn namespace(call: &mut Call<'_>) -> Done {
    one_text(call, "namespace", "must specify exactly one namespace value")
}

pub(super) fn name_prefix(call: &mut Call<'_>) -> Done {
    one_text(call, "namePrefix", "must specify exactly one prefix value")
}

pub(super) fn name_suffix(call: &mut Call<'_>) -> Done {
    one_text(call, "nameSuffix", "must specify exactly one suffix value")
}

fn one_text(call: &mut Call<'_>, field: &'static str, complaint: &str) -> Done {
    let [value] = &call.args[..] else {
        return refuse(complaint);
    };
    let mut sheet = call.sheet()?;
    sheet.set_text(field, value);
    call.write(&sheet)
}

pub(super) fn build_metadata(call: &mut Call<'_>) -> Done {
    let options = add::build_metadata_options(&call.args)?;
    let mut sheet = call.sheet()?;
    sheet.set(
        "buildMetadata",
        Value::Sequence(options.into_iter().map(Node::text).collect()).into(),
    );
    call.write(&sheet)
}

pub(super) fn replicas(call: &mut Call<'_>) -> Done {
    if call.args.is_empty() {
        return refuse("no replicas specified");
    }
    let mut replicas: BTreeMap<String, Node> = BTreeMap::new();
    for arg in &call.args {
        let parsed = arg
            .split_once('=')
            .and_then(|(name, count)| Some((name, count.parse::<i64>().ok()?)));
        let Some((name, count)) = parsed else {
            return refuse("invalid format of replica, use the following format: <name>=<count>");
        };
        let mut replica = Mapping::new();
        replica.push("name", Node::text(name));
        replica.push("count", Value::Int(count).into());
        replicas.insert(name.to_owned(), Value::Mapping(replica).into());
    }
    let mut sheet = call.sheet()?;
    for known in std::mem::take(sheet.list("replicas")) {
        let name = decode::field(&known, "name")
            .and_then(Node::as_str)
            .unwrap_or("")
            .to_owned();
        replicas.entry(name).or_insert(known);
    }
    sheet.set(
        "replicas",
        Value::Sequence(replicas.into_values().collect()).into(),
    );
    call.write(&sheet)
}

const INVALID_IMAGE: &str = "invalid format of image, use one of the following options:
- <image>=<newimage>:<newtag>
- <image>=<newimage>@<digest>
- <image>=<newimage>:<newtag>@<digest>
- <image>=<newimage>
- <image>:<newtag>
- <image>:<newtag>@<digest>
- <image>@<digest>";

pub(super) fn image(call: &mut Call<'_>) -> Done {
    if call.args.is_empty() {
        return refuse("no image specified");
    }
    let mut images: BTreeMap<String, Image> = BTreeMap::new();
    for arg in &call.args {
        let image = parse_image(arg)?;
        images.insert(image.name.clone(), image);
    }
    let mut sheet = call.sheet()?;
    for known in std::mem::take(sheet.list("images")) {
        let known =
            Image::decode(&known).map_err(|failure| EditError::Refused(failure.kind().to_string()))?;
        match images.get_mut(&known.name) {
            Some(image) => keep_starred(image, &known),
            None => {
                images.insert(known.name.clone(), known);
            }
        }
    }
    let nothing = Image::default();
    images
        .values_mut()
        .for_each(|image| keep_starred(image, &nothing));
    let list = images.values().map(image_node).collect();
    sheet.set("images", Value::Sequence(list).into());
    call.write(&sheet)
}

/// Parts written as `*` are what they were.
fn keep_starred(image: &mut Image, known: &Image) {
    for (part, old) in [
        (&mut image.new_name, &known.new_name),
        (&mut image.new_tag, &known.new_tag),
        (&mut image.digest, &known.digest),
    ] {
        if part == "*" {
            part.clone_from(old);
            // Rewriting any part drops what the original does not copy.
            image.tag_suffix.clear();
        }
    }
}

fn parse_image(arg: &str) -> Done<Image> {
    let (key, value) = arg.split_once('=').map_or(("", arg), |(key, value)| (key, value));
    let (name, tag, digest) = split_image(value);
    if name == arg {
        return refuse(INVALID_IMAGE);
    }
    let mut image = Image {
        new_tag: tag.into(),
        digest: digest.into(),
        ..Image::default()
    };
    if key.is_empty() {
        image.name = name.into();
    } else {
        image.name = key.into();
        image.new_name = name.into();
    }
    Ok(image)
}

fn image_node(image: &Image) -> Node {
    let mut mapping = Mapping::new();
    for (key, value) in [
        ("name", &image.name),
        ("newName", &image.new_name),
        ("tagSuffix", &image.tag_suffix),
        ("newTag", &image.new_tag),
        ("digest", &image.digest),
    ] {
        mapping.push(key, Node::text(value.as_str()));
    }
    Value::Mapping(mapping).into()
}
