//! The addresses for programs, one after the other.

use std::sync::Arc;

use axum::routing::{MethodRouter, get};
use serde_json::{Value, json};

use super::schemas::{array, count, object, refer, text};
use crate::{api, audit, drift, events, openapi, pods, policy, settings, site::Site, time, tree};

/// One address.
pub(crate) struct Operation {
    /// The address; what is in braces is given by who asks.
    pub(crate) path: &'static str,
    /// What programs that are made from the description call it.
    pub(super) name: &'static str,
    /// What it tells.
    pub(super) summary: &'static str,
    /// What can be asked for behind `?`, and what that means.
    pub(super) asks: &'static [(&'static str, &'static str)],
    /// The schema of the answer.
    pub(super) answer: fn() -> Value,
    /// Who answers.
    pub(super) handler: fn() -> MethodRouter<Arc<Site>>,
}

const PAGE: (&str, &str) = ("page", "Which page of the list, from 1.");
const WORDS: (&str, &str) = ("q", "Words that all must be there, in any case.");

/// All of them.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation {
        path: "/api/v1/apps",
        name: "listApps",
        summary: "Every app, or those that are asked for; what needs somebody first.",
        asks: &[
            WORDS,
            (
                "need",
                "broken, drifted, approval, held, paused, unclear, out-of-sync, moving or good.",
            ),
            (
                "sort",
                "need, name, sync, health or changed; with - before it the other way round.",
            ),
            ("rows", "How many on a page; all where it is not said."),
            PAGE,
        ],
        answer: || {
            object(
                &[
                    ("apps", array(refer("App"))),
                    ("total", count()),
                    ("pages", count()),
                ],
                &[],
            )
        },
        handler: || get(api::list),
    },
    Operation {
        path: "/api/v1/apps/{kind}/{namespace}/{name}",
        name: "getApp",
        summary: "Everything that is known of an app.",
        asks: &[],
        answer: || refer("AppDetail"),
        handler: || get(api::one),
    },
    Operation {
        path: "/api/v1/apps/{kind}/{namespace}/{name}/tree",
        name: "getTree",
        summary: "The objects of an app and what they have brought forth, owners first.",
        asks: &[
            WORDS,
            (
                "show",
                "all, or trouble for what is unhealthy or changed; as fits where it is not said.",
            ),
        ],
        answer: || refer("Tree"),
        handler: || get(tree::json),
    },
    Operation {
        path: "/api/v1/apps/{kind}/{namespace}/{name}/logs",
        name: "getLogs",
        summary: "The last lines that the Pods of an app wrote, oldest first.",
        asks: &[
            ("q", "Only lines that hold this, in any case."),
            (
                "of",
                "Only Pods that are, or belong to, an object whose name begins so.",
            ),
            ("container", "Only containers of this name."),
            (
                "tail",
                "How many lines of each container; 100 where it is not said.",
            ),
            ("previous", "on: of the containers before their last restart."),
        ],
        answer: || refer("Logs"),
        handler: || get(pods::json),
    },
    Operation {
        path: "/api/v1/apps/{kind}/{namespace}/{name}/events",
        name: "getEvents",
        summary: "What the cluster says of an app's objects, newest first.",
        asks: &[WORDS, ("type", "Warning: only these.")],
        answer: || {
            let fields = [
                ("events", array(refer("Event"))),
                ("total", count()),
                ("troubles", array(text())),
            ];
            object(&fields, &[])
        },
        handler: || get(events::json),
    },
    Operation {
        path: "/api/v1/audit",
        name: "listRecords",
        summary: "Records of the ledger, newest first.",
        asks: &[
            WORDS,
            (
                "unit",
                "Of this app: name, namespace/name or kind/namespace/name.",
            ),
            ("object", "That touched this object, as Deployment/web."),
            ("field", "That put this field right, or one in it."),
            (
                "actor",
                "Begun, or written in Git, by somebody whose name or address holds this.",
            ),
            ("commit", "That applied the commit whose id begins so."),
            ("cause", "push, drift, rollback, prune, takeover or manual."),
            ("outcome", "succeeded or failed."),
            (
                "since",
                "From this time on: RFC 3339, a date, or a length back from now as 2h.",
            ),
            ("until", "Up to this time, likewise."),
            ("rows", "How many on a page, at most 500."),
            ("cursor", "Where the page before ended, as it told."),
        ],
        answer: || {
            let fields = [
                ("records", array(refer("Record"))),
                ("next", json!({"type": ["string", "null"]})),
                ("total", count()),
            ];
            object(&fields, &[])
        },
        handler: || get(audit::json),
    },
    Operation {
        path: "/api/v1/audit/verify",
        name: "verifyLedger",
        summary: "Proves the ledger within a limited time.",
        asks: &[(
            "sources",
            "on: ask repositories whether the source commits are there.",
        )],
        answer: || refer("Proof"),
        handler: || get(audit::proof::json),
    },
    Operation {
        path: "/api/v1/audit/{record}",
        name: "getRecord",
        summary: "A record, and what it changed of what Git says.",
        asks: &[],
        answer: || refer("RecordDetail"),
        handler: || get(audit::record::json),
    },
    Operation {
        path: "/api/v1/time",
        name: "getPast",
        summary: "What the apps had rendered to at a moment: all apps, the objects of one, or what differs from another moment.",
        asks: &[
            (
                "at",
                "The moment: a time, a date, 2h, a record, a commit of the source, or now.",
            ),
            ("from", "Another moment to compare with."),
            ("unit", "Only this app."),
            WORDS,
            PAGE,
        ],
        answer: || refer("Past"),
        handler: || get(time::json),
    },
    Operation {
        path: "/api/v1/drift",
        name: "getDrift",
        summary: "Where and when the clusters were not as Git says in a day, and through whom.",
        asks: &[
            WORDS,
            ("by", "person, controller or unknown."),
            ("until", "The end of the day; now where it is not said."),
        ],
        answer: || object(&[("until", text()), ("units", array(refer("Drift")))], &[]),
        handler: || get(drift::json),
    },
    Operation {
        path: "/api/v1/policy",
        name: "getPolicies",
        summary: "How each app is kept.",
        asks: &[WORDS, ("is", "manual, no-heal, no-prune or suspended."), PAGE],
        answer: || {
            let fields = [
                ("units", array(refer("Policy"))),
                ("total", count()),
                ("pages", count()),
            ];
            object(&fields, &[])
        },
        handler: || get(policy::json),
    },
    Operation {
        path: "/api/v1/settings",
        name: "getSettings",
        summary: "What this Plumb is set to.",
        asks: &[],
        answer: || refer("Settings"),
        handler: || get(settings::json),
    },
    Operation {
        path: "/api/v1/openapi.json",
        name: "getDescription",
        summary: "This description.",
        asks: &[],
        answer: || json!({"type": "object"}),
        handler: || get(openapi::serve),
    },
];
