//! `images:`.

use plumb_yaml::{Node, Value};
use regex::Regex;

use super::{Configured, Setup, Station, Transform};
use crate::{
    error::{BuildErrorKind, Result},
    fields::{Create, FieldSpec, Section, visit},
    kustomization::{Image, decode},
    resource::ResMap,
    scalar,
};

pub(crate) const STATION: Station = Station {
    kind: "ImageTagTransformer",
    from_kustomization,
    from_resource,
};

struct Images {
    image: Image,
    /// `None` when the name is no pattern; it matches nothing then.
    pattern: Option<Regex>,
    specs: Vec<FieldSpec>,
}

fn from_kustomization(setup: &Setup<'_>) -> Configured {
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
                visit(&mut resource.node, spec, Create::Nothing, &mut |field| {
                    self.change(field)
                })?;
            }
        }
        Ok(())
    }
}

impl Images {
    fn new(image: Image, specs: Vec<FieldSpec>) -> Self {
        let tail = "(:[a-zA-Z0-9_.{}-]*)?(@[a-zA-Z0-9]+([.+_-][a-zA-Z0-9]+)*:[a-zA-Z0-9_.{}-]*)?$";
        let pattern = Regex::new(&format!("^{}{tail}", image.name)).ok();
        Self {
            image,
            pattern,
            specs,
        }
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
                let mut images = containers
                    .iter_mut()
                    .filter_map(|container| container.get_mut("image"));
                images.try_for_each(|image| self.change(image))
            }),
            _ => Ok(()),
        }
    }

    fn change(&self, field: &mut Node) -> Result<()> {
        if !scalar::is_scalar(field) {
            let message = "wrong node kind: expected ScalarNode".to_owned();
            return Err(BuildErrorKind::Transformer(message).into());
        }
        let old = scalar::text(field);
        if !self
            .pattern
            .as_ref()
            .is_some_and(|pattern| pattern.is_match(&old))
        {
            return Ok(());
        }
        let new = self.renamed(&old);
        scalar::set_untyped(field, &new);
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
