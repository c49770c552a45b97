//! The way down: resources, generators and components of a folder, then its transformers.

use std::{borrow::Cow, rc::Rc};

use plumb_model::{TreeError, TreePath};
use plumb_yaml::SourceId;

use super::{
    read_kustomization,
    shared::{Ready, Shared},
};
use crate::{
    error::{BuildErrorKind, Failure, Result},
    fields::{Config, config_from_crds},
    generate,
    kustomization::{COMPONENT, Kustomization, Listed, Var},
    load::Folder,
    origin::Origin,
    plugin, remote,
    resource::{ResId, ResMap, Resource, read_resources, shared},
    scalar,
    session::Session,
    transform::{self, REGISTRY, Transform},
    vars,
};

/// What was gathered so far.
#[derive(Clone, Default)]
pub(super) struct Accumulated {
    pub(super) objects: ResMap,
    /// `None` while nobody configured anything.
    config: Option<Config>,
    /// Whether the defaults are in; they come with the first folder.
    has_defaults: bool,
    pub(super) vars: Vec<Var>,
}

impl Accumulated {
    pub(super) fn config(&self) -> Cow<'static, Config> {
        self.config
            .as_ref()
            .map_or(Cow::Borrowed(Config::defaults()), |config| {
                Cow::Owned(config.clone())
            })
    }

    fn add_config(&mut self, config: &Config) -> Result<()> {
        let base = || {
            if self.has_defaults {
                Config::defaults().clone()
            } else {
                Config::default()
            }
        };
        self.config.get_or_insert_with(base).merge(config)?;
        self.has_defaults = true;
        Ok(())
    }

    fn add_default_config(&mut self) -> Result<()> {
        self.has_defaults = true;
        self.config
            .as_mut()
            .map_or(Ok(()), |config| config.merge(Config::defaults()))
    }

    fn merge(&mut self, other: Self) -> Result<()> {
        self.objects.append_all(other.objects.into_resources())?;
        match &other.config {
            Some(config) => self.add_config(config)?,
            None => self.add_default_config()?,
        }
        vars::absorb(&mut self.vars, other.vars)
    }
}

/// A folder to build.
pub(super) struct Target<'a> {
    pub(super) session: &'a Session<'a>,
    pub(super) folder: Rc<Folder>,
    pub(super) kustomization: Rc<Kustomization>,
    /// Whether nothing of the kustomization is overruled by the folder that refers to it.
    pub(super) says_as_built: bool,
    /// The kustomization file.
    pub(super) file: TreePath,
    /// The number of its text.
    pub(super) source: SourceId,
    /// The folder as seen from the root of the build, when origins are wanted.
    pub(super) origin: Option<Origin>,
    /// The namespace that a folder above gives to Helm charts; empty for none.
    pub(super) helm_namespace: String,
}

