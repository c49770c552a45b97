//! What is around every page.

use maud::{DOCTYPE, Markup, html};

use crate::nav::{self, Place};

/// What keeps a page live: the stream, and the count of changes that the page already shows.
pub(crate) struct Live {
    /// The address of its stream, query included.
    pub(crate) stream: String,
    /// See [`Changes::stamp`](crate::changes::Changes::stamp).
    pub(crate) stamp: String,
}

/// A whole page. `title` is escaped here; `body` is what `main` holds.
pub(crate) fn page(title: &str, live: Option<&Live>, body: &Markup) -> Markup {
    at(None, title, live, body)
}

/// The page of a place that the bar at the top names.
pub(crate) fn at(here: Option<Place>, title: &str, live: Option<&Live>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (crate::outside::Outside(title)) " · Plumb" }
                link rel="icon" type="image/svg+xml" href="/assets/plumb.svg";
                link rel="stylesheet" href="/assets/page.css";
                script src="/assets/page.js" defer {}
            }
            body data-stream=[live.map(|it| &it.stream)] data-stamp=[live.map(|it| &it.stamp)] {
                a.skip href="#main" { "Skip to content" }
                header.top {
                    a.brand href="/" { img src="/assets/plumb.svg" alt="" width="20" height="20"; "Plumb" }
                    (nav::bar(here))
                    @if live.is_some() {
                        p #sign .sign role="status" { "not live: reload to see changes" }
                    }
                    (crate::gate::badge())
                }
                main #main { (body) }
            }
        }
    }
}
