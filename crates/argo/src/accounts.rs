//! Whom a project lets its Applications write as, destination by destination.

use globset::Glob;
use plumb_model::ServiceAccount;
use serde_json::Value;

/// Where Argo CD's settings say that projects name service accounts.
const ENABLED: &str = "application.sync.impersonation.enabled";
/// What the name of a service account never has.
const FORBIDDEN: &[char] = &['!', '*', '[', ']', '{', '}', '\\', '/', ' '];

/// Why a project names nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// The project is not there.
    #[error("AppProject {namespace}/{name} is not there: create it, or correct spec.project")]
    NoProject {
        /// The project's namespace.
        namespace: String,
        /// The project's name.
        name: String,
    },
    /// No line of it fits.
    #[error(
        "AppProject {project}: none of spec.destinationServiceAccounts is about server {server} and namespace \
         {namespace:?}; add one, since {ENABLED} is on"
    )]
    NoMatch {
        /// The project.
        project: String,
        /// The destination's API server.
        server: String,
        /// The destination's namespace.
        namespace: String,
    },
    /// The line that fits is wrong.
    #[error("AppProject {project}: spec.destinationServiceAccounts[{index}].{field}: {why}")]
    Wrong {
        /// The project.
        project: String,
        /// Which line.
        index: usize,
        /// Which field of it.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// Whether the settings (ConfigMap `argocd-cm`) have Applications write as the service accounts that projects name.
#[must_use]
pub fn projects_name_accounts(settings: &Value) -> bool {
    settings["data"][ENABLED] == "true"
}

/// The service account that `project` names for a destination: that of the first line which fits.
///
/// # Errors
/// When no line fits, or the one that does is wrong.
pub fn project_account(
    project: &Value,
    server: &str,
    namespace: &str,
) -> Result<ServiceAccount, AccountError> {
    let name = || {
        project["metadata"]["name"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let lines = project["spec"]["destinationServiceAccounts"].as_array();
    for (index, line) in lines.into_iter().flatten().enumerate() {
        let wrong = |field: &'static str, why: String| AccountError::Wrong {
            project: name(),
            index,
            field,
            why,
        };
        let fits = |field: &'static str, value: &str| {
            let pattern = line[field].as_str().unwrap_or_default();
            let glob = Glob::new(pattern).map_err(|error| wrong(field, error.to_string()))?;
            Ok(glob.compile_matcher().is_match(value))
        };
        if !fits("server", server)? || !fits("namespace", namespace)? {
            continue;
        }
        let account = line["defaultServiceAccount"].as_str().unwrap_or_default();
        if account.is_empty() || account.contains(FORBIDDEN) {
            let why = format!("{account:?} is no service account: write its name, or namespace:name");
            return Err(wrong("defaultServiceAccount", why));
        }
        let (namespace, name) = account.split_once(':').unwrap_or((namespace, account));
        return Ok(ServiceAccount {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        });
    }
    Err(AccountError::NoMatch {
        project: name(),
        server: server.to_owned(),
        namespace: namespace.to_owned(),
    })
}
