//! Renders the folder of a unit to ordered objects.
//!
//! **Invariant:** the same tree and the same [`RenderSpec`] give the same [`Rendered`]; everything read is in its read
//! set, or noted beside it where a host was asked. **Absent:** folders that are charts, Jsonnet and plugins. **Start at**
//! [`render`]; [`place`](fn@place) then says where in a cluster each object goes.

mod directory;
mod error;
mod generate;
mod place;
mod secret;
mod substitute;

#[cfg(test)]
mod tests;

use plumb_kustomize::{Build, Built, Host, Offline, Options};
use plumb_model::{
    Object, Origin, ReadLimits, Reader, RemoteRead, RenderMode, RenderSpec, Rendered, Tree, TreePath,
};
use plumb_yaml::{Mark, Node};

pub use error::RenderError;
pub use place::{Placement, place};

/// Renders the folder that `spec` names from what is in the tree alone.
///
/// # Errors
/// When the folder is missing, something in it does not parse or build, or a limit is passed.
pub fn render(tree: &dyn Tree, spec: &RenderSpec) -> Result<Rendered, RenderError> {
    render_with(tree, spec, &Offline, &Options::default())
}

/// Renders the folder that `spec` names; kustomizations may ask `host` for what `options` allow.
///
/// # Errors
/// As [`render`], and when the host does not give what it is asked for.
pub fn render_with(
    tree: &dyn Tree,
    spec: &RenderSpec,
    host: &dyn Host,
    options: &Options,
) -> Result<Rendered, RenderError> {
    let reader = Reader::new(tree, ReadLimits::default());
    let folder = spec.folder().map_err(plumb_model::TreeError::from)?;
    if !reader.is_directory(&folder)? {
        return Err(missing_folder(&reader, &folder)?);
    }
    let mut written = Written::default();
    let is_kustomization = plumb_kustomize::is_kustomization_root(&reader, &folder)?.is_some();
    let build = Build::new(&reader, options).with_host(host);
    match &spec.mode {
        RenderMode::Directory {
            recurse,
            include,
            exclude,
        } => {
            let filter = directory::Filter::new(*recurse, include, exclude)?;
            written.objects = directory::read(&reader, &folder, &filter, &mut written.warnings)?;
        }
        RenderMode::Detect if !is_kustomization && spec.overlay.is_null() => {
            if reader.is_file(&folder.child("Chart.yaml"))? {
                return Err(RenderError::HelmChart(folder));
            }
            let filter = directory::Filter::flat();
            written.objects = directory::read(&reader, &folder, &filter, &mut written.warnings)?;
        }
        RenderMode::Generate if !is_kustomization => {
            let kustomization = generate::kustomization(&reader, &folder, &spec.overlay)?;
            written = build.inline(&folder, &kustomization)?.into();
        }
        RenderMode::Detect | RenderMode::Generate if spec.overlay.is_null() => {
            written = build.folder(&folder)?.into();
        }
        RenderMode::Detect | RenderMode::Generate => {
            let overlay = Node::from_json(&spec.overlay, Mark::default());
            written = build.overlay(&folder, &overlay)?.into();
        }
    }
    let mut objects = Vec::with_capacity(written.objects.len());
    for (node, origin) in written.objects {
        let node = match &spec.substitute {
            Some(variables) => substitute::substitute(node, variables, &origin)?,
            None => node,
        };
        objects.push(finish(&node, origin, spec)?);
    }
    Ok(Rendered {
        objects,
        reads: reader.into_read_set(),
        remotes: written.remotes,
        web_files: written.web_files,
        warnings: written.warnings,
    })
}

/// What is written in a folder, before a unit's own wishes are met.
#[derive(Default)]
struct Written {
    objects: Vec<(Node, Origin)>,
    warnings: Vec<String>,
    remotes: Vec<RemoteRead>,
    web_files: bool,
}

impl From<Built> for Written {
    fn from(mut built: Built) -> Self {
        let objects = std::mem::take(&mut built.objects);
        let with_place = |object: plumb_kustomize::BuiltObject| {
            let place = built.place(object.mark).unwrap_or_default();
            let origin = Origin {
                path: place.path,
                line: place.line,
            };
            (object.node, origin)
        };
        Self {
            objects: objects.into_iter().map(with_place).collect(),
            warnings: std::mem::take(&mut built.warnings),
            remotes: std::mem::take(&mut built.remotes),
            web_files: built.web_files,
        }
    }
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
