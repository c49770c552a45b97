//! `spec.source` (or the only one of `spec.sources`): the repository, and how its folder is read.

use plumb_model::{Reference, RenderMode, RenderSpec, SourceSpec, TreePath};
use serde_json::Value;

use super::kustomize;
use plumb_model::spec::{Field, Problems};

pub(super) fn read(problems: &mut Problems, spec: &Field<'_>) -> (SourceSpec, RenderSpec) {
    problems.refuse(&spec.get("sourceHydrator"), "the source hydrator is");
    let sources = problems.items(&spec.get("sources"));
    if sources.len() > 1 {
        problems.add(
            &spec.get("sources"),
            format!("{} sources: several are not supported yet", sources.len()),
            "keep one, or make one Application of each",
        );
    }
    let source = chosen(spec);
    if !source.is_set() {
        problems.add(&source, "is missing", "say repoURL and path");
    }
    for (key, what) in [
        ("chart", "Helm charts are"),
        ("helm", "Helm is"),
        ("plugin", "config management plugins are"),
    ] {
        problems.refuse(&source.get(key), what);
    }
    let url = repository(problems, &source);
    let reference = match problems.text(&source.get("targetRevision")) {
        None => Reference::Head,
        Some(name) if name == "HEAD" => Reference::Head,
        Some(name) => Reference::Any(name),
    };
    (
        SourceSpec {
            url,
            reference,
            credentials: None,
            interval: None,
            timeout: None,
            object: None,
        },
        render(problems, &source),
    )
}

/// The source that counts; `sources` wins over `source`, as with Argo CD.
pub(crate) fn chosen<'a>(spec: &Field<'a>) -> Field<'a> {
    match spec.value["sources"]
        .as_array()
        .and_then(|sources| sources.first())
    {
        Some(value) => Field {
            value,
            path: format!("{}.sources[0]", spec.path),
        },
        None => spec.get("source"),
    }
}

fn repository(problems: &mut Problems, source: &Field<'_>) -> String {
    let field = source.get("repoURL");
    if !source.is_set() {
        return String::new();
    }
    let url = problems.required(&field, "the URL of a Git repository");
    if url.starts_with("oci://") {
        problems.add(
            &field,
            "OCI repositories are not supported yet",
            "name a Git repository",
        );
    }
    url
}

fn render(problems: &mut Problems, source: &Field<'_>) -> RenderSpec {
    let path_field = source.get("path");
    let path = problems.text(&path_field);
    if path.is_none() && source.is_set() && !source.get("chart").is_set() {
        problems.add(
            &path_field,
            "is missing",
            "say a folder of the repository, or . for its root",
        );
    }
    let path = path.unwrap_or_default();
    if let Err(error) = TreePath::parse(&path) {
        problems.add(&path_field, error.to_string(), "stay inside the repository");
    }
    let directory = source.get("directory");
    let kustomize = source.get("kustomize");
    if directory.is_set() && kustomize.is_set() {
        problems.add(source, "has both kustomize and directory", "keep one of them");
    }
    problems.refuse(&directory.get("jsonnet"), "Jsonnet is");
    RenderSpec {
        path,
        mode: if directory.value.is_object() && !kustomize.is_set() {
            directory_mode(problems, &directory)
        } else {
            RenderMode::Detect
        },
        overlay: if kustomize.is_set() {
            kustomize::overlay(problems, &kustomize)
        } else {
            Value::Null
        },
        ..RenderSpec::default()
    }
}

fn directory_mode(problems: &mut Problems, directory: &Field<'_>) -> RenderMode {
    let recurse = problems.flag(&directory.get("recurse")).unwrap_or(false);
    let include: Vec<String> = problems.text(&directory.get("include")).into_iter().collect();
    let exclude: Vec<String> = problems.text(&directory.get("exclude")).into_iter().collect();
    if !recurse && include.is_empty() && exclude.is_empty() {
        // Nothing said: Argo CD takes such a source as if there were no `directory` at all.
        return RenderMode::Detect;
    }
    RenderMode::Directory {
        recurse,
        include,
        exclude,
    }
}
