//! Starting the programs in their order, with their flags, and waiting until each does its part.
//!
//! **Start at** [`Start::all`].

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use super::{
    Access, Kubeconfig, NODE, Tools, USER,
    certificates::{self, Authority, Usage},
    kubeconfig, kubectl,
    process::Programs,
    tools,
};

/// May do everything without any role, and so can make the first; kubeadm names it so.
const SUPER_USER: &str = "kubernetes-super-admin";
/// How long the whole may take to be ready; it takes a few seconds where the machine is not busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// One attempt to start everything.
pub(super) struct Start<'a> {
    tools: &'a Tools,
    folder: &'a Path,
    authority: Authority,
    /// Of etcd's clients, of etcd's peers, and of kube-apiserver.
    ports: [u16; 3],
    token: String,
}

impl<'a> Start<'a> {
    pub(super) fn new(tools: &'a Tools, folder: &'a Path) -> Result<Self> {
        Ok(Self {
            tools,
            folder,
            authority: Authority::new(&folder.join("pki"))?,
            ports: free_ports()?,
            token: certificates::token()?,
        })
    }

    pub(super) fn all(&self, programs: &mut Programs) -> Result<Access> {
        let began = Instant::now();
        self.etcd(programs)?;
        self.apiserver(programs)?;
        let access = self.access(USER, Some(kubectl::ADMINISTRATORS))?;
        access.write(&kubeconfig(self.folder), USER)?;
        let admin = self.kubeconfig_for(SUPER_USER, Some("system:masters"))?;
        let admin = Kubeconfig::new(&self.tools.kubectl, admin);
        // They try again until the server answers, so that they need not wait for it.
        self.workers(programs)?;
        self.until(programs, began, "kube-apiserver is not ready", || {
            admin.output(&["get", "--raw", "/readyz"]).is_ok()
        })?;
        self.first_objects(&admin)?;
        if self.tools.moves() {
            self.kwok(programs, &admin)?;
            self.until(programs, began, "the node is not ready", || {
                let ready = r#"jsonpath={.status.conditions[?(@.type=="Ready")].status}"#;
                admin
                    .output(&["get", "node", NODE, "-o", ready])
                    .is_ok_and(|said| said == "True")
            })?;
            self.until(programs, began, "there is no ServiceAccount for Pods", || {
                admin
                    .output(&["get", "serviceaccount", "default", "-n", "default", "-o", "name"])
                    .is_ok()
            })?;
        }
        Ok(access)
    }

    fn etcd(&self, programs: &mut Programs) -> Result<()> {
        let [clients, peers, _] = self.ports.map(|port| format!("https://127.0.0.1:{port}"));
        let (certificate, key) = self.authority.issue("etcd", Usage::Server, None)?;
        let trusted = self.authority.path();
        let mut command = Command::new(&self.tools.etcd);
        command.args([
            "--name=plumb",
            "--unsafe-no-fsync",
            "--client-cert-auth",
            "--peer-client-cert-auth",
        ]);
        let flags = [
            ("data-dir", self.folder.join("etcd").display().to_string()),
            ("listen-client-urls", clients.clone()),
            ("advertise-client-urls", clients),
            ("listen-peer-urls", peers.clone()),
            ("initial-advertise-peer-urls", peers.clone()),
            ("initial-cluster", format!("plumb={peers}")),
            ("trusted-ca-file", trusted.display().to_string()),
            ("cert-file", certificate.display().to_string()),
            ("key-file", key.display().to_string()),
            ("peer-trusted-ca-file", trusted.display().to_string()),
            ("peer-cert-file", certificate.display().to_string()),
            ("peer-key-file", key.display().to_string()),
        ];
        programs.start("etcd", with(&mut command, &flags))
    }

    fn apiserver(&self, programs: &mut Programs) -> Result<()> {
        let (certificate, key) = self.authority.issue("kube-apiserver", Usage::Server, None)?;
        let (account_key, account_public) = self.authority.key_pair("service-account")?;
        let tokens = self.folder.join("pki/tokens.csv");
        let line = format!("{},{USER},{USER},\"{}\"\n", self.token, kubectl::ADMINISTRATORS);
        certificates::write_private(&tokens, &line)?;
        let [clients, _, port] = self.ports;
        let mut command = Command::new(&self.tools.kube_apiserver);
        command.args([
            "--bind-address=127.0.0.1",
            // Never reached: there is no proxy that would lead Pods to it.
            "--advertise-address=192.0.2.1",
            "--endpoint-reconciler-type=none",
            "--authorization-mode=RBAC",
            "--allow-privileged=true",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.96.0.0/16",
        ]);
        let text = |path: &Path| path.display().to_string();
        let flags = [
            ("secure-port", port.to_string()),
            ("cert-dir", text(&self.folder.join("pki"))),
            ("tls-cert-file", text(&certificate)),
            ("tls-private-key-file", text(&key)),
            ("client-ca-file", text(self.authority.path())),
            ("token-auth-file", text(&tokens)),
            ("etcd-servers", format!("https://127.0.0.1:{clients}")),
            ("etcd-cafile", text(self.authority.path())),
            ("etcd-certfile", text(&certificate)),
            ("etcd-keyfile", text(&key)),
            ("service-account-key-file", text(&account_public)),
            ("service-account-signing-key-file", text(&account_key)),
        ];
        programs.start("kube-apiserver", with(&mut command, &flags))
    }

