//! The `helm` program.
//!
//! **Invariant:** what helm keeps for itself is below a folder that goes when it has run; charts that were pulled at a
//! whole version are kept, since that does not change.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, OnceLock},
};

use plumb_kustomize::{ChartFiles, ChartRequest, ChartSource, HostError};
use sha2::{Digest as _, Sha256};

use crate::{
    files::{self, failed},
    program::{self, Cancelled, Failed, Limits},
};

/// The `helm` program, and what it pulled.
#[derive(Clone, Debug)]
pub struct Helm {
    program: String,
    cache: PathBuf,
    limits: Limits,
    /// Whether it is a helm that we can talk to; asked once.
    version: Arc<OnceLock<Result<(), HostError>>>,
}

impl Helm {
    /// The program of that name or path; pulled charts are kept in the folder `cache`.
    #[must_use]
    pub fn new(program: impl Into<String>, cache: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            cache: cache.into(),
            limits: Limits::default(),
            version: Arc::default(),
        }
    }

    /// What one run may cost.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The files of a chart that is in a chart repository.
    ///
    /// # Errors
    /// When helm is not there, or cannot pull it.
    pub fn chart(&self, source: &ChartSource, cancelled: Cancelled<'_>) -> Result<ChartFiles, HostError> {
        let place = self.cache.join(key(source));
        if is_fixed(&source.version) && place.is_dir() {
            return files::read(&place);
        }
        self.check_version(cancelled)?;
        fs::create_dir_all(&self.cache).map_err(|error| failed(&self.cache, &error))?;
        let folder = tempfile::tempdir_in(&self.cache).map_err(|error| failed(&self.cache, &error))?;
        let target = folder.path().join("pulled");
        let mut words = vec!["pull".to_owned(), "--untar".to_owned(), "--untardir".to_owned()];
        words.push(target.to_string_lossy().into_owned());
        if source.repository.starts_with("oci://") {
            words.push(format!(
                "{}/{}",
                source.repository.trim_end_matches('/'),
                source.name
            ));
        } else {
            words.extend([
                "--repo".to_owned(),
                source.repository.clone(),
                source.name.clone(),
            ]);
        }
        if !source.version.is_empty() {
            words.extend(["--version".to_owned(), source.version.clone()]);
        }
        if source.devel {
            words.push("--devel".to_owned());
        }
        self.helm(folder.path(), &words, cancelled)?;
        let chart = target.join(base_name(&source.name));
        let files = files::read(&chart)?;
        if is_fixed(&source.version) && !place.exists() {
            // Another may have put it there meanwhile, which is as good.
            let _ = fs::rename(&chart, &place);
        }
        Ok(files)
    }

    /// What `helm template` makes of a chart.
    ///
    /// # Errors
    /// When helm is not there, or fails.
    pub fn inflate(&self, chart: &ChartRequest, cancelled: Cancelled<'_>) -> Result<String, HostError> {
        self.check_version(cancelled)?;
        let folder = temporary()?;
        let place = folder.path().join("charts").join(base_name(&chart.name));
        files::write(&place, &chart.files)?;
        let release = match chart.release.as_str() {
            "" => "--generate-name",
            release => release,
        };
        let mut words = vec![
            "template".to_owned(),
            release.to_owned(),
            place.to_string_lossy().into_owned(),
        ];
        words.extend(chart.arguments.iter().cloned());
        for (number, values) in chart.values.iter().enumerate() {
            let file = folder.path().join(format!("values-{number}.yaml"));
            fs::write(&file, values).map_err(|error| failed(&file, &error))?;
            words.extend(["-f".to_owned(), file.to_string_lossy().into_owned()]);
        }
        self.helm(folder.path(), &words, cancelled)
    }

    fn check_version(&self, cancelled: Cancelled<'_>) -> Result<(), HostError> {
        if let Some(known) = self.version.get() {
            return known.clone();
        }
        let folder = temporary()?;
        let words = ["version".to_owned(), "--short".to_owned()];
        let printed = self.helm(folder.path(), &words, cancelled)?;
        let verdict = verdict(&printed);
        self.version.get_or_init(|| verdict).clone()
    }

    /// Runs helm in `folder`, which holds all that it is to keep.
    fn helm(&self, folder: &Path, words: &[String], cancelled: Cancelled<'_>) -> Result<String, HostError> {
        let home = folder.join("helm");
        let mut command = Command::new(&self.program);
        command
            .args(words)
            .current_dir(folder)
            .env("HELM_CONFIG_HOME", &home)
            .env("HELM_CACHE_HOME", home.join(".cache"))
            .env("HELM_DATA_HOME", home.join(".data"));
        let printed = program::run(&mut command, Vec::new(), &self.limits, cancelled);
        let program = &self.program;
        printed.map(|printed| printed.output).map_err(|failed| {
            let why = match failed {
                Failed::NotFound => format!(
                    "unable to run: '{program}': there is no such program; install helm, or name it with --helm-command"
                ),
                Failed::Ended { status, notes } => {
                    format!("unable to run: '{program} {}': {status}: {notes}", words.join(" "))
                }
                Failed::Other(why) => format!("unable to run: '{program} {}': {why}", words.join(" ")),
            };
            // The folder is gone when this is read, and its name differs from run to run.
            HostError(why.replace(&format!("{}/", folder.display()), ""))
        })
    }
}

