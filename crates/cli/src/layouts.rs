//! The repositories that `plumb init` writes and the demo runs on: the guide's monorepo, and its three polyrepos.
//!
//! Each file is a text under `layouts/`, so that what people get can be read and tested as it is.
//! **Start at** [`monorepo`] and [`polyrepo`].

/// A file: its path in the repository, and its text.
pub type File = (String, String);

/// What differs between the environments of an app.
struct Environment {
    name: &'static str,
    replicas: u32,
    log_level: &'static str,
}

const ENVIRONMENTS: [Environment; 2] = [
    Environment {
        name: "staging",
        replicas: 2,
        log_level: "debug",
    },
    Environment {
        name: "production",
        replicas: 5,
        log_level: "info",
    },
];

/// The apps of the monorepo that lie as `apps/<name>/{base,staging,production}`, with the port each listens on.
const APPS: [(&str, u16); 2] = [("frontend", 3000), ("backend", 9000)];

const DEPLOYMENT: &str = include_str!("layouts/deployment.yaml");
const SERVICE: &str = include_str!("layouts/service.yaml");
const BASE: &str = include_str!("layouts/base.yaml");
const OVERLAY: &str = include_str!("layouts/overlay.yaml");
const APPLICATION: &str = include_str!("layouts/application.yaml");
const SOURCE: &str = include_str!("layouts/git-repository.yaml");
const KUSTOMIZATION: &str = include_str!("layouts/flux-kustomization.yaml");
const WORKFLOW: &str = include_str!("layouts/workflow.yaml");
const QUOTA: &str = include_str!("layouts/quota.yaml");
const NETWORK_POLICY: &str = include_str!("layouts/network-policy.yaml");
const MONOREPO_README: &str = include_str!("layouts/monorepo-readme.md");
const POLYREPO_README: &str = include_str!("layouts/polyrepo-readme.md");
const NAMESPACES: &str = include_str!("layouts/namespaces.yaml");

/// One repository for everything: `apps/`, `infrastructure/`, `config/`.
#[must_use]
pub fn monorepo(url: &str) -> Vec<File> {
    let mut files = vec![
        file("README.md", MONOREPO_README, &[]),
        file(
            ".github/workflows/deploy.yaml",
            WORKFLOW,
            &[("folder", "apps/my-app/overlays/production")],
        ),
    ];
    files.extend(app("apps/my-app", "overlays/", "myapp", 8080));
    for (name, port) in APPS {
        files.extend(app(&format!("apps/{name}"), "", name, port));
    }
    for (name, app, path) in applications() {
        let namespace = if name.ends_with("staging") {
            "staging"
        } else {
            "production"
        };
        let values = [
            ("name", &*name),
            ("url", url),
            ("path", &*path),
            ("namespace", namespace),
            ("app", app),
        ];
        files.push(file(&format!("config/argocd/{name}.yaml"), APPLICATION, &values));
    }
    files.extend(config(url));
    files.extend(reporting());
    files.extend(infrastructure());
    files
}

/// A repository for each: `app-frontend`, `app-backend` and `platform-infra`. `url` is what their URLs begin with.
#[must_use]
pub fn polyrepo(url: &str) -> Vec<(String, Vec<File>)> {
    let mut repositories = Vec::new();
    for (name, port) in APPS {
        let repository = format!("app-{name}");
        let mut files = vec![
            file("README.md", POLYREPO_README, &[("name", &repository)]),
            file(
                "src/README.md",
                include_str!("layouts/src-readme.md"),
                &[("name", name)],
            ),
            file(
                ".github/workflows/deploy.yaml",
                WORKFLOW,
                &[("folder", "manifests/overlays/production")],
            ),
        ];
        files.extend(app("manifests", "overlays/", name, port));
        repositories.push((repository, files));
    }
    let mut files = vec![
        file("README.md", POLYREPO_README, &[("name", "platform-infra")]),
        file(
            "terraform/README.md",
            include_str!("layouts/terraform-readme.md"),
            &[],
        ),
        file("manifests/namespaces.yaml", NAMESPACES, &[]),
        file(
            "manifests/kustomization.yaml",
            BASE,
            &[("resources", "- namespaces.yaml")],
        ),
    ];
    for (app, _) in APPS {
        for environment in ENVIRONMENTS {
            let name = format!("{app}-{}", environment.name);
            let values = [
                ("name", &*name),
                ("url", &*format!("{url}/app-{app}")),
                ("path", &*format!("manifests/overlays/{}", environment.name)),
                ("namespace", environment.name),
                ("app", app),
            ];
            files.push(file(&format!("config/argocd/{name}.yaml"), APPLICATION, &values));
        }
    }
    repositories.push(("platform-infra".to_owned(), files));
    repositories
}

