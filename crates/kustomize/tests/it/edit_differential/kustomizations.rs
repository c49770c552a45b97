//! Random folders with a kustomization file, as people and programs write them, and then some.

use std::collections::BTreeMap;

use super::random::Random;

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n        image: nginx\n";
const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n";
const CONFIG_MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: cm\ndata:\n  a: $(WHO)\n";
const PATCH: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 3\n";

/// Ways to write fields; each line of alternatives is one field, of which at most one is taken.
const FIELDS: &[&[&str]] = &[
    &[
        "apiVersion: kustomize.config.k8s.io/v1beta1\n",
        "apiVersion: kustomize.config.k8s.io/v1alpha1\n",
        "apiVersion: \"kustomize.config.k8s.io/v1beta1\" # version\n",
    ],
    &[
        "kind: Kustomization\n",
        "kind: Component\n",
        "kind: 'Kustomization'\n",
        "KIND: Kustomization\n",
    ],
    &[
        "metadata:\n  name: here\n  annotations:\n    config: \"true\"\n",
        "metadata: {}\n",
        "metadata:\n",
    ],
    &[
        "resources:\n- a.yaml\n- b.yaml # why\n",
        "resources: [a.yaml, \"b.yaml\"]\n",
        "resources:\n  - a.yaml\n  # next\n  - 'b.yaml'\n\n  - cm.yaml\n",
        "resources: []\n",
        "resources:\n",
        "resources:\n- a.yaml\n-\n",
        "resources:\n- a.yaml\n- ~\n",
        "resources: null\n",
        "\"resources\":\n- a.yaml\n",
        "Resources:\n- a.yaml\n",
        "resources:\n- a.yaml\n- a.yaml\n",
        "resources:\n- base\n- ./a.yaml\n- sub/../b.yaml\n",
    ],
    &[
        "bases:\n- base\n",
        "bases: [base]\n",
        "bases:\n# the base\n- base # here\n",
    ],
    &[
        "namePrefix: pre-\n",
        "namePrefix: \"\"\n",
        "nameprefix: low-\n",
        "namePrefix: 'yes'\n",
    ],
    &["nameSuffix: -suf\n", "nameSuffix: \"-1\"\n"],
    &[
        "namespace: shop\n",
        "namespace: \"shop\" # where\n",
        "namespace: shop\nnamespace: last\n",
        "namespace:\n",
        "namespace: 1\n",
        "namespace: >-\n  folded\n  text\n",
    ],
    &["crds:\n- crd.yaml\n", "crds: []\n"],
    &[
        "commonLabels:\n  app: web\n  tier: \"1\"\n",
        "commonLabels: {app: web, b: 'no'}\n",
        "commonLabels: {}\n",
        "commonLabels:\n  # all\n  app: web\n",
        "commonLabels:\n  b: x\n  a: y\n",
        "commonLabels:\n  a: 1\n",
    ],
    &[
        "labels:\n- pairs:\n    app: web\n  includeSelectors: true\n",
        "labels:\n- includeTemplates: true\n  pairs: {a: b}\n",
        "labels:\n- pairs:\n    team: x\n",
        "labels: []\n",
        "labels:\n- pairs:\n    z: y\n  includeSelectors: false\n  fields:\n  - path: spec/x\n    create: true\n    kind: Foo\n",
        "labels:\n- {}\n",
    ],
    &[
        "commonAnnotations:\n  note: \"true\"\n",
        "commonAnnotations:\n  note: some long text that goes on and on and on until it must be folded somewhere by the emitter\n",
        "commonAnnotations: {a: \"\"}\n",
        "commonAnnotations:\n  multi: |\n    line one\n    # no comment\n    line two\n",
    ],
    &[
        "patchesStrategicMerge:\n- patch.yaml\n",
        "patchesStrategicMerge:\n- |-\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    name: web\n  spec:\n    replicas: 2\n- patch.yaml\n",
        "patchesStrategicMerge: []\n",
        "patchesStrategicMerge:\n- nope.yaml\n",
    ],
    &[
        "patchesJson6902:\n- path: json.yaml\n  target:\n    version: v1\n    kind: Service\n    name: web\n",
        "patchesJson6902:\n- target: {version: v1, kind: Service, name: web}\n  patch: |-\n    - op: add\n      path: /metadata/labels\n      value: {a: b}\n",
    ],
    &[
        "patches:\n- path: patch.yaml\n",
        "patches:\n- patch: |-\n    - op: replace\n      path: /spec/replicas\n      value: 3\n  target:\n    kind: Deployment\n    name: web\n",
        "patches:\n- path: patch.yaml\n  target: {}\n- path: patch.yaml\n  options:\n    allowNameChange: true\n",
        "patches:\n# first\n- target:\n    labelSelector: a=b\n  path: patch.yaml\n",
        "patches:\n- path: patch.yaml\n  target:\n    kind: Deployment\n",
    ],
    &[
        "configMapGenerator:\n- name: cm1\n  literals:\n  - a=1\n  - b=two words\n  files: [f.txt]\n",
        "configMapGenerator:\n- name: cm1\n  namespace: other\n  behavior: merge\n  env: x.env\n- name: cm2\n  envs:\n  - x.env\n  options:\n    disableNameSuffixHash: true\n",
        "configMapGenerator:\n- literals: [a=1]\n  name: cm1\n  options:\n    labels: {x: y}\n",
        "configMapGenerator: []\n",
        "configmapgenerator:\n- name: cm1\n  files:\n  - key=f.txt\n",
    ],
    &[
        "secretGenerator:\n- name: s1\n  type: Opaque\n  literals:\n  - p=w\n",
        "secretGenerator:\n- name: s1\n  envs: [x.env]\n  type: kubernetes.io/tls\n  namespace: default\n",
    ],
    &[
        "helmCharts:\n- name: chart\n  repo: https://charts\n  version: \"1.0\"\n  valuesInline:\n    b: 1\n    a: [x, {y: z}]\n  includeCRDs: true\n",
    ],
    &[
        "helmChartInflationGenerator:\n- chartName: old\n  chartVersion: 1.2.3\n  chartRepoUrl: https://charts\n  values: v.yaml\n  releaseName: r\n  chartHome: home\n  valuesLocal:\n    k: v\n",
    ],
    &["helmGlobals:\n  chartHome: charts\n", "helmGlobals: {}\n"],
    &[
        "generatorOptions:\n  labels:\n    k: v\n  disableNameSuffixHash: true\n",
        "generatorOptions: {}\n",
        "generatorOptions:\n  annotations: {note: \"x\"}\n  immutable: true\n",
        "generatorOptions:\n  disableNameSuffixHash: false\n",
    ],
    &[
        "vars:\n- name: WHO\n  objref:\n    kind: Service\n    name: web\n    apiVersion: v1\n",
        "vars:\n- name: WHO\n  objref:\n    kind: Deployment\n    name: web\n    apiVersion: apps/v1\n  fieldref:\n    fieldpath: metadata.name\n",
        "vars: []\n",
        "vars:\n- name: WHO\n  objref: {kind: Service, name: web, apiVersion: v1}\n  fieldref: {}\n- name: WHAT\n  objref: {kind: ConfigMap, name: cm, apiVersion: v1}\n",
    ],
    &[
        "images:\n- name: nginx\n  newTag: \"1.25\"\n",
        "images:\n- name: web   # eol\n  newName: mirror/web\n  newTag: v1\n# between\n- name: db\n  digest: sha256:24a0c4b4\n",
        "images: [{name: nginx, newTag: '1'}]\n",
        "images: []\n",
        "images:\n- newName: a/b\n  name: b\n- name: a\n  newTag: 1e3\n",
        "images:\n- name: nginx\n  newTag: 1.25\n",
        "images:\n- name: nginx\n  tagSuffix: -x\n  newTag: v2\n",
        "images:\n- name: nginx\n- name: nginx\n  newTag: v2\n",
    ],
    &[
        "imageTags:\n- name: nginx\n  newTag: old\n",
        "imageTags:\n- name: web\n  digest: sha256:00\n",
    ],
    &[
        "replacements:\n- source:\n    kind: Service\n    name: web\n  targets:\n  - select:\n      kind: Deployment\n    fieldPaths:\n    - metadata.name\n    options:\n      delimiter: '-'\n      index: 0\n",
        "replacements:\n- path: r.yaml\n",
        "replacements:\n- sourceValue: x\n  targets:\n  - fieldPaths: [a.b]\n    reject:\n    - name: q\n",
    ],
    &[
        "replicas:\n- name: web\n  count: 3\n",
        "replicas:\n- count: 0\n  name: web\n- name: app\n",
        "replicas: [{name: db, count: 1}]\n",
        "replicas:\n- name: web\n  count: \"3\"\n",
    ],
    &["configurations:\n- config.yaml\n"],
    &["generators:\n- gen.yaml\n", "generators: [gen.yaml]\n"],
    &[
        "transformers:\n- tr.yaml\n# after\n- tr2.yaml\n",
        "transformers:\n- |-\n  apiVersion: builtin\n  kind: NamespaceTransformer\n  metadata:\n    name: x\n",
    ],
    &["validators:\n- val.yaml\n"],
    &["components:\n- comp\n", "components:\n- ../comp\n- comp # one\n"],
    &["openapi:\n  path: schema.json\n"],
    &[
        "buildMetadata: [originAnnotations]\n",
        "buildMetadata:\n- managedByLabel\n- originAnnotations\n",
        "buildMetadata: []\n",
    ],
    &[
        "sortOptions:\n  order: fifo\n",
        "sortOptions:\n  order: legacy\n  legacySortOptions:\n    orderFirst: [Namespace]\n",
        "sortOptions: {}\n",
    ],
];