impl Target<'_> {
    /// What the folder has, of its own.
    pub(super) fn accumulate_alone(&self) -> Result<Accumulated> {
        let mut accumulated = Accumulated::default();
        self.accumulate(&mut accumulated)?;
        Ok(accumulated)
    }

    /// Adds what the folder has to what there is, and changes all of it as the folder says.
    fn accumulate(&self, accumulated: &mut Accumulated) -> Result<()> {
        let kustomization = &self.kustomization;
        self.add_resources(accumulated, &kustomization.resources)?;
        let in_file = |failure: Failure| failure.in_source(self.source);
        match Config::load(self.session, &self.folder, &kustomization.configurations)? {
            Some(config) => accumulated.add_config(&config)?,
            None => accumulated.add_default_config()?,
        }
        if !kustomization.crds.is_empty() {
            let config =
                config_from_crds(self.session, &self.folder, &kustomization.crds).map_err(in_file)?;
            accumulated.add_config(&config)?;
        }
        self.run_generators(accumulated).map_err(in_file)?;
        for component in &kustomization.components {
            self.add_component(accumulated, component)
                .map_err(|failure| failure.at(component.mark))?;
        }
        self.session.check_objects(accumulated.objects.len())?;
        self.run_transformers(accumulated).map_err(in_file)?;
        self.run_validators(accumulated).map_err(in_file)?;
        let declared = kustomization.vars.as_deref().unwrap_or_default();
        vars::merge(&mut accumulated.vars, &mut accumulated.objects, declared).map_err(in_file)
    }

    fn add_resources(&self, accumulated: &mut Accumulated, listed: &[Listed]) -> Result<()> {
        // One that fails does not keep the others from being looked at: all that is wrong is told at once.
        let mut failed: Option<Failure> = None;
        for item in listed {
            let added = self.add_resource(accumulated, &item.text);
            if let Err(failure) = added.map_err(|failure| failure.at(item.mark)) {
                let is_last = failure.is_final();
                failed = Some(match failed {
                    Some(first) => first.and(failure),
                    None => failure,
                });
                if is_last {
                    break;
                }
            }
            self.session.check_objects(accumulated.objects.len())?;
        }
        failed.map_or(Ok(()), Err)
    }

    /// Adds a file, or a folder when there is no such file.
    fn add_resource(&self, accumulated: &mut Accumulated, path: &str) -> Result<()> {
        match self.folder.load_text(self.session, path) {
            Ok((source, text)) => {
                let mut resources = read_resources(self.session, &text, source)?;
                if let Some(origin) = &self.origin {
                    let origin = origin.join(path);
                    resources
                        .iter_mut()
                        .for_each(|resource| resource.origin = Some(origin.clone()));
                }
                accumulated.objects.append_all(resources)
            }
            Err(failure) => match failure.kind() {
                BuildErrorKind::Tree(TreeError::IsADirectory(_) | TreeError::NotFound(_)) => {
                    self.add_base(accumulated, path)
                }
                _ if remote::parse(path).is_none() => Err(failure),
                BuildErrorKind::Host(error) => {
                    let error = error.to_string();
                    self.add_base(accumulated, path)
                        .map_err(|failure| failure.prefixed(&format!("not a file either: {error}")))
                }
                _ => self.add_base(accumulated, path),
            },
        }
    }

    fn add_base(&self, accumulated: &mut Accumulated, path: &str) -> Result<()> {
        let folder = self.folder.base(self.session, path)?;
        let schemas_chosen = self.session.openapi.is_chosen();
        let is_shared = self.origin.is_none() && !folder.is_remote() && !schemas_chosen;
        let Some(shared) = self.session.shared.as_ref().filter(|_| is_shared) else {
            let below = self.descend(folder, path, false)?;
            let in_folder = |failure: Failure| failure.through(&below.folder.root);
            return accumulated.merge(below.accumulate_alone().map_err(in_folder)?);
        };
        // A component is no base: going on says so.
        let known = shared
            .get(&folder.root)
            .filter(|ready| ready.kustomization.kind != COMPONENT);
        let ready = match known {
            Some(ready) => {
                self.session.warn_again(&ready.warnings);
                ready
            }
            None => self.descend(folder, path, false)?.ready(shared)?,
        };
        accumulated.merge(ready.accumulated.clone())
    }

    /// What the folder has, of its own, kept for others.
    pub(super) fn ready(&self, shared: &Shared) -> Result<Rc<Ready>> {
        let (warned, charts) = (self.session.warned(), self.session.charts.get());
        let accumulated = self
            .accumulate_alone()
            .map_err(|failure| failure.through(&self.folder.root))?;
        let ready = Rc::new(Ready {
            accumulated,
            kustomization: Rc::clone(&self.kustomization),
            warnings: self.session.warnings_since(warned),
        });
        // What a chart gives depends on the namespace that folders above say.
        let has_charts = self.session.charts.get() > charts;
        if self.says_as_built && !has_charts && !self.session.openapi.is_chosen() {
            shared.put(&self.folder.root, &ready);
        }
        Ok(ready)
    }

    fn add_component(&self, accumulated: &mut Accumulated, component: &Listed) -> Result<()> {
        let folder = self.folder.base(self.session, &component.text)?;
        let below = self.descend(folder, &component.text, true)?;
        below
            .accumulate(accumulated)
            .map_err(|failure| failure.through(&below.folder.root))?;
        // What the component changed may have made two objects one.
        accumulated.objects.check_identities()?;
        // The original puts all that there is into something empty now; fields for some kinds meet those for all.
        if let Some(config) = accumulated.config.take() {
            accumulated.config.insert(Config::default()).merge(&config)?;
        }
        Ok(())
    }

    fn descend(&self, folder: Rc<Folder>, path: &str, is_component: bool) -> Result<Target<'_>> {
        let in_folder = |failure: Failure| failure.through(&folder.root);
        let (mut kustomization, file, source) =
            read_kustomization(self.session, &folder).map_err(in_folder)?;
        let says_as_built = kustomization.build_metadata == self.kustomization.build_metadata;
        kustomization
            .build_metadata
            .clone_from(&self.kustomization.build_metadata);
        let openapi = self.session.openapi.choose(self.session, &folder, &kustomization);
        openapi.map_err(|failure| in_folder(failure.in_source(source)))?;
        let root = &folder.root;
        let complaint = match (is_component, kustomization.kind == COMPONENT) {
            (true, false) => Some(format!(
                "expected kind 'Component' for path '{root}' but got '{}'",
                kustomization.kind
            )),
            (false, true) => Some(format!("expected kind != 'Component' for path '{root}'")),
            _ => None,
        };
        if let Some(complaint) = complaint {
            return Err(in_folder(
                Failure::new(BuildErrorKind::Kustomization(complaint)).in_source(source),
            ));
        }
        let origin = self.origin.as_ref().map(|origin| origin.join(path));
        let helm_namespace = match self.kustomization.namespace.text.as_str() {
            "" => &self.helm_namespace,
            namespace => namespace,
        }
        .to_owned();
        Ok(Target {
            session: self.session,
            folder,
            kustomization: Rc::new(kustomization),
            says_as_built,
            file,
            source,
            origin,
            helm_namespace,
        })
    }

    fn run_generators(&self, accumulated: &mut Accumulated) -> Result<()> {
        let setup = generate::Setup {
            session: self.session,
            folder: &self.folder,
        };
        // All are made ready before the first one runs.
        let ready = self.load_plugins(&self.kustomization.generators)?;
        let ready = ready.iter().map(|configuration| {
            let generate = plugin::generator(&setup, configuration)?;
            Ok((generate, Origin::custom(configuration)))
        });
        let ready = ready.collect::<Result<Vec<_>>>()?;
        let mut absorb = |mut resource: Resource, origin: Option<Origin>| {
            resource.origin = resource.origin.take().or(origin);
            accumulated.objects.absorb(resource)
        };
        for (resource, kind) in generate::from_kustomization(&setup, &self.kustomization) {
            let origin = self.configured_in().map(|file| Origin::builtin(&file, kind));
            absorb(resource?, origin)?;
        }
        for resource in self.inflate_charts(&setup)? {
            let origin = self
                .configured_in()
                .map(|file| Origin::builtin(&file, plugin::helm::KIND));
            absorb(resource, origin)?;
        }
        for (generate, origin) in ready {
            for resource in generate()? {
                absorb(resource, origin.clone())?;
            }
        }
        Ok(())
    }

    fn inflate_charts(&self, setup: &generate::Setup<'_>) -> Result<Vec<Resource>> {
        let globals = self.kustomization.helm_globals.clone().unwrap_or_default();
        let mut objects = Vec::new();
        for chart in &self.kustomization.helm_charts {
            self.session.charts.set(self.session.charts.get() + 1);
            let mut chart = chart.clone();
            // What the chart says comes first, then this folder, then the folders above.
            for namespace in [&self.kustomization.namespace.text, &self.helm_namespace] {
                if chart.namespace.is_empty() {
                    chart.namespace.clone_from(namespace);
                }
            }
            objects.extend(plugin::helm::inflate(setup, &chart, &globals)?);
        }
        Ok(objects)
    }

    fn run_transformers(&self, accumulated: &mut Accumulated) -> Result<()> {
        let config = accumulated.config();
        let setup = transform::Setup {
            session: self.session,
            folder: &self.folder,
            kustomization: &self.kustomization,
            config: &config,
        };
        let mut changes: Vec<(Box<dyn Transform + '_>, Option<Origin>)> = Vec::new();
        for station in &REGISTRY {
            let origin = self
                .configured_in()
                .map(|file| Origin::builtin(&file, station.kind));
            for change in (station.from_kustomization)(&setup)? {
                changes.push((change, origin.clone()));
            }
        }
        for resource in self.load_plugins(&self.kustomization.transformers)? {
            changes.push((plugin::transformer(&setup, &resource)?, Origin::custom(&resource)));
        }
        for (change, origin) in changes {
            change.apply(&mut accumulated.objects)?;
            if let Some(origin) = origin {
                for resource in accumulated.objects.iter_mut() {
                    resource.annotations_to_text();
                    match resource.origin {
                        None => resource.origin = Some(origin.clone()),
                        Some(_) => resource.transformations.push(origin.clone()),
                    }
                }
            }
            accumulated.objects.drop_gone();
        }
        Ok(())
    }

    fn run_validators(&self, accumulated: &Accumulated) -> Result<()> {
        if self.kustomization.validators.is_empty() {
            return Ok(());
        }
        let config = accumulated.config();
        let setup = transform::Setup {
            session: self.session,
            folder: &self.folder,
            kustomization: &self.kustomization,
            config: &config,
        };
        for resource in self.load_plugins(&self.kustomization.validators)? {
            let mut copy = accumulated.objects.clone();
            plugin::validator(&setup, &resource)?.apply(&mut copy)?;
            // What functions give back was written and read again, and has other places.
            let is_builtin = &*resource.gvk().version == "builtin";
            let differs = |(copy, object): (&Resource, &Resource)| {
                copy.node != object.node || is_builtin && !shared::is_untouched(&copy.node, &object.node)
            };
            if copy.iter().zip(accumulated.objects.iter()).any(differs) {
                let message = "validator shouldn't modify the resource map".to_owned();
                return Err(BuildErrorKind::Transformer(message).into());
            }
            refuse_equal_ids(&copy)?;
        }
        Ok(())
    }

    /// The resources that configure plugins: written in place, in files, or built by other folders.
    fn load_plugins(&self, listed: &[Listed]) -> Result<Vec<Resource>> {
        let mut inline = Accumulated::default();
        let mut paths = Vec::new();
        for item in listed {
            let source = self.session.source_within(item.mark, &item.text);
            match read_resources(self.session, &item.text, source) {
                Ok(mut resources) => {
                    if let Some(origin) = self.configured_in() {
                        resources
                            .iter_mut()
                            .for_each(|resource| resource.origin = Some(origin.clone()));
                    }
                    inline.objects.append_all(resources)?;
                }
                Err(_) => paths.push(item.clone()),
            }
        }
        self.add_resources(&mut inline, &paths)?;
        let mut resources = inline.objects.into_resources();
        for resource in &mut resources {
            self.session.refuse_repeats(&resource.node)?;
            scalar::settle(&mut resource.node);
        }
        Ok(resources)
    }

    /// The kustomization file as seen from the root of the build, when origins are wanted.
    fn configured_in(&self) -> Option<Origin> {
        self.origin.as_ref().map(|origin| origin.join(self.file.name()))
    }
}

/// The original finds by their ids what a validator left alone.
fn refuse_equal_ids(objects: &ResMap) -> Result<()> {
    let ids: Vec<ResId> = objects.iter().map(Resource::id).collect();
    for id in &ids {
        let count = ids.iter().filter(|other| other.same(id)).count();
        if count > 1 {
            let message = format!(
                "validator shouldn't modify the resource map: id in self matches {count} in other; id: {id}"
            );
            return Err(BuildErrorKind::Transformer(message).into());
        }
    }
    Ok(())
}