    /// What moves workloads: the controllers and the scheduler.
    fn workers(&self, programs: &mut Programs) -> Result<()> {
        let text = |path: &Path| path.display().to_string();
        if let Some(program) = &self.tools.kube_controller_manager {
            let config = self.kubeconfig_for("system:kube-controller-manager", None)?;
            let mut command = Command::new(program);
            command.args([
                "--secure-port=0",
                "--leader-elect=false",
                "--use-service-account-credentials=true",
                "--kube-api-qps=500",
                "--kube-api-burst=1000",
                "--concurrent-namespace-syncs=20",
                // Nothing here can break a node; a busy machine must not look as if.
                "--node-monitor-grace-period=30m",
            ]);
            let flags = [
                ("kubeconfig", text(&config)),
                (
                    "service-account-private-key-file",
                    text(&self.folder.join("pki/service-account.key")),
                ),
                ("root-ca-file", text(self.authority.path())),
            ];
            programs.start("kube-controller-manager", with(&mut command, &flags))?;
        }
        if let Some(program) = &self.tools.kube_scheduler {
            let config = self.kubeconfig_for("system:kube-scheduler", None)?;
            let mut command = Command::new(program);
            command.args(["--secure-port=0", "--leader-elect=false"]);
            programs.start(
                "kube-scheduler",
                with(&mut command, &[("kubeconfig", text(&config))]),
            )?;
        }
        Ok(())
    }

    /// What takes the place of kubelets.
    fn kwok(&self, programs: &mut Programs, admin: &Kubeconfig) -> Result<()> {
        let Some(program) = &self.tools.kwok else {
            return Ok(());
        };
        // The folder goes before the sources do, so that a control plane outlives its checkout.
        let stages = self.folder.join("stages.yaml");
        fs::write(&stages, tools::STAGES)?;
        let mut command = Command::new(program);
        command.args([
            "--manage-all-nodes=true",
            "--node-lease-duration-seconds=600",
            "--node-ip=172.18.0.2",
            "--cidr=10.244.0.0/16",
        ]);
        let flags = [
            ("kubeconfig", admin.path.display().to_string()),
            ("config", stages.display().to_string()),
        ];
        programs.start("kwok", with(&mut command, &flags))
    }

    fn first_objects(&self, admin: &Kubeconfig) -> Result<()> {
        let mut objects = vec![kubectl::administrators()];
        if self.tools.moves() {
            objects.push(kubectl::node());
        }
        for object in objects {
            admin.create(&object)?;
        }
        Ok(())
    }

    fn access(&self, name: &str, group: Option<&str>) -> Result<Access> {
        let (certificate, key) = self.authority.issue(name, Usage::Client, group)?;
        Ok(Access {
            server: format!("https://127.0.0.1:{}", self.ports[2]),
            authority: fs::read_to_string(self.authority.path())?,
            certificate: fs::read_to_string(certificate)?,
            key: fs::read_to_string(key)?,
            token: self.token.clone(),
        })
    }

    /// A kubeconfig for a program of the control plane.
    fn kubeconfig_for(&self, name: &str, group: Option<&str>) -> Result<PathBuf> {
        let path = self.folder.join(format!("{}.kubeconfig", name.replace(':', "-")));
        self.access(name, group)?.write(&path, name)?;
        Ok(path)
    }

    fn until(
        &self,
        programs: &mut Programs,
        began: Instant,
        otherwise: &str,
        mut done: impl FnMut() -> bool,
    ) -> Result<()> {
        loop {
            if done() {
                return Ok(());
            }
            programs.must_run()?;
            if began.elapsed() > PATIENCE {
                bail!(
                    "{otherwise} after {} s; see the logs in {}",
                    PATIENCE.as_secs(),
                    self.folder.join("logs").display()
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn with<'a>(command: &'a mut Command, flags: &[(&str, String)]) -> &'a mut Command {
    command.args(flags.iter().map(|(name, value)| format!("--{name}={value}")))
}

/// Ports that nobody uses now.
fn free_ports() -> Result<[u16; 3]> {
    let listeners = [(); 3].map(|()| TcpListener::bind(("127.0.0.1", 0)));
    let mut ports = [0; 3];
    for (port, listener) in ports.iter_mut().zip(listeners) {
        *port = listener
            .and_then(|listener| listener.local_addr())
            .context("no free port on 127.0.0.1")?
            .port();
    }
    Ok(ports)
}
