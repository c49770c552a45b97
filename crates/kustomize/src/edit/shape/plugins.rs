//! What the resources look like that configure what is built in.

use super::{
    Field, Library, Shape,
    fields::{
        FIELD_SPECS, GENERATOR_OPTIONS, HELM_CHART_FIELDS, IMAGE, METADATA, PATCH_OPTIONS, REPLACEMENT,
        REPLICA, SELECTOR, SOURCE, TARGETS, TEXTS, flag, plain, text, text_map, texts,
    },
};

const INTEGER: Shape = Shape::Integer("int");
const SPECS: Field = plain("fieldSpecs", &FIELD_SPECS);

const IN_CONFIG_MAP: &str = "ConfigMapArgs.GeneratorArgs";
const CONFIG_MAP_SOURCES: &str = "ConfigMapArgs.GeneratorArgs.KvPairSources";
const IN_SECRET: &str = "SecretArgs.GeneratorArgs";
const SECRET_SOURCES: &str = "SecretArgs.GeneratorArgs.KvPairSources";
const IN_POLICY: &str = "IAMPolicyGeneratorArgs";

const TARGET: Shape = Shape::Object(
    "builtins.Target",
    &[
        plain("selector", &SELECTOR),
        text("fieldPath"),
        plain("filePathPosition", &INTEGER),
    ],
);
const SERVICE: Shape = Shape::Object("types.KubernetesService", &[text("name"), text("namespace")]);
const ACCOUNT: Shape = Shape::Object("types.ServiceAccount", &[text("name"), text("projectId")]);

/// What is in a file that `targetFilePath` names.
pub(crate) const VALUE_TARGETS: Shape = Shape::Object(
    "",
    &[plain("targets", &Shape::List("[]builtins.Target", &TARGET))],
);

const IN_FILE: Shape = Shape::Object(
    "types.Replacement",
    &[
        plain("source", &SOURCE),
        plain("targets", &TARGETS),
        text("sourceValue"),
    ],
);

/// What is in a file that a replacement names: one of them.
pub(crate) const ONE_REPLACEMENT: Shape = IN_FILE;

/// What is in such a file: a list of them.
pub(crate) const SEVERAL_REPLACEMENTS: Shape = Shape::List("[]types.Replacement", &IN_FILE);

/// What a resource of a kind looks like that configures a built-in, and what reads it; `None` for those that read nothing.
pub(crate) fn plugin(kind: &str) -> Option<(&'static Shape, Library)> {
    let (_, shape, library) = PLUGINS.iter().find(|(of, ..)| *of == kind)?;
    Some((shape, *library))
}

const PLUGINS: [(&str, Shape, Library); 17] = [
    (
        "AnnotationsTransformer",
        Shape::Object(
            "builtins.AnnotationsTransformerPlugin",
            &[text_map("annotations"), SPECS],
        ),
        Library::Json,
    ),
    (
        "LabelTransformer",
        Shape::Object("builtins.LabelTransformerPlugin", &[text_map("labels"), SPECS]),
        Library::Json,
    ),
    (
        "PrefixTransformer",
        Shape::Object("builtins.PrefixTransformerPlugin", &[text("prefix"), SPECS]),
        Library::Yaml,
    ),
    (
        "SuffixTransformer",
        Shape::Object("builtins.SuffixTransformerPlugin", &[text("suffix"), SPECS]),
        Library::Yaml,
    ),
    (
        "PrefixSuffixTransformer",
        Shape::Object(
            "builtinhelpers.MultiTransformer",
            &[text("prefix"), text("suffix"), SPECS],
        ),
        Library::Yaml,
    ),
    (
        "NamespaceTransformer",
        Shape::Object(
            "builtins.NamespaceTransformerPlugin",
            &[
                plain("metadata", &METADATA),
                SPECS,
                flag("unsetOnly"),
                text("setRoleBindingSubjects"),
            ],
        ),
        Library::Json,
    ),
    (
        "ImageTagTransformer",
        Shape::Object(
            "builtins.ImageTagTransformerPlugin",
            &[plain("imageTag", &IMAGE), SPECS],
        ),
        Library::Json,
    ),
    (
        "ReplicaCountTransformer",
        Shape::Object(
            "builtins.ReplicaCountTransformerPlugin",
            &[plain("replica", &REPLICA), SPECS],
        ),
        Library::Json,
    ),
    (
        "PatchTransformer",
        Shape::Object(
            "builtins.PatchTransformerPlugin",
            &[
                text("path"),
                text("patch"),
                plain("target", &SELECTOR),
                plain("options", &PATCH_OPTIONS),
            ],
        ),
        Library::Json,
    ),
    (
        "PatchJson6902Transformer",
        Shape::Object(
            "builtins.PatchJson6902TransformerPlugin",
            &[plain("target", &SELECTOR), text("path"), text("jsonOp")],
        ),
        Library::Json,
    ),
    (
        "PatchStrategicMergeTransformer",
        Shape::Object(
            "builtins.PatchStrategicMergeTransformerPlugin",
            &[plain("paths", &TEXTS), text("patches")],
        ),
        Library::Json,
    ),
    (
        "ReplacementTransformer",
        Shape::Object(
            "builtins.ReplacementTransformerPlugin",
            &[plain(
                "replacements",
                &Shape::List("[]types.ReplacementField", &REPLACEMENT),
            )],
        ),
        Library::Json,
    ),
    (
        "ValueAddTransformer",
        Shape::Object(
            "builtins.ValueAddTransformerPlugin",
            &[
                text("value"),
                plain("targets", &Shape::List("[]builtins.Target", &TARGET)),
                text("targetFilePath"),
            ],
        ),
        Library::Json,
    ),
    (
        "ConfigMapGenerator",
        Shape::Object(
            "builtins.ConfigMapGeneratorPlugin",
            &[
                plain("metadata", &METADATA),
                text("namespace").via(IN_CONFIG_MAP),
                text("name").via(IN_CONFIG_MAP),
                text("behavior").via(IN_CONFIG_MAP),
                texts("literals").via(CONFIG_MAP_SOURCES),
                texts("files").via(CONFIG_MAP_SOURCES),
                texts("envs").via(CONFIG_MAP_SOURCES),
                text("env").via(CONFIG_MAP_SOURCES),
                plain("options", &GENERATOR_OPTIONS).via(IN_CONFIG_MAP),
            ],
        ),
        Library::Json,
    ),
    (
        "SecretGenerator",
        Shape::Object(
            "builtins.SecretGeneratorPlugin",
            &[
                plain("metadata", &METADATA),
                text("namespace").via(IN_SECRET),
                text("name").via(IN_SECRET),
                text("behavior").via(IN_SECRET),
                texts("literals").via(SECRET_SOURCES),
                texts("files").via(SECRET_SOURCES),
                texts("envs").via(SECRET_SOURCES),
                text("env").via(SECRET_SOURCES),
                text("type").via("SecretArgs"),
                plain("options", &GENERATOR_OPTIONS).via(IN_SECRET),
            ],
        ),
        Library::Json,
    ),
    (
        "IAMPolicyGenerator",
        Shape::Object(
            "builtins.IAMPolicyGeneratorPlugin",
            &[
                text("cloud").via(IN_POLICY),
                plain("kubernetesService", &SERVICE).via(IN_POLICY),
                plain("serviceAccount", &ACCOUNT).via(IN_POLICY),
            ],
        ),
        Library::Json,
    ),
    (
        "HelmChartInflationGenerator",
        Shape::Object("builtins.HelmChartInflationGeneratorPlugin", &HELM_CHART_FIELDS),
        Library::Json,
    ),
];
