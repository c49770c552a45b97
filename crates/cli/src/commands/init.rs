//! `plumb init`: a repository laid out as the guide has it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{ArgMatches, Args, FromArgMatches};

use crate::{
    Command, Context, Exit, Failure,
    layouts::{self, File},
};

/// The command.
pub(crate) const COMMAND: Command = Command {
    name: "init",
    clap: || {
        Arguments::augment_args(
            clap::Command::new("init")
                .about("Write the folders and files of a GitOps repository, ready to be deployed"),
        )
    },
    run: |context, matches| Box::pin(async move { run(&context, &matches) }),
};

#[derive(Args, Debug)]
struct Arguments {
    /// monorepo: one repository for everything; polyrepo: one for each app, and one for the platform
    #[arg(value_name = "LAYOUT", value_parser = ["monorepo", "polyrepo"])]
    layout: String,
    /// Folder to write to
    #[arg(default_value = ".", value_name = "DIR")]
    dir: PathBuf,
    /// URL that the repository will have (polyrepo: what the URLs of all begin with)
    #[arg(long, default_value = "https://github.com/org/repo", value_name = "URL")]
    url: String,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
}

fn run(context: &Context, matches: &ArgMatches) -> Result<Exit, Failure> {
    let arguments = Arguments::from_arg_matches(matches)?;
    let url = arguments.url.trim_end_matches('/');
    let files = if arguments.layout == "monorepo" {
        layouts::monorepo(url)
    } else {
        let inside = |(repository, files): (String, Vec<File>)| {
            files
                .into_iter()
                .map(move |(path, text)| (format!("{repository}/{path}"), text))
        };
        layouts::polyrepo(url).into_iter().flat_map(inside).collect()
    };
    write(&arguments.dir, &files, arguments.force)?;
    let output = &context.output;
    let dir = arguments.dir.display();
    output.line(format!(
        "{} files are written to {dir}. What to do next:",
        files.len()
    ));
    let git = if arguments.layout == "monorepo" {
        vec![format!(
            "cd {dir} && git init -b main && git add . && git commit -m 'Lay out the repository'"
        )]
    } else {
        vec![format!(
            "cd {dir} && for r in app-frontend app-backend platform-infra; do (cd $r && git init -b main && git add . \
             && git commit -m 'Lay out the repository'); done"
        )]
    };
    let (overlay, config) = match &*arguments.layout {
        "monorepo" => ("apps/my-app/overlays/production", "config/argocd"),
        _ => (
            "app-frontend/manifests/overlays/production",
            "platform-infra/config/argocd",
        ),
    };
    for step in git.into_iter().chain([
        format!("git remote add origin {url} && git push -u origin main   # in each repository"),
        format!("plumb build {overlay}"),
        "plumb crds --install".to_owned(),
        "kubectl create namespace argocd".to_owned(),
        format!("kubectl apply -f {config}"),
        "plumb controller   # unless Plumb or Argo CD runs in the cluster already".to_owned(),
    ]) {
        output.line(format!("  {step}"));
    }
    Ok(Exit::Success)
}

/// Writes all files, or none where one is there already.
fn write(dir: &Path, files: &[File], force: bool) -> anyhow::Result<()> {
    let there: Vec<&str> = files
        .iter()
        .map(|(path, _)| path.as_str())
        .filter(|path| dir.join(path).exists())
        .collect();
    if let (Some(first), false) = (there.first(), force) {
        let more = if there.len() > 1 {
            format!(" and {} more", there.len() - 1)
        } else {
            String::new()
        };
        anyhow::bail!(
            "{}{more} is there already; nothing was written: choose another folder, or say --force to write over it",
            dir.join(first).display()
        );
    }
    for (path, text) in files {
        let target = dir.join(path);
        let folder = target.parent().unwrap_or(dir);
        std::fs::create_dir_all(folder)
            .with_context(|| format!("folder {} cannot be made", folder.display()))?;
        std::fs::write(&target, text).with_context(|| format!("{} cannot be written", target.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
