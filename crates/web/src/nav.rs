//! The places that every page leads to.

use maud::{Markup, html};

/// A place of the page that is not about one app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// What needs somebody, and every app.
    Now,
    /// Where and when the cluster left Git, and through whom.
    Drift,
    /// What the apps had rendered to at a moment.
    Time,
    /// Every change of a cluster.
    Audit,
    /// How each app is kept.
    Policy,
    /// What this Plumb is set to.
    Settings,
}

impl Place {
    /// All of them, in the order in which they are shown.
    pub(crate) const ALL: [Self; 6] = [
        Self::Now,
        Self::Drift,
        Self::Time,
        Self::Audit,
        Self::Policy,
        Self::Settings,
    ];

    /// What it is called.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Now => "Now",
            Self::Drift => "Drift",
            Self::Time => "Time",
            Self::Audit => "Audit",
            Self::Policy => "Policy",
            Self::Settings => "Settings",
        }
    }

    /// Its address.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Now => "/",
            Self::Drift => "/drift",
            Self::Time => "/time",
            Self::Audit => "/audit",
            Self::Policy => "/policy",
            Self::Settings => "/settings",
        }
    }

    /// The key that leads there after `g`.
    pub(crate) fn key(self) -> char {
        match self {
            Self::Now => 'n',
            Self::Drift => 'd',
            Self::Time => 't',
            Self::Audit => 'u',
            Self::Policy => 'p',
            Self::Settings => 's',
        }
    }
}

/// Links to all places; `here` is the one that is shown.
pub(crate) fn bar(here: Option<Place>) -> Markup {
    html! {
        nav.places aria-label="Places" {
            @for place in Place::ALL {
                a href=(place.path()) data-key=(place.key()) aria-current=[(here == Some(place)).then_some("page")] {
                    (place.word())
                }
            }
        }
    }
}
