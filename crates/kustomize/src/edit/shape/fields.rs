//! Every field of a kustomization and of what is in it.

use super::{Empty, Field, Shape};

const fn field(name: &'static str, shape: &'static Shape, empty: Empty) -> Field {
    Field {
        name,
        via: "",
        shape,
        empty,
    }
}

pub(super) const fn plain(name: &'static str, shape: &'static Shape) -> Field {
    field(name, shape, Empty::Omit)
}

pub(super) const fn text(name: &'static str) -> Field {
    plain(name, &TEXT)
}

pub(super) const fn flag(name: &'static str) -> Field {
    plain(name, &Shape::Flag)
}

pub(super) const fn texts(name: &'static str) -> Field {
    plain(name, &TEXTS)
}

pub(super) const fn text_map(name: &'static str) -> Field {
    plain(name, &Shape::TextMap)
}

impl Field {
    /// A field of an object inside the object.
    pub(super) const fn via(self, via: &'static str) -> Self {
        Self {
            name: self.name,
            via,
            shape: self.shape,
            empty: self.empty,
        }
    }
}

pub(super) const TEXT: Shape = Shape::Text("string");
pub(super) const TEXTS: Shape = Shape::List("[]string", &TEXT);
const GVK: &str = "Gvk";
const ID: &str = "ResId";
const ID_GVK: &str = "ResId.Gvk";
const ARGS: &str = "GeneratorArgs";
const SOURCES: &str = "GeneratorArgs.KvPairSources";

