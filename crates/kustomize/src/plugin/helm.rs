//! Helm charts: the chart is gathered and its values are merged here, the rest is the host's.
//!
//! **Invariant:** a chart that is in the tree is read through the reader, so that a change of it is noticed.
//! **Start at** [`inflate`].

mod values;

use plumb_model::{EntryKind, TreePath};
use plumb_yaml::{Mapping, Node, SourceId};

use crate::{
    error::{BuildErrorKind, Failure, Result},
    generate::Setup,
    host::{ChartFiles, ChartRequest, ChartSource},
    kustomization::{HelmChart, HelmGlobals},
    resource::{Resource, empty_mapping, read_resources},
    transform::HELM_GENERATED,
};

/// The kind of the generator.
pub(crate) const KIND: &str = "HelmChartInflationGenerator";
/// Where charts are when nothing is said.
const HOME: &str = "charts";
/// What a chart's own values are in.
const VALUES: &str = "values.yaml";
/// Most files of a chart.
const FILES: usize = 20_000;
/// Deepest folder of a chart.
const DEPTH: usize = 32;

/// The objects of a chart.
pub(crate) fn inflate(setup: &Setup<'_>, chart: &HelmChart, globals: &HelmGlobals) -> Result<Vec<Resource>> {
    run(setup, chart, globals).map_err(|failure| failure.at(chart.mark))
}

fn run(setup: &Setup<'_>, chart: &HelmChart, globals: &HelmGlobals) -> Result<Vec<Resource>> {
    let session = setup.session;
    if !session.options.enable_helm {
        let message = "must specify --enable-helm: Helm charts are not inflated by this build";
        return Err(BuildErrorKind::Unsupported(message.into()).into());
    }
    validate(chart)?;
    let mut more = Vec::new();
    for file in &chart.additional_values_files {
        let (_, text) = setup
            .folder
            .load_text(session, file)
            .map_err(|failure| failure.wrapped("could not load additionalValuesFile"))?;
        more.push(text);
    }
    let winner = values::Winner::parse(&chart.values_merge)?;
    let found = Found::find(setup, chart, globals)?;
    let base = |source: Source<'_>| -> Result<String> {
        match source {
            Source::File(path) => Ok(setup.folder.load_text(session, path)?.1),
            Source::Chart => found.values(),
        }
    };
    let source = match chart.values_file.as_str() {
        "" if found.is_pulled => Source::Chart,
        "" => Source::File(&found.values_path),
        written => Source::File(written),
    };
    let inline = chart.values_inline.as_ref();
    let has_inline = inline
        .and_then(Node::as_mapping)
        .is_some_and(|map| !map.is_empty());
    let values = match inline.filter(|_| has_inline) {
        None => base(source)?,
        Some(inline) if winner == values::Winner::KustomizationAlone => plumb_yaml::emit(inline),
        Some(inline) => values::merged(session, &base(source)?, inline, winner)?,
    };
    let request = ChartRequest {
        name: chart.name.clone(),
        release: chart.release_name.clone(),
        files: found.files,
        values: std::iter::once(values).chain(more).collect(),
        arguments: arguments(setup, chart),
    };
    session.go_on()?;
    let text = session
        .host
        .inflate(&request)
        .map_err(|error| Failure::new(BuildErrorKind::Host(error)))?;
    objects(setup, chart, &text)
}

fn validate(chart: &HelmChart) -> Result<()> {
    let complain = |message: String| Err(BuildErrorKind::Generator(message).into());
    if chart.name.is_empty() {
        return complain("chart name cannot be empty".into());
    }
    // Both stand bare on helm's command line, where it would take them for flags.
    for (what, text) in [("releaseName", &chart.release_name), ("chart name", &chart.name)] {
        if text.starts_with('-') {
            return complain(format!("{what} must not start with '-', got {text:?}"));
        }
    }
    Ok(())
}

fn arguments(setup: &Setup<'_>, chart: &HelmChart) -> Vec<String> {
    let options = &setup.session.options.helm;
    let mut arguments = Vec::new();
    let mut say = |flag: &str, value: &str| {
        if !value.is_empty() {
            arguments.extend([flag.to_owned(), value.to_owned()]);
        }
    };
    say("--namespace", &chart.namespace);
    say("--name-template", &chart.name_template);
    for version in chart.api_versions.as_ref().unwrap_or(&options.api_versions) {
        say("--api-versions", version);
    }
    let kube_version = if chart.kube_version.is_empty() {
        &options.kube_version
    } else {
        &chart.kube_version
    };
    say("--kube-version", kube_version);
    for (flag, is_set) in [
        ("--include-crds", chart.include_crds),
        ("--skip-tests", chart.skip_tests),
        ("--no-hooks", chart.skip_hooks),
        ("--debug", chart.debug || options.debug),
        ("--devel", chart.devel),
    ] {
        if is_set {
            arguments.push(flag.to_owned());
        }
    }
    arguments
}

