//! Transformers and generators that resources configure, under `transformers:` and `generators:`: those that are built in,
//! and functions from outside.

pub(crate) mod function;
pub(crate) mod helm;
mod iam_policy;

use plumb_yaml::Node;

use crate::{
    edit::shape,
    error::{BuildErrorKind, Failure, Result},
    generate,
    kustomization::{Generator, HelmChart},
    resource::Resource,
    session::Session,
    transform::{REGISTRY, Setup, Transform},
};

/// Kinds that make objects.
const GENERATORS: [&str; 4] = [generate::CONFIG_MAP, generate::SECRET, IAM_POLICY, helm::KIND];
const IAM_POLICY: &str = "IAMPolicyGenerator";

/// The transformer that a resource configures.
pub(crate) fn transformer<'a>(setup: &Setup<'a>, resource: &Resource) -> Result<Box<dyn Transform + 'a>> {
    if is_external(setup.session, resource) {
        let function = function::load(setup.session, setup.folder, resource);
        return Ok(Box::new(function.map_err(|failure| failure.at(resource.mark))?));
    }
    let kind = builtin_kind(resource)?;
    if GENERATORS.contains(&kind) {
        return Err(at(
            resource,
            format!("plugin {} not a transformer", resource.id()),
        ));
    }
    let Some(station) = REGISTRY.iter().find(|station| station.kind == kind) else {
        return Err(at(resource, format!("unable to load builtin {}", resource.gvk())));
    };
    configuration(resource)
        .and_then(|config| (station.from_resource)(setup, &config))
        .map_err(|failure| {
            failure
                .prefixed(&format!("plugin {} fails configuration", resource.id()))
                .at(resource.mark)
        })
}

/// The validator that a resource configures.
pub(crate) fn validator<'a>(setup: &Setup<'a>, resource: &Resource) -> Result<Box<dyn Transform + 'a>> {
    if is_external(setup.session, resource) {
        let function = function::load(setup.session, setup.folder, resource);
        let function = function.map_err(|failure| failure.at(resource.mark))?;
        return Ok(Box::new(function.validating()));
    }
    transformer(setup, resource)
}

/// What makes objects, ready to run.
pub(crate) type Generate<'a> = Box<dyn FnOnce() -> Result<Vec<Resource>> + 'a>;

/// The generator that a resource configures.
pub(crate) fn generator<'a>(setup: &'a generate::Setup<'a>, resource: &Resource) -> Result<Generate<'a>> {
    let mark = resource.mark;
    let fails = move |failure: Failure| failure.at(mark);
    if is_external(setup.session, resource) {
        let function = function::load(setup.session, setup.folder, resource)
            .map_err(|failure| fails(failure.prefixed("failed to load generator")))?;
        return Ok(Box::new(move || function.generate().map_err(fails)));
    }
    let kind = builtin_kind(resource).map_err(|failure| failure.prefixed("failed to load generator"))?;
    let config = configuration(resource).map_err(fails)?;
    match GENERATORS.into_iter().find(|known| *known == kind) {
        Some(IAM_POLICY) => Ok(Box::new(move || {
            iam_policy::generate(setup.session, &config).map_err(fails)
        })),
        Some(helm::KIND) => {
            let (chart, globals) = HelmChart::decode_resource(&config).map_err(fails)?;
            Ok(Box::new(move || helm::inflate(setup, &chart, &globals)))
        }
        Some(kind) => {
            let arguments = arguments(&config, kind == generate::SECRET).map_err(fails)?;
            Ok(Box::new(move || {
                Ok(vec![generate::make(setup, &arguments, kind).map_err(fails)?])
            }))
        }
        None if REGISTRY.iter().any(|station| station.kind == kind) => Err(at(
            resource,
            format!(
                "failed to load generator: plugin {} not a generator",
                resource.id()
            ),
        )),
        None => Err(at(
            resource,
            format!(
                "failed to load generator: unable to load builtin {}",
                resource.gvk()
            ),
        )),
    }
}

/// Name and namespace may stand in the metadata of the resource.
fn arguments(node: &Node, is_secret: bool) -> Result<Generator> {
    let mut generator = Generator::decode(node, "GeneratorArgs", false, is_secret)?;
    let meta = |key: &str| {
        node.at(&["metadata", key])
            .and_then(Node::as_str)
            .unwrap_or("")
            .to_owned()
    };
    if generator.name.is_empty() {
        generator.name = meta("name");
    }
    if generator.namespace.is_empty() {
        generator.namespace = meta("namespace");
    }
    Ok(generator)
}

/// What a resource says, read as leniently as the original does.
fn configuration(resource: &Resource) -> Result<Node> {
    match shape::plugin(resource.kind()) {
        Some((shape, library)) => shape::read_leniently(&resource.node, shape, library),
        None => Ok(resource.node.clone()),
    }
}

fn is_builtin(resource: &Resource) -> bool {
    let gvk = resource.gvk();
    gvk.group.is_empty() && &*gvk.version == "builtin"
}

/// Whether a resource configures what comes from outside, where that is allowed.
fn is_external(session: &Session<'_>, resource: &Resource) -> bool {
    session.options.enable_plugins && !is_builtin(resource)
}

fn builtin_kind(resource: &Resource) -> Result<&str> {
    if is_builtin(resource) {
        return Ok(resource.kind());
    }
    let message = format!(
        "external plugins disabled; unable to load external plugin '{}'",
        resource.kind()
    );
    let failure = Failure::new(BuildErrorKind::Unsupported(message));
    Err(failure.at(resource.mark))
}

fn at(resource: &Resource, message: String) -> Failure {
    Failure::new(BuildErrorKind::Transformer(message)).at(resource.mark)
}
