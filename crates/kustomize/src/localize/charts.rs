//! Helm charts: their values, and the folder that they lie in.

use plumb_model::{EntryKind, TreeError, TreePath};
use plumb_yaml::{Mapping, Node, Value};

use super::{Copy, Done, LocalizeError, To, items, wrap};

impl Copy<'_> {
    /// Copies the folders that charts lie in, and the values of old descriptions of charts.
    pub(super) fn charts(&mut self, fields: &mut Mapping) -> Done {
        for item in items(fields.get_mut("helmCharts")) {
            self.rewrite_all(item.get_mut("additionalValuesFiles"), To::File)
                .map_err(|error| wrap("unable to localize helmCharts additionalValuesFiles", &error))?;
        }
        for item in items(fields.get_mut("helmChartInflationGenerator")) {
            self.rewrite_all(item.get_mut("values"), To::File)
                .map_err(|error| wrap("unable to localize helmChartInflationGenerator values", &error))?;
            self.chart_home(item.get_mut("chartHome"))?;
        }
        let has_charts = fields.get("helmCharts").is_some();
        match fields.get_mut("helmGlobals") {
            Some(globals) => self.chart_home(globals.get_mut("chartHome")),
            None if has_charts => self.chart_home(None),
            None => Ok(()),
        }
    }

    /// Copies the folder of charts, if it is there; the usual one when none is named.
    pub(super) fn chart_home(&mut self, named: Option<&mut Node>) -> Done {
        let path = named.as_ref().and_then(|node| node.as_str()).unwrap_or("");
        let path = if path.is_empty() { "charts" } else { path }.to_owned();
        if path.starts_with('/') {
            return Err(LocalizeError(format!(
                "absolute path {path:?} not handled in alpha"
            )));
        }
        let Ok(real) = self.real(&path) else { return Ok(()) };
        if !real.is_within(self.scope) {
            return Err(LocalizeError(format!(
                "chart home {path:?} is outside localize scope"
            )));
        }
        self.copy_all(&real)?;
        if let Some(node) = named.filter(|node| node.as_str() != Some("")) {
            node.value = Value::String(real.relative_to(&self.folder.root).into());
        }
        Ok(())
    }

    fn copy_all(&mut self, folder: &TreePath) -> Done {
        let said = |error: TreeError| LocalizeError(error.to_string());
        let reader = self.folder.reader(self.session);
        for (name, kind) in reader.list(folder).map_err(said)? {
            let path = folder.child(&name);
            match kind {
                EntryKind::Directory => self.copy_all(&path)?,
                EntryKind::File | EntryKind::Executable => {
                    let content = self.folder.reader(self.session).read(&path).map_err(said)?;
                    self.made.insert(path, content);
                }
                _ => {}
            }
        }
        Ok(())
    }
}