fn temporary() -> Result<tempfile::TempDir, HostError> {
    tempfile::Builder::new()
        .prefix("plumb-helm-")
        .tempdir()
        .map_err(|error| failed(&std::env::temp_dir(), &error))
}

/// What a helm that says this of its version is to us.
fn verdict(printed: &str) -> Result<(), HostError> {
    let numbers = printed
        .find(|c: char| c.is_ascii_digit())
        .map(|at| &printed[at..]);
    let version: String = numbers
        .unwrap_or_default()
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    match version.split_once('.') {
        None => Err(HostError(format!(
            "cannot find version string in {}",
            printed.trim()
        ))),
        Some(("3" | "4", _)) => Ok(()),
        Some(_) => Err(HostError(format!(
            "helm V3 or V4 is needed, but this is v{version}"
        ))),
    }
}

/// Whether a version is one and not a range of them.
fn is_fixed(version: &str) -> bool {
    semver::Version::parse(version.trim_start_matches('v')).is_ok()
}

/// The folder of a chart in the cache.
fn key(source: &ChartSource) -> String {
    let text =
        [&source.repository, &source.name, &source.version].map(|part| format!("{}:{part}", part.len()));
    let digest = Sha256::digest(text.concat());
    let mut key = String::new();
    for byte in &digest[..16] {
        // Writing to a String cannot fail.
        let _ = write!(key, "{byte:02x}");
    }
    key
}

/// The last part of a name with slashes, as the folder of a pulled chart is called.
fn base_name(name: &str) -> &str {
    match name.rsplit('/').next() {
        None | Some("" | "." | "..") => "chart",
        Some(base) => base,
    }
}

#[cfg(test)]
mod tests {
    use super::{base_name, is_fixed, key, verdict};
    use plumb_kustomize::ChartSource;

    #[test]
    fn versions_are_told() {
        for good in ["v3.19.0+gabc", "v4.0.0", "3.1.2\n"] {
            assert_eq!(verdict(good), Ok(()), "{good}");
        }
        assert!(verdict("Client: v2.17.0").is_err_and(|error| error.0.contains("but this is v2.17.0")));
        assert!(verdict("hello").is_err_and(|error| error.0.contains("cannot find version string")));
        assert!(is_fixed("1.2.3") && is_fixed("v1.2.3-rc.1"));
        assert!(!is_fixed("") && !is_fixed("^1.2") && !is_fixed("1.x"));
    }

    #[test]
    fn charts_do_not_share_a_place() {
        let source = |repository: &str, name: &str| ChartSource {
            name: name.into(),
            repository: repository.into(),
            ..ChartSource::default()
        };
        assert_ne!(key(&source("ab", "c")), key(&source("a", "bc")));
        assert_eq!(base_name("org/web"), "web");
        assert_eq!(base_name("org/.."), "chart");
    }
}
