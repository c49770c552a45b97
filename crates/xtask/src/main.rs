//! Developer tasks: what CI does, tidiness, tables made from recorded facts.
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "development only: a task has an environment and prints"
)]

mod bench;
mod bless;
mod chaos;
mod ci;
mod conformance;
mod control_plane;
mod devcluster_tables;
mod differential;
mod e2e_page;
mod instructions;
mod schema_table;
mod tidy;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Developer tasks")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Do what CI does: fmt, clippy, tidy, tests, docs, conformance where Go is installed, cargo deny where it is
    Ci,
    /// Measure the built program beside the ones it stands in for
    #[command(subcommand)]
    Bench(Bench),
    /// Run programs and print what they cost; `bench` calls it
    #[command(hide = true)]
    Measure {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Count instructions, and hold them against what they were
    Instructions,
    /// Kill the controller at every write, cut it off, lie to it: it must always end where Git is
    Chaos(chaos::Arguments),
    /// Start and end a real Kubernetes control plane on loopback, for tests
    #[command(subcommand)]
    ControlPlane(control_plane::Action),
    /// Run every scenario on a real control plane, and a tour of kubectl on it and on the embedded cluster
    Conformance(conformance::Arguments),
    /// Send the same random requests to a real API server and to the embedded cluster, and compare the answers
    Differential(differential::Arguments),
    /// Drive the page with a real browser: what people do, every page, what it costs
    E2ePage(e2e_page::Arguments),
    /// Check rows, headers, sizes and forbidden words
    Tidy,
    /// Make the goldens of kustomize build anew with the real program, which is on the path
    Bless,
    /// Make the table of kinds anew from what a kube-apiserver says of itself
    SchemaTable {
        /// Folder with the recorded OpenAPI documents
        #[arg(long)]
        from: PathBuf,
    },
    /// Make the dev cluster's tables anew from what a kube-apiserver says of itself
    DevclusterTables {
        /// Folder with the recorded discovery and table columns
        #[arg(long)]
        from: PathBuf,
        /// Folder `k8s.io` of the Go module cache, for the protobuf field numbers; left as they are without
        #[arg(long)]
        modules: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
enum Bench {
    /// CPU time and memory of builds beside the real kustomize
    Kustomize(bench::KustomizeArguments),
    /// Apps from nothing, commits, drift, idling and deletion on a real control plane
    Engine(bench::EngineArguments),
}

fn main() -> anyhow::Result<()> {
    let root = root();
    match Arguments::parse().task {
        Task::Ci => ci::run(&root),
        Task::Bench(Bench::Kustomize(arguments)) => bench::kustomize(&root, &arguments),
        Task::Bench(Bench::Engine(arguments)) => bench::engine(&root, &arguments),
        Task::Instructions => instructions::run(&root),
        Task::Measure { words } => bench::measure_child(&words),
        Task::Chaos(arguments) => chaos::run(&root, &arguments),
        Task::ControlPlane(action) => control_plane::run(&root, action),
        Task::Conformance(arguments) => conformance::run(&root, &arguments),
        Task::Differential(arguments) => differential::run(&root, &arguments),
        Task::E2ePage(arguments) => e2e_page::run(&root, &arguments),
        Task::Tidy => tidy::run(&root),
        Task::Bless => bless::run(&root),
        Task::SchemaTable { from } => schema_table::run(&from, &root.join("crates/schema/data/kinds.txt.gz")),
        Task::DevclusterTables { from, modules } => {
            let to = root.join("crates/devcluster/data");
            devcluster_tables::run(&from, &to)?;
            modules.map_or(Ok(()), |modules| {
                devcluster_tables::go_types::run(&from, &modules, &to)?;
                devcluster_tables::messages::run(&from, &modules, &to)
            })
        }
    }
}

/// The folder of the checkout.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}