/// Where the values are that are merged with those of the kustomization.
#[derive(Clone, Copy)]
enum Source<'a> {
    /// In a file, seen from the kustomization.
    File(&'a str),
    /// In the chart, which is not in the tree.
    Chart,
}

/// A chart, and how it was had.
struct Found {
    files: ChartFiles,
    is_pulled: bool,
    /// Its own values, seen from the kustomization.
    values_path: String,
}

impl Found {
    fn find(setup: &Setup<'_>, chart: &HelmChart, globals: &HelmGlobals) -> Result<Self> {
        let home = match globals.chart_home.as_str() {
            "" => HOME,
            home => home,
        };
        if home.starts_with('/') {
            let message =
                format!("chartHome '{home}' cannot be absolute: charts are read below the kustomization");
            return Err(BuildErrorKind::Generator(message).into());
        }
        let folder = if chart.version.is_empty() || chart.repo.is_empty() {
            format!("{home}/{}", chart.name)
        } else {
            format!("{home}/{name}-{}/{name}", chart.version, name = chart.name)
        };
        let place = setup.folder.join(&folder)?;
        let reader = setup.folder.reader(setup.session);
        let values_path = format!("{folder}/{VALUES}");
        if reader.is_directory(&place)? {
            let mut files = ChartFiles::new();
            gather(setup, &place, &mut (String::new(), &mut files), 0)?;
            return Ok(Self {
                files,
                is_pulled: false,
                values_path,
            });
        }
        if chart.repo.is_empty() {
            let message = format!("no repo specified for pull, no chart found at '{place}'");
            return Err(BuildErrorKind::Generator(message).into());
        }
        let source = ChartSource {
            name: chart.name.clone(),
            version: chart.version.clone(),
            repository: chart.repo.clone(),
            devel: chart.devel,
        };
        let files = setup.session.pull(&source)?;
        Ok(Self {
            files,
            is_pulled: true,
            values_path,
        })
    }

    /// Its own values.
    fn values(&self) -> Result<String> {
        let (_, content) = self
            .files
            .iter()
            .find(|(path, _)| path == VALUES)
            .ok_or_else(|| Failure::new(BuildErrorKind::Generator(format!("the chart has no {VALUES}"))))?;
        crate::load::text_of(content)
    }
}

/// Reads what is below a folder, symlinks followed; `so_far` are the path below the chart, and the files.
fn gather(
    setup: &Setup<'_>,
    folder: &TreePath,
    so_far: &mut (String, &mut ChartFiles),
    depth: usize,
) -> Result<()> {
    let limit = |what, limit| Failure::from(BuildErrorKind::Limit { what, limit });
    if depth > DEPTH {
        return Err(limit("folders in each other in a chart", DEPTH));
    }
    let reader = setup.folder.reader(setup.session);
    for (name, _) in reader.list(folder)? {
        let path = folder.child(&name);
        let length = so_far.0.len();
        so_far.0.push_str(&name);
        match reader.kind(&path)? {
            Some(EntryKind::Directory) => {
                so_far.0.push('/');
                gather(setup, &path, so_far, depth + 1)?;
            }
            Some(EntryKind::File | EntryKind::Executable) => {
                setup.session.go_on()?;
                if so_far.1.len() >= FILES {
                    return Err(limit("files in a chart", FILES));
                }
                so_far.1.push((so_far.0.clone(), reader.read(&path)?));
            }
            _ => {}
        }
        so_far.0.truncate(length);
    }
    Ok(())
}

/// The objects in what helm printed, marked as helm's.
fn objects(setup: &Setup<'_>, chart: &HelmChart, text: &str) -> Result<Vec<Resource>> {
    let read = |text: &str| read_resources(setup.session, text, SourceId::default());
    let read = read(text).or_else(|failure| match text.find("\n---") {
        // What helm says to people comes before the first document.
        Some(at) => read(&text[at + 1..]).map_err(|_| failure),
        None => Err(failure),
    });
    let mut objects = read.map_err(|failure| failure.prefixed("could not parse bytes into resource map"))?;
    for object in &mut objects {
        object.mark = chart.mark;
        let annotations = object
            .metadata_mut()
            .map(|metadata| metadata.entry_or_insert_with("annotations", empty_mapping));
        if let Some(annotations) = annotations {
            if annotations.is_null() {
                *annotations = empty_mapping();
            }
            let annotations: Option<&mut Mapping> = annotations.as_mapping_mut();
            annotations.map(|annotations| annotations.insert(HELM_GENERATED, Node::text("true")));
        }
    }
    Ok(objects)
}

#[cfg(test)]
mod tests;
