//! Renders the folder of a unit to ordered objects.
//!
//! **Invariant:** the same tree and the same [`RenderSpec`] give the same [`Rendered`]; everything read is in its read
//! set. **Absent:** Helm, Jsonnet and plugins. **Start at** [`render`]; [`place`](fn@place) then says where in a
//! cluster each object goes.

mod directory;
mod error;
mod generate;
mod place;
mod substitute;

#[cfg(test)]
mod tests;

use plumb_kustomize::{Build, Built, Options};
use plumb_model::{Object, Origin, ReadLimits, Reader, RenderMode, RenderSpec, Rendered, Tree, TreePath};
use plumb_yaml::{Mark, Node};

pub use error::RenderError;
pub use place::{Placement, place};

/// Renders the folder that `spec` names.
///
/// # Errors
/// When the folder is missing, something in it does not parse or build, or a limit is passed.
pub fn render(tree: &dyn Tree, spec: &RenderSpec) -> Result<Rendered, RenderError> {
    let reader = Reader::new(tree, ReadLimits::default());
    let folder = spec.folder().map_err(plumb_model::TreeError::from)?;
    if !reader.is_directory(&folder)? {
        return Err(missing_folder(&reader, &folder)?);
    }
    let mut warnings = Vec::new();
    let written = match &spec.mode {
        RenderMode::Directory {
            recurse,
            include,
            exclude,
        } => {
            let filter = directory::Filter::new(*recurse, include, exclude)?;
            directory::read(&reader, &folder, &filter, &mut warnings)?
        }
        RenderMode::Detect
            if plumb_kustomize::is_kustomization_root(&reader, &folder)?.is_none()
                && spec.overlay.is_null() =>
        {
            if reader.is_file(&folder.child("Chart.yaml"))? {
                return Err(RenderError::HelmChart(folder));
            }
            directory::read(&reader, &folder, &directory::Filter::flat(), &mut warnings)?
        }
        RenderMode::Generate if plumb_kustomize::is_kustomization_root(&reader, &folder)?.is_none() => {
            let kustomization = generate::kustomization(&reader, &folder, &spec.overlay)?;
            let options = Options::default();
            let built = Build::new(&reader, &options).inline(&folder, &kustomization)?;
            from_built(built, &mut warnings)
        }
        RenderMode::Detect | RenderMode::Generate => {
            let options = Options::default();
            let build = Build::new(&reader, &options);
            let built = if spec.overlay.is_null() {
                build.folder(&folder)?
            } else {
                let overlay = Node::from_json(&spec.overlay, Mark::default());
                build.overlay(&folder, &overlay)?
            };
            from_built(built, &mut warnings)
        }
    };
    let mut objects = Vec::with_capacity(written.len());
    for (node, origin) in written {
        let node = match &spec.substitute {
            Some(variables) => substitute::substitute(node, variables, &origin)?,
            None => node,
        };
        objects.push(finish(&node, origin, spec)?);
    }
    Ok(Rendered {
        objects,
        reads: reader.into_read_set(),
        warnings,
    })
}

fn from_built(mut built: Built, warnings: &mut Vec<String>) -> Vec<(Node, Origin)> {
    warnings.append(&mut built.warnings);
    let objects = std::mem::take(&mut built.objects);
    objects
        .into_iter()
        .map(|object| {
            let place = built.place(object.mark).unwrap_or_default();
            let origin = Origin {
                path: place.path,
                line: place.line,
            };
            (object.node, origin)
        })
        .collect()
}

fn finish(node: &Node, origin: Origin, spec: &RenderSpec) -> Result<Object, RenderError> {
    let mut body = node.to_json();
    for (field, entries) in [("labels", &spec.labels), ("annotations", &spec.annotations)] {
        for (key, value) in entries {
            body["metadata"][field][key] = value.clone().into();
        }
    }
    Ok(Object::new(body, origin)?)
}

fn missing_folder(reader: &Reader<'_>, folder: &TreePath) -> Result<RenderError, RenderError> {
    // The nearest parent that is there tells people where the path went wrong.
    let mut at = folder.parent();
    while let Some(parent) = at {
        if reader.is_directory(&parent)? {
            let names = reader
                .list(&parent)?
                .into_iter()
                .map(|(name, _)| name.into_string())
                .take(20)
                .collect();
            return Ok(RenderError::NoFolder {
                folder: folder.clone(),
                parent,
                names,
            });
        }
        at = parent.parent();
    }
    Ok(RenderError::NoFolder {
        folder: folder.clone(),
        parent: TreePath::root(),
        names: Vec::new(),
    })
}
