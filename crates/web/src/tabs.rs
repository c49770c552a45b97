//! The tabs of an app's page.

use maud::{Markup, html};
use plumb_model::UnitId;
use serde::Deserialize;

use crate::target::path;

/// What of an app is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tab {
    /// What needs somebody, and the last of everything.
    #[default]
    Summary,
    /// Its objects and what they have brought forth.
    Tree,
    /// Its objects.
    List,
    /// What a sync would change.
    Diff,
    /// What was applied when.
    History,
    /// What its Pods write.
    Logs,
    /// What the cluster says of its objects.
    Events,
    /// How it is kept, and where that is said.
    Policy,
}

impl Tab {
    /// All of them, in the order in which they are shown.
    const ALL: [Self; 8] = [
        Self::Summary,
        Self::Tree,
        Self::List,
        Self::Diff,
        Self::History,
        Self::Logs,
        Self::Events,
        Self::Policy,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Summary => "Summary",
            Self::Tree => "Tree",
            Self::List => "List",
            Self::Diff => "Diff",
            Self::History => "History",
            Self::Logs => "Logs",
            Self::Events => "Events",
            Self::Policy => "Policy",
        }
    }

    /// The key that leads there.
    fn key(self) -> Option<&'static str> {
        match self {
            Self::Diff => Some("d"),
            Self::History => Some("h"),
            Self::Logs => Some("l"),
            Self::Tree => Some("t"),
            Self::Events => Some("e"),
            _ => None,
        }
    }

    /// Its address for an app.
    pub(crate) fn address(self, id: &UnitId) -> String {
        match self {
            Self::Summary => path(id),
            Self::Diff => format!("{}/diff", path(id)),
            tab => format!("{}?tab={}", path(id), tab.word().to_lowercase()),
        }
    }

    /// What changes in it without the unit's report being another, so that it is loaded again now and then.
    pub(crate) fn is_restless(self) -> bool {
        matches!(self, Self::Tree | Self::Logs | Self::Events)
    }
}

/// Links to all tabs.
pub(crate) fn bar(id: &UnitId, here: Tab) -> Markup {
    html! {
        nav.tabs aria-label="Parts of the app" {
            @for tab in Tab::ALL {
                a href=(tab.address(id)) data-tab=[tab.key()] aria-current=[(tab == here).then_some("page")] { (tab.word()) }
            }
        }
    }
}
