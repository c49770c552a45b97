//! What a kustomization file says, as types.
//!
//! **Invariant:** a field that the original does not know is an error that names it; keys match in any case, the last
//! of several wins. **Start at** [`Kustomization::read`].

pub(crate) mod decode;
mod generators;
mod helm;
mod merge;
mod replacements;
mod types;

pub(crate) use generators::*;
pub(crate) use helm::*;
pub(crate) use replacements::*;
pub(crate) use types::*;

use plumb_yaml::Node;

use crate::{
    error::{BuildErrorKind, Failure, Result},
    session::Session,
};

const KUSTOMIZATION_API: &str = "kustomize.config.k8s.io/v1beta1";
const COMPONENT_API: &str = "kustomize.config.k8s.io/v1alpha1";
/// The kind of a folder that changes what its referrer has.
pub(crate) const COMPONENT: &str = "Component";

/// What a kustomization file says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kustomization {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    /// Whether anything but the type is said.
    says_something: bool,
    pub(crate) openapi: Pairs,
    pub(crate) name_prefix: Listed,
    pub(crate) name_suffix: Listed,
    pub(crate) namespace: Listed,
    pub(crate) common_labels: Option<Pairs>,
    pub(crate) labels: Vec<Label>,
    pub(crate) common_annotations: Pairs,
    pub(crate) patches_strategic_merge: Option<Vec<Listed>>,
    pub(crate) patches_json6902: Option<Vec<Patch>>,
    pub(crate) patches: Vec<Patch>,
    pub(crate) images: Vec<Image>,
    image_tags: Option<Vec<Image>>,
    pub(crate) replacements: Vec<ReplacementField>,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) vars: Option<Vec<Var>>,
    pub(crate) sort_options: Option<SortOptions>,
    pub(crate) resources: Vec<Listed>,
    bases: Option<Vec<Listed>>,
    pub(crate) components: Vec<Listed>,
    pub(crate) crds: Vec<String>,
    pub(crate) config_map_generator: Vec<Generator>,
    pub(crate) secret_generator: Vec<Generator>,
    pub(crate) generator_options: Option<GeneratorOptions>,
    pub(crate) helm_globals: Option<HelmGlobals>,
    pub(crate) helm_charts: Vec<HelmChart>,
    old_helm_charts: Vec<(HelmChart, HelmGlobals)>,
    pub(crate) configurations: Vec<String>,
    pub(crate) generators: Vec<Listed>,
    pub(crate) transformers: Vec<Listed>,
    pub(crate) validators: Vec<Listed>,
    pub(crate) build_metadata: Vec<String>,
}

impl Kustomization {
    /// Reads the document of a kustomization file, warns of what is deprecated, and moves old fields to new ones.
    pub(crate) fn read(session: &Session<'_>, document: Option<&Node>) -> Result<Self> {
        let mut read = match document {
            Some(document) => Self::decode(document, true)?,
            None => Self::default(),
        };
        read.warn(session);
        read.fix();
        if !read.says_something {
            return Err(BuildErrorKind::Empty.into());
        }
        read.enforce()?;
        Ok(read)
    }

    /// Reads fields that are to be laid over another kustomization; types and emptiness do not matter there.
    pub(crate) fn read_extra(document: &Node) -> Result<Self> {
        let mut read = Self::decode(document, false)?;
        read.fix();
        Ok(read)
    }

    pub(crate) fn has_build_metadata(&self, option: &str) -> bool {
        self.build_metadata.iter().any(|known| known == option)
    }

    fn decode(document: &Node, strict: bool) -> Result<Self> {
        let mut read = Self::default();
        let decode = decode::Decode {
            owner: "Kustomization",
            strict,
        };
        decode.object(document, |key, value| {
            let known = read.decode_basic(key, value)?
                || read.decode_listed(key, value)?
                || read.decode_rich(key, value)?;
            let is_type = matches!(key, "apiversion" | "kind");
            if known && !is_type && value.as_str() != Some("") {
                read.says_something = true;
            }
            Ok(known)
        })?;
        Ok(read)
    }

