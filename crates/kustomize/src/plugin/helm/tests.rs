//! Charts with a host that answers from memory.

use std::cell::RefCell;

use plumb_model::{MemoryTree, ReadLimits, Reader, TreePath};

use crate::{Build, ChartFiles, ChartRequest, ChartSource, Host, HostError, Options};

#[derive(Default)]
struct Helm {
    asked: RefCell<Vec<ChartRequest>>,
    pulled: RefCell<Vec<ChartSource>>,
    output: &'static str,
}

impl Host for Helm {
    fn chart(&self, source: &ChartSource) -> Result<ChartFiles, HostError> {
        self.pulled.borrow_mut().push(source.clone());
        Ok(vec![("values.yaml".into(), "a: 1\nb: {c: 2}\n".into())])
    }

    fn inflate(&self, chart: &ChartRequest) -> Result<String, HostError> {
        self.asked.borrow_mut().push(chart.clone());
        Ok(self.output.to_owned())
    }
}

fn tree(kustomization: &str) -> MemoryTree {
    MemoryTree::new()
        .with("kustomization.yaml", kustomization.to_owned())
        .with("charts/web/Chart.yaml", "name: web\n")
        .with("charts/web/templates/x.yaml", "{{ .Values.a }}\n")
        .with(
            "charts/web/values.yaml",
            "a: 1\nb: {c: 2, d: [1]}\nempty:\nnone: null\n",
        )
        .with("more.yaml", "m: 1\n")
}

fn build(helm: &Helm, kustomization: &str) -> Result<String, String> {
    let tree = tree(kustomization);
    let reader = Reader::new(&tree, ReadLimits::default());
    let options = Options {
        enable_helm: true,
        ..Options::default()
    };
    let built = Build::new(&reader, &options)
        .with_host(helm)
        .folder(&TreePath::root());
    built
        .map(|built| built.to_yaml())
        .map_err(|error| error.to_string())
}

fn values(chart: &str) -> String {
    let helm = Helm::default();
    build(&helm, &format!("helmCharts:\n- name: web\n{chart}")).expect("it builds");
    let asked = helm.asked.take();
    asked[0].values[0].clone()
}

#[test]
fn values_are_merged_as_asked() {
    let inline = "  valuesInline: {a: 9, b: {c: null, e: 5, d: [2, 3]}, n: null}\n";
    let merged = "a: 9\nb:\n  d:\n  - 2\n  - 3\n  e: 5\nnone: null\n";
    assert_eq!(values(inline), merged);
    assert_eq!(
        values(&format!("{inline}  valuesMerge: merge\n")),
        "a: 1\nb:\n  c: 2\n  d:\n  - 1\n  e: 5\n\"false\": null\n"
    );
    assert_eq!(
        values(&format!("{inline}  valuesMerge: replace\n")),
        "a: 9\nb:\n  c: null\n  d:\n  - 2\n  - 3\n  e: 5\n\"false\": null\n"
    );
    assert_eq!(values(""), "a: 1\nb: {c: 2, d: [1]}\nempty:\nnone: null\n");
    assert_eq!(values("  valuesFile: more.yaml\n"), "m: 1\n");
    let error = build(
        &Helm::default(),
        "helmCharts:\n- name: web\n  valuesInline: {b: text}\n",
    );
    assert!(error.is_err_and(|error| error.contains("could not merge values")));
}

#[test]
fn a_chart_is_handed_over_whole() {
    let helm = Helm {
        output: "WARNING: noise: here\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n",
        ..Helm::default()
    };
    let chart = "namespace: ns\nnamePrefix: p-\nhelmCharts:\n- name: web\n  releaseName: rel\n  includeCRDs: true\n  \
                 skipHooks: true\n  additionalValuesFiles: [more.yaml]\n  apiVersions: [a/v1]\n  kubeVersion: v1.30.0\n";
    let built = build(&helm, chart).expect("it builds");
    // The namespace is helm's to set, not ours.
    assert_eq!(built, "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: p-x\n");
    let asked = helm.asked.take().remove(0);
    assert_eq!(asked.release, "rel");
    assert_eq!(asked.values.len(), 2);
    let paths: Vec<&str> = asked.files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["Chart.yaml", "templates/x.yaml", "values.yaml"]);
    assert_eq!(
        asked.arguments.join(" "),
        "--namespace ns --api-versions a/v1 --kube-version v1.30.0 --include-crds --no-hooks"
    );
}

#[test]
fn a_chart_that_is_not_there_is_pulled() {
    let helm = Helm::default();
    let chart = "helmCharts:\n- name: db\n  version: 1.0.0\n  repo: oci://example.com/charts\n  valuesInline: {a: 2}\n";
    build(&helm, chart).expect("it builds");
    let pulled = helm.pulled.take().remove(0);
    assert_eq!((pulled.name.as_str(), pulled.version.as_str()), ("db", "1.0.0"));
    assert_eq!(helm.asked.take()[0].values, ["a: 2\nb:\n  c: 2\n"]);
}

#[test]
fn what_is_wrong_is_told() {
    let error = |chart: &str| build(&Helm::default(), &format!("helmCharts:\n{chart}")).err();
    for (chart, wanted) in [
        ("- version: x\n", "chart name cannot be empty"),
        ("- name: -x\n", "chart name must not start with '-', got \"-x\""),
        (
            "- {name: web, releaseName: --post-renderer}\n",
            "releaseName must not start with '-'",
        ),
        (
            "- {name: web, valuesMerge: x}\n",
            "valuesMerge must be one of [merge override replace]",
        ),
        (
            "- name: db\n",
            "no repo specified for pull, no chart found at 'charts/db'",
        ),
        (
            "- {name: web, additionalValuesFiles: [x]}\n",
            "could not load additionalValuesFile",
        ),
        ("- {name: web, nope: 1}\n", "json: unknown field \"nope\""),
    ] {
        let error = error(chart).unwrap_or_default();
        assert!(error.contains(wanted), "{chart}: {error}");
    }
}