const FIELD_SPEC: Shape = Shape::Object(
    "types.FieldSpec",
    &[
        text("group").via(GVK),
        text("version").via(GVK),
        text("kind").via(GVK),
        text("path"),
        flag("create"),
    ],
);
const LABEL: Shape = Shape::Object(
    "types.Label",
    &[
        text_map("pairs"),
        flag("includeSelectors"),
        flag("includeTemplates"),
        flag("includeVolumeClaimTemplates"),
        plain("fields", &Shape::List("[]types.FieldSpec", &FIELD_SPEC)),
    ],
);
pub(super) const SELECTOR: Shape = Shape::Object(
    "types.Selector",
    &[
        text("group").via(ID_GVK),
        text("version").via(ID_GVK),
        text("kind").via(ID_GVK),
        text("name").via(ID),
        text("namespace").via(ID),
        text("annotationSelector"),
        text("labelSelector"),
    ],
);
pub(super) const PATCH_OPTIONS: Shape = Shape::Object(
    "types.PatchArgs",
    &[flag("allowNameChange"), flag("allowKindChange")],
);
const PATCH: Shape = Shape::Object(
    "types.Patch",
    &[
        text("path"),
        text("patch"),
        field("target", &SELECTOR, Empty::Keep),
        field("options", &PATCH_OPTIONS, Empty::Keep),
    ],
);
const PATCHES: Shape = Shape::List("[]types.Patch", &PATCH);
const STRATEGIC_MERGES: Shape = Shape::List(
    "[]types.PatchStrategicMerge",
    &Shape::Text("types.PatchStrategicMerge"),
);
pub(super) const IMAGE: Shape = Shape::Object(
    "types.Image",
    &[
        text("name"),
        text("newName"),
        text("tagSuffix"),
        text("newTag"),
        text("digest"),
    ],
);
const IMAGES: Shape = Shape::List("[]types.Image", &IMAGE);
const FIELD_OPTIONS: Shape = Shape::Object(
    "types.FieldOptions",
    &[
        text("delimiter"),
        plain("index", &Shape::Integer("int")),
        text("encoding"),
        flag("create"),
    ],
);
pub(super) const SOURCE: Shape = Shape::Object(
    "types.SourceSelector",
    &[
        text("group").via(ID_GVK),
        text("version").via(ID_GVK),
        text("kind").via(ID_GVK),
        text("name").via(ID),
        text("namespace").via(ID),
        text("fieldPath"),
        field("options", &FIELD_OPTIONS, Empty::Keep),
    ],
);
const TARGET: Shape = Shape::Object(
    "types.TargetSelector",
    &[
        field("select", &SELECTOR, Empty::Null),
        plain("reject", &Shape::List("[]*types.Selector", &SELECTOR)),
        texts("fieldPaths"),
        field("options", &FIELD_OPTIONS, Empty::Keep),
    ],
);
pub(super) const TARGETS: Shape = Shape::List("[]*types.TargetSelector", &TARGET);
pub(super) const REPLACEMENT: Shape = Shape::Object(
    "types.ReplacementField",
    &[
        text("path"),
        field("source", &SOURCE, Empty::Keep).via("Replacement"),
        plain("targets", &TARGETS).via("Replacement"),
        field("sourceValue", &TEXT, Empty::Keep).via("Replacement"),
    ],
);
pub(super) const REPLICA: Shape = Shape::Object(
    "types.Replica",
    &[
        text("name"),
        field("count", &Shape::Integer("int64"), Empty::Zero),
    ],
);
const OBJECT: Shape = Shape::Object(
    "types.Target",
    &[
        text("apiVersion"),
        text("group").via(GVK),
        text("version").via(GVK),
        text("kind").via(GVK),
        field("name", &TEXT, Empty::Text),
        text("namespace"),
    ],
);
const VAR: Shape = Shape::Object(
    "types.Var",
    &[
        field("name", &TEXT, Empty::Text),
        field("objref", &OBJECT, Empty::Object),
        field(
            "fieldref",
            &Shape::Object("types.FieldSelector", &[text("fieldPath")]),
            Empty::Object,
        ),
    ],
);
pub(super) const GENERATOR_OPTIONS: Shape = Shape::Object(
    "types.GeneratorOptions",
    &[
        text_map("labels"),
        text_map("annotations"),
        flag("disableNameSuffixHash"),
        flag("immutable"),
    ],
);
const CONFIG_MAP: Shape = Shape::Object(
    "types.ConfigMapArgs",
    &[
        text("namespace").via(ARGS),
        text("name").via(ARGS),
        text("behavior").via(ARGS),
        texts("literals").via(SOURCES),
        texts("files").via(SOURCES),
        texts("envs").via(SOURCES),
        text("env").via(SOURCES),
        field("options", &GENERATOR_OPTIONS, Empty::Keep).via(ARGS),
    ],
);
const SECRET: Shape = Shape::Object(
    "types.SecretArgs",
    &[
        text("namespace").via(ARGS),
        text("name").via(ARGS),
        text("behavior").via(ARGS),
        texts("literals").via(SOURCES),
        texts("files").via(SOURCES),
        texts("envs").via(SOURCES),
        text("env").via(SOURCES),
        text("type"),
        field("options", &GENERATOR_OPTIONS, Empty::Keep).via(ARGS),
    ],
);
const HELM_CHART: Shape = Shape::Object(
    "types.HelmChart",
    &[
        text("name"),
        text("version"),
        text("repo"),
        text("releaseName"),
        text("namespace"),
        texts("additionalValuesFiles"),
        text("valuesFile"),
        plain("valuesInline", &Shape::AnyMap),
        text("valuesMerge"),
        flag("includeCRDs"),
        flag("skipHooks"),
        texts("apiVersions"),
        text("kubeVersion"),
        text("nameTemplate"),
        flag("skipTests"),
        flag("debug"),
        flag("devel"),
    ],
);
/// What a resource says that inflates a chart.
pub(super) const HELM_CHART_FIELDS: [Field; 19] = [
    text("chartHome").via("HelmGlobals"),
    text("configHome").via("HelmGlobals"),
    text("name").via("HelmChart"),
    text("version").via("HelmChart"),
    text("repo").via("HelmChart"),
    text("releaseName").via("HelmChart"),
    text("namespace").via("HelmChart"),
    texts("additionalValuesFiles").via("HelmChart"),
    text("valuesFile").via("HelmChart"),
    plain("valuesInline", &Shape::AnyMap).via("HelmChart"),
    text("valuesMerge").via("HelmChart"),
    flag("includeCRDs").via("HelmChart"),
    flag("skipHooks").via("HelmChart"),
    texts("apiVersions").via("HelmChart"),
    text("kubeVersion").via("HelmChart"),
    text("nameTemplate").via("HelmChart"),
    flag("skipTests").via("HelmChart"),
    flag("debug").via("HelmChart"),
    flag("devel").via("HelmChart"),
];
const OLD_HELM_CHART: Shape = Shape::Object(
    "types.HelmChartArgs",
    &[
        text("chartName"),
        text("chartVersion"),
        text("chartRepoUrl"),
        text("chartHome"),
        text("chartRepoName"),
        text("helmBin"),
        text("helmHome"),
        text("values"),
        plain("valuesLocal", &Shape::AnyMap),
        text("valuesMerge"),
        text("releaseName"),
        text("releaseNamespace"),
        texts("extraArgs"),
    ],
);
const HELM_GLOBALS: Shape = Shape::Object("types.HelmGlobals", &[text("chartHome"), text("configHome")]);
const LEGACY_SORT: Shape = Shape::Object(
    "types.LegacySortOptions",
    &[
        field("orderFirst", &TEXTS, Empty::Null),
        field("orderLast", &TEXTS, Empty::Null),
    ],
);
const SORT_OPTIONS: Shape = Shape::Object(
    "types.SortOptions",
    &[
        plain("order", &Shape::Text("types.SortOrder")),
        field("legacySortOptions", &LEGACY_SORT, Empty::Keep),
    ],
);
pub(super) const METADATA: Shape = Shape::Object(
    "types.ObjectMeta",
    &[
        text("name"),
        text("namespace"),
        text_map("labels"),
        text_map("annotations"),
    ],
);

