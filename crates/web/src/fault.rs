//! Answers to requests that cannot be done: what, why, and what to do next.

use axum::{
    Json,
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use maud::html;
use plumb_cluster::ClusterError;
use plumb_history::{HistoryError, MomentError};
use plumb_pipeline::{PassError, actions::ActionError};
use serde_json::json;

use crate::{layout, outside::Outside};

/// Why a request is not done.
#[derive(Debug)]
pub(crate) struct Fault {
    status: StatusCode,
    what: String,
    why: String,
    next: &'static str,
}

impl Fault {
    /// The request is refused.
    pub(crate) fn refused(why: impl Into<String>, next: &'static str) -> Self {
        let (status, what) = (StatusCode::FORBIDDEN, "This was not done".to_owned());
        Self {
            status,
            what,
            why: why.into(),
            next,
        }
    }

    /// Whoever asks has not signed in, or not lately.
    pub(crate) fn unknown(next: &'static str) -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            what: "You are not signed in".to_owned(),
            why: "There is no session, or it has ended. Nothing was done.".to_owned(),
            next,
        }
    }

    /// Whoever asks may not do `verb` to `what`, by the cluster's rules.
    pub(crate) fn forbidden(verb: &str, what: &str) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            what: "The cluster does not let you".to_owned(),
            why: format!(
                "Its rules give you no right to {verb} {what}, be it there or not. Nothing was changed."
            ),
            next: "Ask whoever runs the cluster for a Role with that verb in that namespace.",
        }
    }

    /// Whoever asks does so too often.
    pub(crate) fn too_many(seconds: u64) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            what: "That is too often".to_owned(),
            why: format!("Wait {seconds} s."),
            next: "Nothing was done. Then try again.",
        }
    }

    /// What was asked for is not there.
    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        let why = "It is not there, or not any more.".to_owned();
        Self {
            status: StatusCode::NOT_FOUND,
            what: what.into(),
            why,
            next: "Go to the list to see what is.",
        }
    }

    /// The request makes no sense.
    pub(crate) fn bad(why: impl Into<String>) -> Self {
        let (status, what) = (
            StatusCode::BAD_REQUEST,
            "The request is not understood".to_owned(),
        );
        Self {
            status,
            what,
            why: why.into(),
            next: "Go back and use the page's own links and buttons.",
        }
    }

    /// What is there does not allow it.
    pub(crate) fn conflict(why: impl Into<String>) -> Self {
        let (status, what) = (StatusCode::CONFLICT, "This cannot be done now".to_owned());
        Self {
            status,
            what,
            why: why.into(),
            next: "Go back and choose something else.",
        }
    }

    /// The cluster could not be asked.
    pub(crate) fn cluster(error: plumb_cluster::ClusterError) -> Self {
        Self {
            status: StatusCode::BAD_GATEWAY,
            what: "The cluster could not be asked".to_owned(),
            why: error.to_string(),
            next: "Nothing was changed. Try again in a moment.",
        }
    }

    /// What is wrong, where the page says so itself.
    pub(crate) fn why(&self) -> &str {
        &self.why
    }

    /// The same, for programs.
    pub(crate) fn json(self) -> Response {
        (
            self.status,
            Json(json!({"error": self.what, "why": self.why, "next": self.next})),
        )
            .into_response()
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let body = html! {
            h1 { (Outside(&self.what)) }
            pre.message { (Outside(&self.why)) }
            p { (self.next) }
            p { a.button href="/" { "All apps" } }
        };
        (
            self.status,
            Html(layout::page("Not done", None, &body).into_string()),
        )
            .into_response()
    }
}

impl From<ActionError> for Fault {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::NotFound(id) => Self::not_found(id.to_string()),
            ActionError::Cluster(error) => error.into(),
            other => Self::conflict(other.to_string()),
        }
    }
}

impl From<ClusterError> for Fault {
    fn from(error: ClusterError) -> Self {
        let status = match error {
            ClusterError::Forbidden { .. } => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_GATEWAY,
        };
        Self {
            status,
            what: "The cluster did not do it".to_owned(),
            why: error.to_string(),
            next: "Nothing was changed. Go back and try again.",
        }
    }
}

impl From<PassError> for Fault {
    fn from(error: PassError) -> Self {
        Self {
            status: StatusCode::BAD_GATEWAY,
            what: "What would happen cannot be told".to_owned(),
            why: error.to_string(),
            next: "Nothing was changed. Go back, or try again.",
        }
    }
}

impl From<HistoryError> for Fault {
    fn from(error: HistoryError) -> Self {
        match error {
            HistoryError::NotFound(_) => Self {
                status: StatusCode::NOT_FOUND,
                what: "Nothing is recorded there".to_owned(),
                why: error.to_string(),
                next: "Go back and choose another record or moment.",
            },
            HistoryError::Cursor(_) => Self::bad(error.to_string()),
            other => Self {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                what: "The ledger cannot be read".to_owned(),
                why: other.to_string(),
                next: "Verify the ledger on the Audit page, or with plumb audit verify.",
            },
        }
    }
}

impl From<MomentError> for Fault {
    fn from(error: MomentError) -> Self {
        match error {
            MomentError::Ledger(error) => error.into(),
            MomentError::NoRecord(_) | MomentError::Nothing(_) => Self {
                status: StatusCode::NOT_FOUND,
                what: "Nothing is recorded there".to_owned(),
                why: error.to_string(),
                next: "Go back and choose another record or moment.",
            },
            other => Self::bad(other.to_string()),
        }
    }
}

/// A fault, told to a program.
pub(crate) struct ApiFault(Fault);

impl<E: Into<Fault>> From<E> for ApiFault {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ApiFault {
    fn into_response(self) -> Response {
        self.0.json()
    }
}
