//! Finds the kind that somebody means by a word: `deploy`, `deployments.apps`, `deployments.v1.apps`, `Deployment`.

use std::sync::Arc;

use super::{Catalog, KindInfo};

impl Catalog {
    /// The kind meant by `word`, as kubectl would take it: full names before short ones, the server's order else.
    pub(crate) fn find(&self, word: &str) -> Option<Arc<KindInfo>> {
        let word = word.to_ascii_lowercase();
        let (name, rest) = word
            .split_once('.')
            .map_or((word.as_str(), None), |(name, rest)| (name, Some(rest)));
        let fits = |info: &KindInfo| match rest {
            None => true,
            Some(rest) if rest == info.group => true,
            Some(rest) => match rest.split_once('.') {
                Some((version, group)) => {
                    info.versions.iter().any(|known| known == version) && group == info.group
                }
                None => info.group.is_empty() && info.versions.iter().any(|known| known == rest),
            },
        };
        let named = |info: &KindInfo| {
            info.plural == name || info.singular == name || info.kind.eq_ignore_ascii_case(name)
        };
        let shortened = |info: &KindInfo| info.short_names.iter().any(|short| short == name);
        let first = |want: &dyn Fn(&KindInfo) -> bool| {
            self.order.iter().find(|info| fits(info) && want(info)).cloned()
        };
        first(&named).or_else(|| first(&shortened))
    }

    /// The kinds of an API group.
    pub(crate) fn of_group(&self, group: &str) -> impl Iterator<Item = &Arc<KindInfo>> {
        self.order.iter().filter(move |info| info.group == group)
    }

    /// The kinds of a category, such as `all`.
    pub(crate) fn category(&self, word: &str) -> Vec<Arc<KindInfo>> {
        self.order
            .iter()
            .filter(|info| info.categories.iter().any(|known| known == word))
            .cloned()
            .collect()
    }
}
