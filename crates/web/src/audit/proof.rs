//! Proving the ledger at the push of a button.
//!
//! **Invariant:** one proof at a time, and each ends in time; what there was no time for is said, never called good.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json,
    extract::{Query, State},
    response::Html,
};
use maud::{Markup, html};
use plumb_history::{Report, VerifyOptions, Witness};
use plumb_pipeline::Sources;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::{
    controls::scrolling,
    fault::{ApiFault, Fault},
    gate, layout,
    nav::Place,
    outside::Outside,
    recorded,
    site::Site,
    words::Word,
};

/// How long a proof may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// So many findings are shown.
const FINDINGS: usize = 200;

/// The one proof that may be under way.
static TURN: Semaphore = Semaphore::const_new(1);

/// What else is to be proven.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// That the source commits are where the records say.
    sources: Option<String>,
}

struct Proof {
    report: Report,
    silent: BTreeSet<String>,
    took: Duration,
    asked_sources: bool,
}

/// The page.
pub(crate) async fn show(
    State(site): State<Arc<Site>>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Fault> {
    let proof = prove(&site, &asked).await?;
    let report = &proof.report;
    let body = html! {
        nav.trail aria-label="Where you are" { a href="/audit" { "Audit" } " / " span aria-current="page" { "Verify" } }
        div.head { h1 { "Is the ledger as it was written?" } p.states { (verdict(report).badge()) } }
        (said(&proof))
        dl.facts {
            div { dt { "Records looked at" } dd { (report.records) } }
            div { dt { "Objects of Git looked at" } dd { (report.objects) } }
            @if proof.asked_sources { div { dt { "With a known source commit" } dd { (report.witnessed) } } }
            div { dt { "Time" } dd { (proof.took.as_millis()) " ms" } }
        }
        @for why in &proof.silent {
            p.banner.warn { "Source commits are not proven there: " (Outside(why)) }
        }
        (findings(report))
        form.actions method="get" action="/audit/verify" {
            button.main type="submit" { "Verify again" }
            label.check { input type="checkbox" name="sources" value="on" checked[proof.asked_sources]; " Ask repositories for source commits" }
            a.button href="/audit" { "Back" }
        }
        p.sub { "Signatures are proven with " code { "plumb audit verify --allowed-signers FILE" } ", which also has no time limit." }
    };
    Ok(Html(
        layout::at(Some(Place::Audit), "Verify", None, &body).into_string(),
    ))
}

/// The same for programs: `GET /api/v1/audit/verify`.
pub(crate) async fn json(
    State(site): State<Arc<Site>>,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, ApiFault> {
    let proof = prove(&site, &asked).await?;
    let report = proof.report;
    let findings = report.findings.iter().map(|finding| {
        json!({
            "shard": finding.shard.as_str(), "sequence": finding.sequence.0, "kind": finding.kind.word(),
            "record": finding.record.map(|id| id.to_string()), "why": finding.why,
        })
    });
    Ok(Json(json!({
        "good": report.is_good() && report.left == 0,
        "records": report.records, "objects": report.objects, "left": report.left, "witnessed": report.witnessed,
        "findings": findings.collect::<Vec<_>>(), "unreachable": proof.silent,
    })))
}

async fn prove(site: &Site, asked: &Asked) -> Result<Proof, Fault> {
    // What is wrong with a record tells of apps that not everybody may see.
    if !gate::sight().is_everything() {
        return Err(Fault::forbidden(
            "list",
            "applications and kustomizations in all namespaces",
        ));
    }
    let Ok(turn) = TURN.try_acquire() else {
        return Err(Fault::conflict(
            "The ledger is being verified already, and that is done once at a time. Try again in a moment.",
        ));
    };
    let sources = asked
        .sources
        .is_some()
        .then(|| Sources::of(site.line.repositories.clone()));
    let asked_sources = sources.is_some();
    let began = Instant::now();
    let (report, silent) = recorded::ask(site, move |ledger| {
        // Given back when the proof is over, not when the one who asked has gone.
        let _turn = turn;
        let options = VerifyOptions {
            witness: sources.as_ref().map(|sources| sources as &dyn Witness),
            until: Some(began + PATIENCE),
            ..VerifyOptions::default()
        };
        let report = ledger.verify(&options)?;
        Ok((report, sources.map(Sources::silent).unwrap_or_default()))
    })
    .await?;
    Ok(Proof {
        report,
        silent,
        took: began.elapsed(),
        asked_sources,
    })
}

fn verdict(report: &Report) -> Word {
    match (report.is_good(), report.left) {
        (false, _) => Word::new("Something is wrong", "✕", "bad"),
        (true, 0) => Word::new("It is", "✓", "good"),
        (true, _) => Word::new("So far it is", "◐", "warn"),
    }
}

fn said(proof: &Proof) -> Markup {
    let report = &proof.report;
    html! {
        @if !report.is_good() {
            p.banner.bad role="alert" {
                (report.findings.len()) " things are wrong. Restore the ledger from a copy, and find out who wrote to it."
            }
        }
        @if report.left > 0 {
            p.banner.warn {
                "The time was over before " (report.left) " records were looked at: nothing is known of these. "
                "plumb audit verify looks at all of them."
            }
        } @else if report.is_good() && report.records == 0 {
            p.notice { "The ledger is empty: nothing was recorded yet." }
        } @else if report.is_good() {
            p.notice role="status" {
                "Every record and every object is what its id says, and none is missing in between."
            }
        }
    }
}

fn findings(report: &Report) -> Markup {
    let table = html! {
        table {
            thead { tr { th scope="col" { "Record" } th scope="col" { "What" } th scope="col" { "Why" } } }
            tbody { @for finding in report.findings.iter().take(FINDINGS) { tr {
                th scope="row" { (Outside(finding.shard.as_str())) " " (finding.sequence) }
                td { (finding.kind.word()) }
                td { (Outside(&finding.why)) }
            } } }
        }
    };
    html! {
        @if !report.findings.is_empty() {
            section aria-labelledby="findings" {
                h2 #findings { "What is wrong " span.count { (report.findings.len()) } }
                (scrolling("findings", &table))
                @if report.findings.len() > FINDINGS { p.empty { "Showing the first " (FINDINGS) "." } }
            }
        }
    }
}
