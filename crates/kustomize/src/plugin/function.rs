//! KRM functions: programs that take a `ResourceList` and give one back.
//!
//! **Absent:** running them, which is the host's; functions in containers, Starlark, and plugins of the old style, each of
//! which is a clear error. **Start at** [`load`].

mod spec;
mod wire;

use std::rc::Rc;

use plumb_yaml::{Node, SourceId};

use crate::{
    error::{BuildErrorKind, Failure, Result},
    host::ExecFunction,
    load::Folder,
    resource::{Behavior, ResMap, Resource, empty_mapping, read_resources},
    scalar,
    session::Session,
    transform::Transform,
};
use spec::Program;

/// What a resource's own annotations ask of the build, when a function generates it.
const NEEDS_HASH: &str = "kustomize.config.k8s.io/needs-hash";
const BEHAVIOR: &str = "kustomize.config.k8s.io/behavior";

/// A function, ready to be run.
pub(crate) struct Function<'a> {
    session: &'a Session<'a>,
    folder: Rc<Folder>,
    /// The resource that configures it, as it is handed over.
    config: Node,
    name: String,
    program: Program,
    validates: bool,
}

/// The function that a resource configures.
pub(crate) fn load<'a>(
    session: &'a Session<'a>,
    folder: &Rc<Folder>,
    resource: &Resource,
) -> Result<Function<'a>> {
    let Some(spec) = spec::read(resource)? else {
        let message = format!(
            "unable to load external plugin '{}': exec plugins of the old style and Go plugins are not run by this build; \
             a KRM function is, with the annotation {} and --enable-exec",
            resource.kind(),
            spec::ANNOTATIONS[0]
        );
        return Err(BuildErrorKind::Unsupported(message).into());
    };
    if let Some(complaint) = spec.mounts.iter().find_map(|mount| forbidden(mount)) {
        let mount_of = format!("plugin {} with mount path {complaint}", resource.id());
        return Err(BuildErrorKind::Unsupported(mount_of).into());
    }
    if let Some(image) = spec.image {
        let message = format!(
            "couldn't execute function: {} needs the container image {image}, and containers are not run by this build; \
             run it as a program, with exec: {{path: ...}}",
            resource.id()
        );
        return Err(BuildErrorKind::Unsupported(message).into());
    }
    if folder.is_remote() && !spec.program.path.is_empty() && session.options.enable_exec {
        let message = format!(
            "function {} is configured in another repository, and programs from there are not run",
            spec.program.path
        );
        return Err(BuildErrorKind::Unsupported(message).into());
    }
    let mut config = resource.clone();
    if let Some(annotations) = annotations(&mut config) {
        annotations.insert("config.kubernetes.io/local-config", Node::text("true"));
    }
    Ok(Function {
        session,
        folder: Rc::clone(folder),
        name: format!(
            "api: {}, kind: {}, name: {}",
            resource.gvk().api_version(),
            resource.kind(),
            resource.name()
        ),
        config: config.node,
        program: spec.program,
        validates: false,
    })
}

