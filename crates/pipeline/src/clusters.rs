//! Which cluster a unit goes to, and as whom.

use base64::prelude::{BASE64_STANDARD, Engine};
use plumb_argo::{AccountError, ClusterAccess};
use plumb_cluster::{Cluster, KubeconfigRules};
use plumb_model::{ActsAs, ClusterRef, GroupVersionKind, KubeconfigText, SecretRef, ServiceAccount, Unit};
use serde_json::Value;

use crate::{Line, PassError};

/// The keys of a Secret under which a kubeconfig is looked for where none is named.
const KUBECONFIG_KEYS: [&str; 2] = ["value", "value.yaml"];

/// The cluster that `unit` goes to, in which its objects are written as its service account.
///
/// # Errors
/// When nothing says how to reach it, or what does is wrong.
pub async fn cluster_of(line: &Line, unit: &Unit) -> Result<Cluster, PassError> {
    let name = &unit.destination.cluster;
    let cluster = match name {
        ClusterRef::Own => line.fleet.own().clone(),
        ClusterRef::Named(_) | ClusterRef::Server(_) => by_secret(line, name).await?,
        ClusterRef::Kubeconfig { secret, key } => {
            let text = kubeconfig(line, secret, key.as_deref()).await?;
            let rules = KubeconfigRules {
                programs: line.reach.kubeconfig_exec,
            };
            line.fleet.open(name, &text, rules).await?
        }
    };
    Ok(match account(line, unit, &cluster).await? {
        Some(account) => cluster.acting_as(&account)?,
        None => cluster,
    })
}

/// Whom the unit's objects are written as; `None` = Plumb itself.
async fn account(line: &Line, unit: &Unit, cluster: &Cluster) -> Result<Option<ServiceAccount>, PassError> {
    let (namespace, name) = match &unit.acts_as {
        ActsAs::Plumb => return Ok(None),
        ActsAs::Account(account) => return Ok(Some(account.clone())),
        ActsAs::Project { namespace, name } => (namespace, name),
    };
    let settings = line.settings(namespace).await?;
    if !settings.first().is_some_and(plumb_argo::projects_name_accounts) {
        return Ok(None);
    }
    let kind = GroupVersionKind::new(
        plumb_argo::GROUP,
        plumb_argo::VERSIONS[0],
        plumb_argo::PROJECT_KIND,
    );
    let project = line.kept.get(line.own(), kind, (namespace, name)).await?;
    let project = project.first().ok_or_else(|| AccountError::NoProject {
        namespace: namespace.clone(),
        name: name.clone(),
    })?;
    let server = if cluster.server() == line.own().server() {
        plumb_argo::OWN_SERVER
    } else {
        cluster.server()
    };
    let destination = unit
        .destination
        .namespace
        .as_deref()
        .unwrap_or(&unit.id.namespace);
    Ok(Some(plumb_argo::project_account(project, server, destination)?))
}

async fn by_secret(line: &Line, name: &ClusterRef) -> Result<Cluster, PassError> {
    let kind = GroupVersionKind::new("", "v1", "Secret");
    let namespace = plumb_argo::CONTROL_NAMESPACE;
    let place = (namespace, plumb_argo::SECRET_TYPE_LABEL);
    let secrets = line.kept.list(line.fleet.own(), kind, place).await?;
    match plumb_argo::cluster_access(&secrets, namespace, name)? {
        ClusterAccess::Own => Ok(line.fleet.alias(name)),
        ClusterAccess::Kubeconfig(text) => {
            // Whoever writes these Secrets runs Argo CD, and may say how to sign in.
            let rules = KubeconfigRules { programs: true };
            Ok(line.fleet.open(name, &text, rules).await?)
        }
    }
}

async fn kubeconfig(line: &Line, secret: &SecretRef, key: Option<&str>) -> Result<KubeconfigText, PassError> {
    let failed = |why: String| PassError::Kubeconfig {
        namespace: secret.namespace.clone(),
        name: secret.name.clone(),
        why,
    };
    let found = line.kept.secret(line.fleet.own(), secret).await?;
    let found = found
        .first()
        .ok_or_else(|| failed("there is no such Secret: create it, or correct kubeConfig".to_owned()))?;
    let value = |key: &str| found["data"].get(key).and_then(Value::as_str);
    let text = match key {
        Some(key) => value(key).ok_or_else(|| failed(format!("it has no key {key:?}")))?,
        None => KUBECONFIG_KEYS
            .iter()
            .find_map(|key| value(key))
            .ok_or_else(|| failed(format!("it has none of the keys {}", KUBECONFIG_KEYS.join(", "))))?,
    };
    let bytes = BASE64_STANDARD.decode(text).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map(KubeconfigText::new)
        .ok_or_else(|| failed("the kubeconfig in it is not text in base64".to_owned()))
}