/// What hardly anybody writes, and what cannot be read.
const ODD: &[&str] = &[
    "resource:\n- a.yaml\n",
    "unknown: 1\n",
    "images: x\n",
    "- a\n",
    "a: [\n",
    "resources: {a: b}\n",
    "\tx: y\n",
    "x-anchors: &a {}\n",
    "namePrefix: &p pre\nnameSuffix: *p\n",
    "? namespace\n: odd\n",
    "patches: patch.yaml\n",
    "commonLabels: [a]\n",
    "vars: {}\n",
    "labels:\n- pair: x\n",
    "images:\n- name: 5\n",
    "resources: [1]\n",
    "commonAnnotations: {on: x}\n",
];

const COMMENTS: &[&str] = &[
    "# a comment\n",
    "\n",
    "  # an indented one\n",
    "\n# after a blank line\n\n",
    "#\n",
    "   \n",
    "#resources:\n#- x.yaml\n",
];

/// A random folder.
pub(crate) fn folder(random: &mut Random, with_file: bool) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = [
        ("a.yaml", DEPLOYMENT),
        ("b.yaml", SERVICE),
        ("cm.yaml", CONFIG_MAP),
        ("patch.yaml", PATCH),
        (
            "json.yaml",
            "- op: add\n  path: /metadata/labels\n  value: {x: y}\n",
        ),
        ("f.txt", "text\n"),
        ("x.env", "# env\nA=1\nB=two\n"),
        (
            "tr.yaml",
            "apiVersion: builtin\nkind: PrefixTransformer\nmetadata:\n  name: p\nprefix: q-\n",
        ),
        (
            "gen.yaml",
            "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata:\n  name: g\n",
        ),
        ("config.yaml", "namePrefix: []\n"),
        ("schema.json", "{\"definitions\":{}}"),
        ("base/kustomization.yaml", "resources:\n- c.yaml\n"),
        (
            "base/c.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: base-$(WHO)-x\ndata:\n  k: v/$(WHO)\n",
        ),
        (
            "comp/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n",
        ),
        (".hidden.yaml", SERVICE),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into();
    let name = if random.one_in(12) {
        random.pick(&["kustomization.yml", "Kustomization"])
    } else {
        "kustomization.yaml"
    };
    if with_file && !random.one_in(60) {
        files.insert(name.to_owned(), text(random));
    }
    if random.one_in(80) {
        files.insert("Kustomization".to_owned(), text(random));
    }
    files
}