impl Function<'_> {
    /// The same, where it must not change anything, and may say that something is wrong.
    pub(crate) fn validating(self) -> Self {
        Self {
            validates: true,
            ..self
        }
    }

    /// The objects that it makes.
    pub(crate) fn generate(&self) -> Result<Vec<Resource>> {
        if self.is_idle() {
            return Ok(Vec::new());
        }
        let text = self.run(std::iter::once(&self.config))?;
        let mut objects = self.objects(&text)?;
        for object in &mut objects {
            options(object)?;
        }
        Ok(objects)
    }

    /// Whether nothing is run, as nobody allowed it.
    fn is_idle(&self) -> bool {
        let idle = !self.session.options.enable_exec || self.program.path.is_empty();
        if idle {
            let name = &self.name;
            self.session.warn(format!(
                "# Warning: the function of plugin {name} was not run; programs are run with --enable-exec."
            ));
        }
        idle
    }

    fn run<'n>(&self, items: impl Iterator<Item = &'n Node>) -> Result<String> {
        self.session.go_on()?;
        let function = ExecFunction {
            path: self.program.path.clone(),
            arguments: self.program.arguments.clone(),
            environment: self.program.environment(&self.session.options.environment),
            folder: self.folder.root.clone(),
        };
        let input = wire::input(items, &self.config);
        let output = self.session.host.run(&function, &input).map_err(|error| {
            Failure::new(BuildErrorKind::Transformer(format!(
                "couldn't execute function: {error}"
            )))
        })?;
        output
            .notes
            .lines()
            .for_each(|line| self.session.warn(line.to_owned()));
        Ok(output.text)
    }

    /// The objects of its answer, without what was written on them for the way.
    fn objects(&self, text: &str) -> Result<Vec<Resource>> {
        let failed = |failure: Failure| failure.wrapped("couldn't execute function");
        let answer = wire::answer(self.session, text).map_err(failed)?;
        for complaint in &answer.complaints {
            if self.validates {
                return Err(BuildErrorKind::Transformer(complaint.clone()).into());
            }
            // The original looks at the exit code alone.
            self.session
                .warn(format!("# Warning: {}: {complaint}", self.name));
        }
        if answer.is_empty {
            return Ok(Vec::new());
        }
        let mut objects = read_resources(self.session, text, SourceId::default()).map_err(failed)?;
        for object in &mut objects {
            object.mark = self.config.mark;
            wire::strip(object);
        }
        Ok(objects)
    }
}

impl Transform for Function<'_> {
    fn apply(&self, objects: &mut ResMap) -> Result<()> {
        if self.is_idle() {
            return Ok(());
        }
        for object in objects.iter_mut() {
            object.annotations_to_text();
            scalar::settle(&mut object.node);
        }
        let items: Vec<Node> = objects.iter().map(wire::with_id).collect();
        let text = self.run(items.iter())?;
        let mut new = ResMap::default();
        for object in self.objects(&text)? {
            let id = object.id();
            if new.append(object.clone()).is_err() {
                let message = format!("plugin {} generated duplicate resource: {id}", self.name);
                return Err(BuildErrorKind::Transformer(message).into());
            }
            match index_of(objects, &id) {
                // What it gives back as it was still comes from where it came from.
                Some(index) if objects.get(index).node == object.node => {}
                Some(index) => objects.get_mut(index).node = object.node,
                None => objects.append(object)?,
            }
        }
        objects.retain(|object| index_of(&new, &object.id()).is_some());
        Ok(())
    }
}

/// Why a container may not see a folder.
fn forbidden(mount: &str) -> Option<String> {
    let must = if mount.starts_with('/') {
        "relative to"
    } else if plumb_model::TreePath::parse(mount).is_err() {
        "under"
    } else {
        return None;
    };
    Some(format!(
        "'{mount}' is not permitted; mount paths must be {must} the current kustomization directory"
    ))
}

fn index_of(objects: &ResMap, id: &crate::resource::ResId) -> Option<usize> {
    objects.iter().position(|object| object.id().same(id))
}

/// Takes what a generated object says of itself.
fn options(object: &mut Resource) -> Result<()> {
    let (hash, behavior) = (object.annotation(NEEDS_HASH), object.annotation(BEHAVIOR));
    if let Some(hash) = hash {
        object.needs_hash = match &*hash {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => true,
            "0" | "f" | "F" | "false" | "FALSE" | "False" => false,
            other => {
                let message = format!("the annotation {NEEDS_HASH:?} contains an invalid value ({other:?})");
                return Err(BuildErrorKind::Generator(message).into());
            }
        };
    }
    object.behavior = Some(match behavior.as_deref() {
        Some("replace") => Behavior::Replace,
        Some("merge") => Behavior::Merge,
        Some("create") => Behavior::Create,
        _ => Behavior::Unspecified,
    });
    wire::remove_annotations(object, &[NEEDS_HASH, BEHAVIOR]);
    Ok(())
}

/// The annotations of an object, made where there are none.
fn annotations(object: &mut Resource) -> Option<&mut plumb_yaml::Mapping> {
    let annotations = object
        .metadata_mut()?
        .entry_or_insert_with("annotations", empty_mapping);
    if annotations.is_null() {
        *annotations = empty_mapping();
    }
    annotations.as_mapping_mut()
}

#[cfg(test)]
mod tests;
