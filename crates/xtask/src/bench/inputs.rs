//! Inputs for benchmarks, the same at every run: an app with two overlays, a monorepo of many, one large kustomization.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

const ENVIRONMENTS: [(&str, usize); 2] = [("staging", 2), ("production", 4)];

/// An app whose overlays have an inline JSON patch and a ConfigMap of literals.
pub(crate) fn one_app(folder: &Path) -> Result<()> {
    write(
        &folder.join("base/deployment.yaml"),
        &deployment("shop", "shop-settings"),
    )?;
    write(&folder.join("base/service.yaml"), &service("shop"))?;
    write(
        &folder.join("base/kustomization.yaml"),
        "resources:\n- deployment.yaml\n- service.yaml\n",
    )?;
    for (environment, replicas) in ENVIRONMENTS {
        let text = format!(
            "namespace: {environment}\nresources:\n- ../../base\nconfigMapGenerator:\n- name: shop-settings\n  literals:\n  - \
             STAGE={environment}\n  - VERBOSE=false\npatches:\n- target:\n    kind: Deployment\n  patch: |-\n    - op: replace\n      \
             path: /spec/replicas\n      value: {replicas}\n"
        );
        let file = folder.join(format!("overlays/{environment}/kustomization.yaml"));
        write(&file, &text)?;
    }
    Ok(())
}

/// `apps` apps of five resources and a generated ConfigMap, each with two overlays that patch it, set its image and label
/// it; and one root over all production overlays.
pub(crate) fn monorepo(folder: &Path, apps: usize) -> Result<()> {
    let mut everything = String::from("resources:\n");
    for number in 0..apps {
        let name = name(number);
        let app = folder.join("apps").join(&name);
        base(&app.join("base"), &name, number)?;
        for (environment, replicas) in ENVIRONMENTS {
            overlay(
                &app.join("overlays").join(environment),
                &name,
                (environment, replicas),
            )?;
        }
        everything.push_str(&format!("- ../apps/{name}/overlays/production\n"));
    }
    write(&folder.join("everything/kustomization.yaml"), &everything)
}

/// The overlays of [`monorepo`].
pub(crate) fn overlays(folder: &Path, apps: usize) -> Vec<PathBuf> {
    (0..apps)
        .flat_map(|number| {
            let app = folder.join("apps").join(name(number)).join("overlays");
            ENVIRONMENTS.map(|(environment, _)| app.join(environment))
        })
        .collect()
}

/// One kustomization of `count` resources in files of a hundred, with a prefix, labels and one patch.
pub(crate) fn large(folder: &Path, count: usize) -> Result<()> {
    let mut listed = String::new();
    for (file, first) in (0..count).step_by(100).enumerate() {
        let texts: Vec<String> = (first..count.min(first + 100))
            .map(|number| match number % 4 {
                0 => deployment(&name(number), &name(number + 3)),
                1 => service(&name(number)),
                2 => account(&name(number)),
                _ => config_map(&name(number)),
            })
            .collect();
        write(&folder.join(format!("part-{file:03}.yaml")), &texts.join("---\n"))?;
        listed.push_str(&format!("- part-{file:03}.yaml\n"));
    }
    let text = format!(
        "namePrefix: blue-\nlabels:\n- pairs:\n    team: core\n  includeSelectors: true\nresources:\n{listed}patches:\n- target:\n    \
         kind: Deployment\n  patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata:\n      name: any\n    spec:\n      \
         revisionHistoryLimit: 3\n"
    );
    write(&folder.join("kustomization.yaml"), &text)
}

fn base(folder: &Path, name: &str, number: usize) -> Result<()> {
    for (file, text) in [
        ("deployment.yaml", deployment(name, &format!("{name}-settings"))),
        ("service.yaml", service(name)),
        ("account.yaml", account(name)),
        ("ingress.yaml", ingress(name)),
        ("scaler.yaml", scaler(name)),
        (
            "settings.properties",
            format!("owner={name}\nthreads={}\ncolour=green\n", number % 9 + 1),
        ),
    ] {
        write(&folder.join(file), &text)?;
    }
    let text = format!(
        "resources:\n- deployment.yaml\n- service.yaml\n- account.yaml\n- ingress.yaml\n- scaler.yaml\nconfigMapGenerator:\n- name: \
         {name}-settings\n  files:\n  - settings.properties\nlabels:\n- pairs:\n    app.kubernetes.io/name: {name}\n  \
         includeTemplates: true\n"
    );
    write(&folder.join("kustomization.yaml"), &text)
}

fn overlay(folder: &Path, name: &str, (environment, replicas): (&str, usize)) -> Result<()> {
    let patch = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: {replicas}\n  template:\n    spec:\n      \
         containers:\n      - name: main\n        env:\n        - name: STAGE\n          value: {environment}\n"
    );
    write(&folder.join("size.yaml"), &patch)?;
    let text = format!(
        "namespace: {name}-{environment}\nresources:\n- ../../base\npatches:\n- path: size.yaml\n- target:\n    kind: Ingress\n  patch: \
         |-\n    - op: replace\n      path: /spec/rules/0/host\n      value: {name}.{environment}.example.org\nconfigMapGenerator:\n- name: \
         {name}-stage\n  literals:\n  - STAGE={environment}\nimages:\n- name: registry.example.org/shop/{name}\n  newTag: \
         v{replicas}.1.0\nlabels:\n- pairs:\n    stage: {environment}\n  includeSelectors: true\n"
    );
    write(&folder.join("kustomization.yaml"), &text)
}

fn name(number: usize) -> String {
    format!("service-{number:04}")
}

fn deployment(name: &str, settings: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  labels:\n    app: {name}\nspec:\n  replicas: 1\n  selector:\n    \
         matchLabels:\n      app: {name}\n  template:\n    metadata:\n      labels:\n        app: {name}\n    spec:\n      \
         serviceAccountName: {name}\n      containers:\n      - name: main\n        image: registry.example.org/shop/{name}:v0\n        \
         ports:\n        - name: web\n          containerPort: 8080\n        envFrom:\n        - configMapRef:\n            name: \
         {settings}\n        resources:\n          requests:\n            cpu: 50m\n            memory: 64Mi\n          limits:\n            \
         memory: 128Mi\n        livenessProbe:\n          httpGet:\n            path: /live\n            port: web\n"
    )
}

fn service(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  selector:\n    app: {name}\n  ports:\n  - name: web\n    port: \
         80\n    targetPort: web\n"
    )
}

fn account(name: &str) -> String {
    format!("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {name}\n")
}

fn config_map(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  owner: {name}\n  colour: green\n"
    )
}

fn ingress(name: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {name}\nspec:\n  rules:\n  - host: {name}.example.org\n    \
         http:\n      paths:\n      - path: /\n        pathType: Prefix\n        backend:\n          service:\n            name: {name}\n            \
         port:\n              name: web\n"
    )
}

fn scaler(name: &str) -> String {
    format!(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: {name}\nspec:\n  scaleTargetRef:\n    apiVersion: \
         apps/v1\n    kind: Deployment\n    name: {name}\n  minReplicas: 1\n  maxReplicas: 6\n"
    )
}

fn write(file: &Path, text: &str) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}
