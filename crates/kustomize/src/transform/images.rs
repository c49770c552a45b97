//! `images:`.

use std::cell::OnceCell;

use plumb_yaml::{Node, Value};
use regex::Regex;

use super::{Configured, Setup, Station, Transform};
use crate::{
    error::Result,
    fields::{Create, FieldSpec, Section, visit_resource, wrong_kind},
    kustomization::{Image, decode},
    resource::ResMap,
    scalar, selector,
};

pub(crate) const STATION: Station = Station {
    kind: "ImageTagTransformer",
    from_kustomization,
    from_resource,
};

struct Images {
    image: Image,
    /// Made when it is needed; `None` when the name is no pattern: it matches nothing then.
    pattern: OnceCell<Option<Regex>>,
    specs: Vec<FieldSpec>,
}

fn from_kustomization(setup: &Setup<'_>) -> Configured {
    if setup.kustomization.images.is_empty() {
        return Ok(Vec::new());
    }
    let specs = setup.config.section(Section::Images);
    let one = |image: &Image| -> Box<dyn Transform> { Box::new(Images::new(image.clone(), specs.to_vec())) };
    Ok(setup.kustomization.images.iter().map(one).collect())
}

fn from_resource(_: &Setup<'_>, config: &Node) -> Result<Box<dyn Transform>> {
    let image = config
        .get("imageTag")
        .map_or(Ok(Image::default()), Image::decode)?;
    let specs = config
        .get("fieldSpecs")
        .map_or(Ok(Vec::new()), decode::field_specs)?;
    Ok(Box::new(Images::new(image, specs)))
}

impl Transform for Images {
    fn apply(&self, objects: &mut ResMap) -> Result<()> {
        for resource in objects.iter_mut() {
            if resource.kind() == "CustomResourceDefinition" {
                continue;
            }
            // The original looks everywhere first, then at the fields that it was told of: suffixes are added twice.
            self.change_everywhere(&mut resource.node)?;
            for spec in &self.specs {
                visit_resource(resource, spec, Create::Nothing, &mut |field| self.change(field))?;
            }
        }
        Ok(())
    }
}

impl Images {
    fn new(image: Image, specs: Vec<FieldSpec>) -> Self {
        Self {
            image,
            pattern: OnceCell::new(),
            specs,
        }
    }

    /// Whether an image has the name, which is a pattern, and then nothing but a tag and a digest.
    fn is_meant(&self, image: &str) -> bool {
        let name = &self.image.name;
        // Nearly all names are patterns only by their dots, and need no machine.
        if name.split('.').all(selector::is_plain) {
            return after_name(name, image).is_some_and(is_tag_and_digest);
        }
        let make = || {
            let tail = "(:[a-zA-Z0-9_.{}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?$";
            Regex::new(&format!("^{name}{tail}")).ok()
        };
        let pattern = self.pattern.get_or_init(make);
        pattern.as_ref().is_some_and(|pattern| pattern.is_match(image))
    }

    fn change_everywhere(&self, node: &mut Node) -> Result<()> {
        match &mut node.value {
            Value::Sequence(items) => items.iter_mut().try_for_each(|item| self.change_everywhere(item)),
            Value::Mapping(mapping) => mapping.iter_mut().try_for_each(|(key, value)| {
                self.change_everywhere(value)?;
                if !matches!(key, "containers" | "initContainers") {
                    return Ok(());
                }
                let containers = value.as_sequence_mut().map_or(&mut [][..], Vec::as_mut_slice);
                let mut containers = containers.iter_mut().filter(|container| !container.is_null());
                containers.try_for_each(|container| {
                    if container.as_mapping().is_none() {
                        return Err(wrong_kind(container, "MappingNode"));
                    }
                    container
                        .get_mut("image")
                        .map_or(Ok(()), |image| self.change(image))
                })
            }),
            _ => Ok(()),
        }
    }

    fn change(&self, field: &mut Node) -> Result<()> {
        if !scalar::is_scalar(field) {
            return Err(wrong_kind(field, "ScalarNode"));
        }
        let old = scalar::text(field);
        if !self.is_meant(&old) {
            return Ok(());
        }
        let new = self.renamed(&old);
        scalar::set_untyped(field, &new, self.image.mark);
        Ok(())
    }

    fn renamed(&self, old: &str) -> String {
        let (name, tag, digest) = split(old);
        let image = &self.image;
        let mut new = if image.new_name.is_empty() {
            name.to_owned()
        } else {
            image.new_name.clone()
        };
        let (tag, digest) = match (image.new_tag.as_str(), image.digest.as_str()) {
            ("", "") if !image.tag_suffix.is_empty() => (format!("{tag}{}", image.tag_suffix), ""),
            ("", "") => (tag.to_owned(), digest),
            ("", digest) => (String::new(), digest),
            (tag, digest) => (tag.to_owned(), digest),
        };
        if !tag.is_empty() {
            new.push(':');
            new.push_str(&tag);
        }
        if !digest.is_empty() {
            new.push('@');
            new.push_str(digest);
        }
        new
    }
}

/// What follows a name in which a dot means any character.
fn after_name<'i>(name: &str, image: &'i str) -> Option<&'i str> {
    let mut rest = image.chars();
    name.chars()
        .all(|wanted| match rest.next() {
            Some('\n') | None => false,
            Some(is) => wanted == '.' || wanted == is,
        })
        .then_some(rest.as_str())
}

/// Whether a text is a tag, a digest, both or nothing.
fn is_tag_and_digest(text: &str) -> bool {
    let is_word = |text: &str| {
        text.chars()
            .all(|c| c.is_ascii_alphanumeric() || "_.{}-".contains(c))
    };
    let (tag, digest) = match text.split_once('@') {
        Some((tag, digest)) => (tag, Some(digest)),
        None => (text, None),
    };
    let is_algorithm = |text: &str| {
        text.split(['.', '+', '_', '-'])
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric()))
    };
    let tag_fits = tag.is_empty() || tag.strip_prefix(':').is_some_and(is_word);
    tag_fits
        && digest.is_none_or(|digest| {
            digest
                .split_once(':')
                .is_some_and(|(algorithm, value)| is_algorithm(algorithm) && is_word(value))
        })
}

/// Name, tag and digest; a colon before the first slash belongs to the registry.
pub(crate) fn split(image: &str) -> (&str, &str, &str) {
    let start = image.find('/').unwrap_or(0);
    let (rest, digest) = match image[start..].find('@') {
        Some(at) => (&image[..start + at], &image[start + at + 1..]),
        None => (image, ""),
    };
    match rest[start..].find(':') {
        Some(colon) => (&rest[..start + colon], &rest[start + colon + 1..], digest),
        None => (rest, "", digest),
    }
}
