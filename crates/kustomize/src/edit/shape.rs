//! What the parts of a kustomization look like when they are written again: known keys in their own spelling, and
//! nothing that is empty, except where the original leaves it.

use plumb_yaml::{Mapping, Node, Value};

use crate::kustomization::decode;

/// What a value is.
pub(super) enum Shape {
    /// Written as it is, unless empty.
    Plain,
    /// A map of which only these fields are known.
    Object(&'static [Field]),
    /// A list of such.
    List(&'static Shape),
}

/// A field of an object.
pub(super) struct Field {
    name: &'static str,
    shape: &'static Shape,
    empty: Empty,
}

/// What becomes of a field that is missing or empty.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    /// It is left out.
    Omit,
    /// An object that is there, but empty, stays; a missing one is left out.
    Keep,
    /// An empty text is written.
    Text,
    /// A zero is written.
    Zero,
    /// An empty object is written.
    Object,
    /// A null is written.
    Null,
}

const fn field(name: &'static str, shape: &'static Shape, empty: Empty) -> Field {
    Field { name, shape, empty }
}

const fn plain(name: &'static str) -> Field {
    field(name, &Shape::Plain, Empty::Omit)
}

const PLAIN: Shape = Shape::Plain;
const FIELD_SPEC: Shape = Shape::Object(&[
    plain("group"),
    plain("version"),
    plain("kind"),
    plain("path"),
    plain("create"),
]);
const LABEL: Shape = Shape::Object(&[
    plain("pairs"),
    plain("includeSelectors"),
    plain("includeTemplates"),
    plain("includeVolumeClaimTemplates"),
    field("fields", &Shape::List(&FIELD_SPEC), Empty::Omit),
]);
const SELECTOR: Shape = Shape::Object(&[
    plain("group"),
    plain("version"),
    plain("kind"),
    plain("name"),
    plain("namespace"),
    plain("annotationSelector"),
    plain("labelSelector"),
]);
const PATCH: Shape = Shape::Object(&[
    plain("path"),
    plain("patch"),
    field("target", &SELECTOR, Empty::Keep),
    field(
        "options",
        &Shape::Object(&[plain("allowNameChange"), plain("allowKindChange")]),
        Empty::Keep,
    ),
]);
const IMAGE: Shape = Shape::Object(&[
    plain("name"),
    plain("newName"),
    plain("tagSuffix"),
    plain("newTag"),
    plain("digest"),
]);
const FIELD_OPTIONS: Shape = Shape::Object(&[
    plain("delimiter"),
    plain("index"),
    plain("encoding"),
    plain("create"),
]);
const SOURCE: Shape = Shape::Object(&[
    plain("group"),
    plain("version"),
    plain("kind"),
    plain("name"),
    plain("namespace"),
    plain("fieldPath"),
    field("options", &FIELD_OPTIONS, Empty::Keep),
]);
const TARGET: Shape = Shape::Object(&[
    field("select", &SELECTOR, Empty::Null),
    field("reject", &Shape::List(&SELECTOR), Empty::Omit),
    plain("fieldPaths"),
    field("options", &FIELD_OPTIONS, Empty::Keep),
]);
const REPLACEMENT: Shape = Shape::Object(&[
    plain("path"),
    field("source", &SOURCE, Empty::Keep),
    field("targets", &Shape::List(&TARGET), Empty::Omit),
    field("sourceValue", &PLAIN, Empty::Keep),
]);
const REPLICA: Shape = Shape::Object(&[plain("name"), field("count", &PLAIN, Empty::Zero)]);
const OBJECT: Shape = Shape::Object(&[
    plain("apiVersion"),
    plain("group"),
    plain("version"),
    plain("kind"),
    field("name", &PLAIN, Empty::Text),
    plain("namespace"),
]);
const VAR: Shape = Shape::Object(&[
    field("name", &PLAIN, Empty::Text),
    field("objref", &OBJECT, Empty::Object),
    field("fieldref", &Shape::Object(&[plain("fieldPath")]), Empty::Object),
]);
const GENERATOR_OPTIONS: Shape = Shape::Object(&[
    plain("labels"),
    plain("annotations"),
    plain("disableNameSuffixHash"),
    plain("immutable"),
]);
const GENERATOR: Shape = Shape::Object(&[
    plain("namespace"),
    plain("name"),
    plain("behavior"),
    plain("literals"),
    plain("files"),
    plain("envs"),
    plain("env"),
    plain("type"),
    field("options", &GENERATOR_OPTIONS, Empty::Keep),
]);
const HELM_CHART: Shape = Shape::Object(&[
    plain("name"),
    plain("version"),
    plain("repo"),
    plain("releaseName"),
    plain("namespace"),
    plain("additionalValuesFiles"),
    plain("valuesFile"),
    plain("valuesInline"),
    plain("valuesMerge"),
    plain("includeCRDs"),
    plain("skipHooks"),
    plain("apiVersions"),
    plain("kubeVersion"),
    plain("nameTemplate"),
    plain("skipTests"),
    plain("debug"),
    plain("devel"),
]);
const LEGACY_SORT: Shape = Shape::Object(&[
    field("orderFirst", &PLAIN, Empty::Null),
    field("orderLast", &PLAIN, Empty::Null),
]);
const SORT_OPTIONS: Shape = Shape::Object(&[
    plain("order"),
    field("legacySortOptions", &LEGACY_SORT, Empty::Keep),
]);
const METADATA: Shape = Shape::Object(&[
    plain("name"),
    plain("namespace"),
    plain("labels"),
    plain("annotations"),
]);
const HELM_GLOBALS: Shape = Shape::Object(&[plain("chartHome"), plain("configHome")]);

/// Every field of a kustomization, in the order in which missing ones are added.
pub(super) const FIELDS: [Field; 33] = [
    plain("apiVersion"),
    plain("kind"),
    field("metadata", &METADATA, Empty::Keep),
    field("sortOptions", &SORT_OPTIONS, Empty::Keep),
    plain("resources"),
    plain("bases"),
    plain("namePrefix"),
    plain("nameSuffix"),
    plain("namespace"),
    plain("crds"),
    plain("commonLabels"),
    field("labels", &Shape::List(&LABEL), Empty::Omit),
    plain("commonAnnotations"),
    plain("patchesStrategicMerge"),
    field("patchesJson6902", &Shape::List(&PATCH), Empty::Omit),
    field("patches", &Shape::List(&PATCH), Empty::Omit),
    field("configMapGenerator", &Shape::List(&GENERATOR), Empty::Omit),
    field("secretGenerator", &Shape::List(&GENERATOR), Empty::Omit),
    field("helmCharts", &Shape::List(&HELM_CHART), Empty::Omit),
    plain("helmChartInflationGenerator"),
    field("helmGlobals", &HELM_GLOBALS, Empty::Keep),
    field("generatorOptions", &GENERATOR_OPTIONS, Empty::Keep),
    field("vars", &Shape::List(&VAR), Empty::Omit),
    field("images", &Shape::List(&IMAGE), Empty::Omit),
    field("replacements", &Shape::List(&REPLACEMENT), Empty::Omit),
    field("replicas", &Shape::List(&REPLICA), Empty::Omit),
    plain("configurations"),
    plain("generators"),
    plain("transformers"),
    plain("validators"),
    plain("components"),
    plain("openapi"),
    plain("buildMetadata"),
];

impl Field {
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// The value as it is written; `None` when the field is left out.
    pub(super) fn write(&self, value: Option<&Node>) -> Option<Node> {
        let value = value.filter(|value| !value.is_null());
        let written = value.map(|value| self.shape.write(value));
        match (written, self.empty) {
            (Some(written), Empty::Keep) => Some(written),
            (Some(written), _) if !is_empty(&written) => Some(written),
            (written, Empty::Text) => Some(written.unwrap_or_else(|| Node::text(""))),
            (written, Empty::Zero) => Some(written.unwrap_or_else(|| Value::Int(0).into())),
            (written, Empty::Null) => Some(written.unwrap_or_default()),
            (_, Empty::Object) => Some(self.shape.write(&Value::Mapping(Mapping::new()).into())),
            (_, Empty::Omit | Empty::Keep) => None,
        }
    }
}

impl Shape {
    fn write(&self, value: &Node) -> Node {
        match (self, &value.value) {
            (Self::Object(fields), Value::Mapping(_)) => {
                let mut written = Mapping::new();
                for field in *fields {
                    if let Some(value) = field.write(decode::field(value, field.name)) {
                        written.push(field.name, value);
                    }
                }
                Value::Mapping(written).into()
            }
            (Self::List(shape), Value::Sequence(items)) => {
                let empty = Value::Mapping(Mapping::new()).into();
                let one = |item: &Node| shape.write(if item.is_null() { &empty } else { item });
                Value::Sequence(items.iter().map(one).collect()).into()
            }
            _ => value.clone(),
        }
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null | Value::Bool(false) | Value::Int(0) => true,
        Value::String(text) => text.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        Value::Mapping(mapping) => mapping.is_empty(),
        _ => false,
    }
}