pub(super) const FIELD_SPECS: Shape = Shape::List("[]types.FieldSpec", &FIELD_SPEC);
const NAME_REFERENCE: Shape = Shape::Object(
    "builtinconfig.NameBackReferences",
    &[
        text("group").via(GVK),
        text("version").via(GVK),
        text("kind").via(GVK),
        plain("fieldSpecs", &FIELD_SPECS),
    ],
);

/// What the files of `configurations` hold.
pub(crate) const FIELD_LISTS: Shape = Shape::Object(
    "builtinconfig.TransformerConfig",
    &[
        plain("namePrefix", &FIELD_SPECS),
        plain("nameSuffix", &FIELD_SPECS),
        plain("namespace", &FIELD_SPECS),
        plain("commonLabels", &FIELD_SPECS),
        plain("labels", &FIELD_SPECS),
        plain("templateLabels", &FIELD_SPECS),
        plain("volumeClaimTemplateLabels", &FIELD_SPECS),
        plain("commonAnnotations", &FIELD_SPECS),
        plain("varReference", &FIELD_SPECS),
        plain("images", &FIELD_SPECS),
        plain("replicas", &FIELD_SPECS),
        plain(
            "nameReference",
            &Shape::List("builtinconfig.nbrSlice", &NAME_REFERENCE),
        ),
    ],
);

/// Every field of a kustomization, in the order in which missing ones are added.
pub(crate) const FIELDS: [Field; 34] = [
    text("apiVersion").via("TypeMeta"),
    text("kind").via("TypeMeta"),
    field("metadata", &METADATA, Empty::Keep),
    field("sortOptions", &SORT_OPTIONS, Empty::Keep),
    texts("resources"),
    texts("bases"),
    text("namePrefix"),
    text("nameSuffix"),
    text("namespace"),
    texts("crds"),
    text_map("commonLabels"),
    plain("labels", &Shape::List("[]types.Label", &LABEL)),
    text_map("commonAnnotations"),
    plain("patchesStrategicMerge", &STRATEGIC_MERGES),
    plain("patchesJson6902", &PATCHES),
    plain("patches", &PATCHES),
    plain(
        "configMapGenerator",
        &Shape::List("[]types.ConfigMapArgs", &CONFIG_MAP),
    ),
    plain("secretGenerator", &Shape::List("[]types.SecretArgs", &SECRET)),
    plain("helmCharts", &Shape::List("[]types.HelmChart", &HELM_CHART)),
    plain(
        "helmChartInflationGenerator",
        &Shape::List("[]types.HelmChartArgs", &OLD_HELM_CHART),
    ),
    field("helmGlobals", &HELM_GLOBALS, Empty::Keep),
    field("generatorOptions", &GENERATOR_OPTIONS, Empty::Keep),
    plain("vars", &Shape::List("[]types.Var", &VAR)),
    plain("images", &IMAGES),
    plain(
        "replacements",
        &Shape::List("[]types.ReplacementField", &REPLACEMENT),
    ),
    plain("replicas", &Shape::List("[]types.Replica", &REPLICA)),
    texts("configurations"),
    texts("generators"),
    texts("transformers"),
    texts("validators"),
    texts("components"),
    text_map("openapi"),
    texts("buildMetadata"),
    // Read, but never written.
    plain(IMAGE_TAGS, &IMAGES),
];

/// The old name of `images`.
pub(crate) const IMAGE_TAGS: &str = "imageTags";

/// A whole kustomization.
pub(super) const KUSTOMIZATION: Shape = Shape::Object("types.Kustomization", &FIELDS);