    fn decode_basic(&mut self, key: &str, value: &Node) -> Result<bool> {
        match key {
            "apiversion" => self.api_version = decode::text(value, "Kustomization.apiVersion")?,
            "kind" => self.kind = decode::text(value, "Kustomization.kind")?,
            "metadata" => decode::Decode {
                owner: "ObjectMeta",
                strict: true,
            }
            .object(value, |key, _| {
                Ok(["name", "namespace", "labels", "annotations"].contains(&key))
            })?,
            "openapi" => self.openapi = decode::pairs(value, "Kustomization.openapi")?,
            "nameprefix" => self.name_prefix = decode::one(value, "Kustomization.namePrefix")?,
            "namesuffix" => self.name_suffix = decode::one(value, "Kustomization.nameSuffix")?,
            "namespace" => self.namespace = decode::one(value, "Kustomization.namespace")?,
            "commonlabels" => self.common_labels = Some(decode::pairs(value, "Kustomization.commonLabels")?),
            "commonannotations" => {
                self.common_annotations = decode::pairs(value, "Kustomization.commonAnnotations")?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn decode_listed(&mut self, key: &str, value: &Node) -> Result<bool> {
        match key {
            "resources" => self.resources = decode::listed(value, "Kustomization.resources")?,
            "bases" => self.bases = Some(decode::listed(value, "Kustomization.bases")?),
            "components" => self.components = decode::listed(value, "Kustomization.components")?,
            "crds" => self.crds = decode::texts(value, "Kustomization.crds")?,
            "configurations" => self.configurations = decode::texts(value, "Kustomization.configurations")?,
            "generators" => self.generators = decode::listed(value, "Kustomization.generators")?,
            "transformers" => self.transformers = decode::listed(value, "Kustomization.transformers")?,
            "validators" => self.validators = decode::listed(value, "Kustomization.validators")?,
            "buildmetadata" => self.build_metadata = decode::texts(value, "Kustomization.buildMetadata")?,
            "patchesstrategicmerge" => {
                self.patches_strategic_merge =
                    Some(decode::listed(value, "Kustomization.patchesStrategicMerge")?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn decode_rich(&mut self, key: &str, value: &Node) -> Result<bool> {
        match key {
            "labels" => self.labels = decode::list(value, "Kustomization.labels", Label::decode)?,
            "patchesjson6902" => {
                self.patches_json6902 = Some(decode::list(
                    value,
                    "Kustomization.patchesJson6902",
                    Patch::decode,
                )?);
            }
            "patches" => self.patches = decode::list(value, "Kustomization.patches", Patch::decode)?,
            "images" => self.images = decode::list(value, "Kustomization.images", Image::decode)?,
            "imagetags" => {
                self.image_tags = Some(decode::list(value, "Kustomization.imageTags", Image::decode)?)
            }
            "replacements" => {
                self.replacements =
                    decode::list(value, "Kustomization.replacements", ReplacementField::decode)?;
            }
            "replicas" => self.replicas = decode::list(value, "Kustomization.replicas", Replica::decode)?,
            "vars" => self.vars = Some(decode::list(value, "Kustomization.vars", Var::decode)?),
            "sortoptions" => self.sort_options = Some(SortOptions::decode(value)?),
            "configmapgenerator" => {
                self.config_map_generator = decode::list(
                    value,
                    "Kustomization.configMapGenerator",
                    Generator::decode_config_map,
                )?;
            }
            "secretgenerator" => {
                self.secret_generator =
                    decode::list(value, "Kustomization.secretGenerator", Generator::decode_secret)?;
            }
            "generatoroptions" => self.generator_options = Some(GeneratorOptions::decode(value)?),
            "helmglobals" => self.helm_globals = Some(HelmGlobals::decode(value)?),
            "helmcharts" => {
                self.helm_charts = decode::list(value, "Kustomization.helmCharts", HelmChart::decode)?
            }
            "helmchartinflationgenerator" => {
                let field = "Kustomization.helmChartInflationGenerator";
                self.old_helm_charts = decode::list(value, field, HelmChart::decode_old)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn warn(&self, session: &Session<'_>) {
        let fix = "Run 'kustomize edit fix' to update your Kustomization automatically.";
        let experimental = format!("[EXPERIMENTAL] {fix}");
        for (is_used, old, new, how) in [
            (self.bases.is_some(), "bases", "resources", fix),
            (self.common_labels.is_some(), "commonLabels", "labels", fix),
            (self.image_tags.is_some(), "imageTags", "images", fix),
            (self.patches_json6902.is_some(), "patchesJson6902", "patches", fix),
            (
                self.patches_strategic_merge.is_some(),
                "patchesStrategicMerge",
                "patches",
                fix,
            ),
            (self.vars.is_some(), "vars", "replacements", &experimental),
        ] {
            if is_used {
                session.warn(format!(
                    "# Warning: '{old}' is deprecated. Please use '{new}' instead. {how}"
                ));
            }
        }
    }

    fn fix(&mut self) {
        if self.kind.is_empty() {
            self.kind = "Kustomization".into();
        }
        if self.api_version.is_empty() {
            self.api_version = self.required_api().into();
        }
        self.resources.extend(self.bases.take().unwrap_or_default());
        self.images.extend(self.image_tags.take().unwrap_or_default());
        for (chart, globals) in std::mem::take(&mut self.old_helm_charts) {
            self.helm_charts.push(chart);
            if globals != HelmGlobals::default() {
                self.helm_globals.get_or_insert_default().overlay(globals);
            }
        }
    }

    fn enforce(&self) -> Result<()> {
        let mut complaints = Vec::new();
        if self.kind != "Kustomization" && self.kind != COMPONENT {
            complaints.push("kind should be Kustomization or Component".to_owned());
        }
        if self.api_version != self.required_api() {
            complaints.push(format!(
                "apiVersion for {} should be {}",
                self.kind,
                self.required_api()
            ));
        }
        if complaints.is_empty() {
            return Ok(());
        }
        Err(Failure::new(BuildErrorKind::Kustomization(complaints.join("; "))))
    }

    fn required_api(&self) -> &'static str {
        if self.kind == COMPONENT {
            COMPONENT_API
        } else {
            KUSTOMIZATION_API
        }
    }
}