fn text(random: &mut Random) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let many = 1 + random.below(7);
    let mut taken = Vec::new();
    for _ in 0..many {
        let field = random.below(FIELDS.len());
        if !taken.contains(&field) || random.one_in(20) {
            taken.push(field);
            parts.push(random.pick(FIELDS[field]));
        }
    }
    for field in [0, 1, 3] {
        if !taken.contains(&field) && !random.one_in(3) {
            let place = random.below(parts.len() + 1);
            parts.insert(place, FIELDS[field][0]);
        }
    }
    if random.one_in(25) {
        let place = random.below(parts.len() + 1);
        parts.insert(place, random.pick(ODD));
    }
    let mut text = String::new();
    if random.one_in(12) {
        text.push_str(random.pick(&["---\n", "--- # start\n", "%YAML 1.1\n---\n", "\u{feff}"]));
    }
    for part in &parts {
        if random.one_in(4) {
            text.push_str(random.pick(COMMENTS));
        }
        text.push_str(part);
    }
    if random.one_in(5) {
        text.push_str(random.pick(COMMENTS));
    }
    if random.one_in(20) {
        text.push_str(random.pick(&["---\n", "...\n", "---\nresources: [second.yaml]\n"]));
    }
    if random.one_in(15) {
        text.truncate(text.trim_end_matches('\n').len());
    }
    if random.one_in(15) {
        text = text.replace('\n', "\r\n");
    }
    text
}