/// Every Application of the monorepo: its name, its app, its folder.
fn applications() -> Vec<(String, &'static str, String)> {
    let mut found = vec![
        (
            "my-app".to_owned(),
            "myapp",
            "apps/my-app/overlays/production".to_owned(),
        ),
        (
            "my-app-staging".to_owned(),
            "myapp",
            "apps/my-app/overlays/staging".to_owned(),
        ),
    ];
    for (app, _) in APPS {
        for environment in ENVIRONMENTS {
            found.push((
                format!("{app}-{}", environment.name),
                app,
                format!("apps/{app}/{}", environment.name),
            ));
        }
    }
    found
}

fn app(folder: &str, overlays: &str, name: &str, port: u16) -> Vec<File> {
    let port = port.to_string();
    // The first app is the guide's own, whose overlays share one ConfigMap name; the others are told apart by name.
    let config = if name == "myapp" {
        "app-config".to_owned()
    } else {
        format!("{name}-config")
    };
    let mut files = vec![
        file(
            &format!("{folder}/base/deployment.yaml"),
            DEPLOYMENT,
            &[("name", name), ("port", &port)],
        ),
        file(
            &format!("{folder}/base/service.yaml"),
            SERVICE,
            &[("name", name), ("port", &port)],
        ),
        file(
            &format!("{folder}/base/kustomization.yaml"),
            BASE,
            &[("resources", "- deployment.yaml\n- service.yaml")],
        ),
    ];
    for environment in &ENVIRONMENTS {
        let values = [
            (
                "base",
                if overlays.is_empty() {
                    "../base"
                } else {
                    "../../base"
                },
            ),
            ("replicas", &*environment.replicas.to_string()),
            ("environment", environment.name),
            ("level", environment.log_level),
            ("config", &*config),
        ];
        files.push(file(
            &format!("{folder}/{overlays}{}/kustomization.yaml", environment.name),
            OVERLAY,
            &values,
        ));
    }
    files
}

fn config(url: &str) -> Vec<File> {
    vec![
        file(
            "config/argocd/infrastructure.yaml",
            include_str!("layouts/infrastructure.yaml"),
            &[("url", url)],
        ),
        file(
            "config/flux/namespace.yaml",
            include_str!("layouts/flux-namespace.yaml"),
            &[],
        ),
        file(
            "config/flux/reporting.yaml",
            &format!("{SOURCE}---\n{KUSTOMIZATION}"),
            &[
                ("name", "reporting"),
                ("url", url),
                ("path", "./deploy/production"),
            ],
        ),
        file(
            "config/sealed-secrets/README.md",
            include_str!("layouts/sealed-secrets-readme.md"),
            &[],
        ),
    ]
}

fn infrastructure() -> Vec<File> {
    vec![
        file("infrastructure/cluster/base/namespaces.yaml", NAMESPACES, &[]),
        file(
            "infrastructure/cluster/base/kustomization.yaml",
            BASE,
            &[("resources", "- namespaces.yaml")],
        ),
        file("infrastructure/cluster/addons/resource-quota.yaml", QUOTA, &[]),
        file(
            "infrastructure/cluster/addons/kustomization.yaml",
            BASE,
            &[(
                "resources",
                "- ../base\n- resource-quota.yaml\n- ../../networking",
            )],
        ),
        file(
            "infrastructure/networking/network-policy.yaml",
            NETWORK_POLICY,
            &[],
        ),
        file(
            "infrastructure/networking/kustomization.yaml",
            BASE,
            &[("resources", "- network-policy.yaml")],
        ),
    ]
}

fn reporting() -> Vec<File> {
    vec![
        file(
            "deploy/production/deployment.yaml",
            DEPLOYMENT,
            &[("name", "reporting"), ("port", "8080")],
        ),
        file(
            "deploy/production/service.yaml",
            SERVICE,
            &[("name", "reporting"), ("port", "8080")],
        ),
        file(
            "deploy/production/kustomization.yaml",
            include_str!("layouts/reporting.yaml"),
            &[],
        ),
        file(
            "deploy/production/namespace.yaml",
            include_str!("layouts/reporting-namespace.yaml"),
            &[],
        ),
    ]
}

/// A file whose `@name@` marks are filled in.
fn file(path: &str, text: &str, values: &[(&str, &str)]) -> File {
    let filled = values.iter().fold(text.to_owned(), |text, (name, value)| {
        // A value of several lines keeps the indentation of its mark, which all marks here have none of.
        text.replace(&format!("@{name}@"), value)
    });
    (path.to_owned(), filled)
}

#[cfg(test)]
mod tests;
