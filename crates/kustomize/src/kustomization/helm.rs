//! Helm charts to inflate, as a kustomization asks for them.

use plumb_yaml::{Mark, Node};

use super::decode::{self, Decode};
use crate::error::Result;

/// What holds for all charts of a kustomization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HelmGlobals {
    /// The folder with the charts; empty for the usual one.
    pub(crate) chart_home: String,
}

/// A chart to inflate.
#[derive(Clone, Debug, Default)]
pub(crate) struct HelmChart {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) repo: String,
    pub(crate) release_name: String,
    pub(crate) namespace: String,
    pub(crate) additional_values_files: Vec<String>,
    pub(crate) values_file: String,
    pub(crate) values_inline: Option<Node>,
    pub(crate) values_merge: String,
    pub(crate) include_crds: bool,
    pub(crate) skip_hooks: bool,
    pub(crate) skip_tests: bool,
    pub(crate) api_versions: Option<Vec<String>>,
    pub(crate) kube_version: String,
    pub(crate) name_template: String,
    pub(crate) debug: bool,
    pub(crate) devel: bool,
    pub(crate) mark: Mark,
}

impl HelmGlobals {
    pub(crate) fn decode(node: &Node) -> Result<Self> {
        let mut read = Self::default();
        let decode = Decode {
            owner: "HelmGlobals",
            strict: true,
        };
        decode.object(node, |key, value| read.field(key, value))?;
        Ok(read)
    }

    fn field(&mut self, key: &str, value: &Node) -> Result<bool> {
        match key {
            "charthome" => self.chart_home = decode::text(value, "HelmGlobals.chartHome")?,
            // Where helm keeps its own things is the host's to choose.
            "confighome" => drop(decode::text(value, "HelmGlobals.configHome")?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Lays what `other` says over this.
    pub(crate) fn overlay(&mut self, other: Self) {
        if !other.chart_home.is_empty() {
            self.chart_home = other.chart_home;
        }
    }
}

impl HelmChart {
    pub(crate) fn decode(node: &Node) -> Result<Self> {
        let mut read = Self::at(node);
        let decode = Decode {
            owner: "HelmChart",
            strict: true,
        };
        decode.object(node, |key, value| read.field(key, value))?;
        Ok(read)
    }

    /// Reads a `HelmChartInflationGenerator`, which says both.
    pub(crate) fn decode_resource(node: &Node) -> Result<(Self, HelmGlobals)> {
        let (mut read, mut globals) = (Self::at(node), HelmGlobals::default());
        let decode = Decode {
            owner: "HelmChartInflationGenerator",
            strict: false,
        };
        decode.object(node, |key, value| {
            Ok(read.field(key, value)? || globals.field(key, value)?)
        })?;
        Ok((read, globals))
    }

    /// Reads an entry of the old field `helmChartInflationGenerator`.
    pub(crate) fn decode_old(node: &Node) -> Result<(Self, HelmGlobals)> {
        let (mut read, mut globals) = (Self::at(node), HelmGlobals::default());
        let decode = Decode {
            owner: "HelmChartArgs",
            strict: true,
        };
        decode.object(node, |key, value| {
            let text = |field: &str| decode::text(value, field);
            match key {
                "chartname" => read.name = text("HelmChartArgs.chartName")?,
                "chartversion" => read.version = text("HelmChartArgs.chartVersion")?,
                "chartrepourl" => read.repo = text("HelmChartArgs.chartRepoUrl")?,
                "charthome" => globals.chart_home = text("HelmChartArgs.chartHome")?,
                "values" => read.values_file = text("HelmChartArgs.values")?,
                "valueslocal" => read.values_inline = Some(a_map(value, "HelmChartArgs.valuesLocal")?),
                "valuesmerge" => read.values_merge = text("HelmChartArgs.valuesMerge")?,
                "releasename" => read.release_name = text("HelmChartArgs.releaseName")?,
                // Known, and without effect in the original too.
                "chartreponame" | "helmbin" | "helmhome" | "releasenamespace" | "extraargs" => {}
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok((read, globals))
    }

    fn at(node: &Node) -> Self {
        Self {
            mark: node.mark,
            ..Self::default()
        }
    }

    fn field(&mut self, key: &str, value: &Node) -> Result<bool> {
        Ok(self.text_field(key, value)? || self.other_field(key, value)?)
    }

    fn text_field(&mut self, key: &str, value: &Node) -> Result<bool> {
        let (slot, field) = match key {
            "name" => (&mut self.name, "HelmChart.name"),
            "version" => (&mut self.version, "HelmChart.version"),
            "repo" => (&mut self.repo, "HelmChart.repo"),
            "releasename" => (&mut self.release_name, "HelmChart.releaseName"),
            "namespace" => (&mut self.namespace, "HelmChart.namespace"),
            "valuesfile" => (&mut self.values_file, "HelmChart.valuesFile"),
            "valuesmerge" => (&mut self.values_merge, "HelmChart.valuesMerge"),
            "kubeversion" => (&mut self.kube_version, "HelmChart.kubeVersion"),
            "nametemplate" => (&mut self.name_template, "HelmChart.nameTemplate"),
            _ => return Ok(false),
        };
        *slot = decode::text(value, field)?;
        Ok(true)
    }

    fn other_field(&mut self, key: &str, value: &Node) -> Result<bool> {
        let flag = |field: &str| decode::flag(value, field);
        match key {
            "additionalvaluesfiles" => {
                self.additional_values_files = decode::texts(value, "HelmChart.additionalValuesFiles")?
            }
            "valuesinline" => self.values_inline = Some(a_map(value, "HelmChart.valuesInline")?),
            "includecrds" => self.include_crds = flag("HelmChart.includeCRDs")?,
            "skiphooks" => self.skip_hooks = flag("HelmChart.skipHooks")?,
            "skiptests" => self.skip_tests = flag("HelmChart.skipTests")?,
            "apiversions" => self.api_versions = Some(decode::texts(value, "HelmChart.apiVersions")?),
            "debug" => self.debug = flag("HelmChart.debug")?,
            "devel" => self.devel = flag("HelmChart.devel")?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// A map with anything in it.
fn a_map(node: &Node, owner: &'static str) -> Result<Node> {
    let decode = Decode { owner, strict: false };
    decode.object(node, |_, _| Ok(true)).map(|()| node.clone())
}
