//! What can go wrong between this program and a cluster, in words that say what to do next.
//!
//! **Invariant:** no variant carries a body, so no value of a Secret can get out this way; the words of the server
//! are withheld where they may quote one ([`crate::wire`]).

use std::time::Duration;

/// Why a cluster did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClusterError {
    /// Nothing says where the cluster is, or what says so is broken.
    #[error(
        "no way to a cluster: {why}; name a kubeconfig file and context, set KUBECONFIG, or run inside a cluster with \
         a service account"
    )]
    Config {
        /// What is missing or broken.
        why: String,
    },
    /// The server does not answer.
    #[error(
        "{doing}: {server} cannot be reached: {why}; nothing was changed by this call as far as known, check the \
             address, the network and the certificate, then try again"
    )]
    Unreachable {
        /// What was being done.
        doing: String,
        /// Which server.
        server: String,
        /// Why.
        why: String,
    },
    /// The server did not answer lately and is left alone for a moment.
    #[error(
        "{doing}: {server} did not answer the last calls ({why}); it is asked again in {} s, and other clusters do not wait \
         for it",
        left.as_secs_f32().ceil()
    )]
    Resting {
        /// What was being done.
        doing: String,
        /// Which server.
        server: String,
        /// What came of the last call.
        why: String,
        /// How long until it is asked again.
        left: Duration,
    },
    /// What opens another cluster cannot be used.
    #[error("the kubeconfig of cluster {cluster} cannot be used: {why}")]
    Kubeconfig {
        /// The cluster, as it is named.
        cluster: String,
        /// What is wrong with it, and what to do.
        why: String,
    },
    /// The server does not know us.
    #[error(
        "{doing}: the cluster does not accept the credentials: {message}; sign in again or renew the token"
    )]
    Unauthorized {
        /// What was being done.
        doing: String,
        /// The server's words.
        message: String,
    },
    /// The server knows us and says no, by its access rules or an admission rule.
    #[error(
        "{doing}: the cluster forbids it: {message}; grant the permission, or change what the rule objects to"
    )]
    Forbidden {
        /// What was being done.
        doing: String,
        /// The server's words.
        message: String,
    },
    /// It is not there.
    #[error("{doing}: not found: {message}")]
    NotFound {
        /// What was being done.
        doing: String,
        /// The server's words.
        message: String,
    },
    /// The server refuses the object as it is.
    #[error("{doing}: the cluster refuses it: {message}; correct the fields it names")]
    Invalid {
        /// What was being done.
        doing: String,
        /// The server's words.
        message: String,
    },
    /// It changed meanwhile, or is not the one that was meant.
    #[error("{doing}: somebody changed it at the same time: {message}; try again")]
    Conflict {
        /// What was being done.
        doing: String,
        /// The server's words.
        message: String,
    },
    /// It is there already.
    #[error("{doing}: it is there already: {message}")]
    AlreadyExists {
        /// What was being done.
        doing: String,
        /// The server's words.
        message: String,
    },
    /// The place in the history of events is too old; the list must be read again.
    #[error("{doing}: the server no longer knows that resource version: {message}; list again")]
    Expired {
        /// What was being done.
        doing: String,
        /// The server's words.
        message: String,
    },
    /// The server cannot do it now.
    #[error("{doing}: the server cannot do it now ({code}): {message}; try again later")]
    Busy {
        /// What was being done.
        doing: String,
        /// The HTTP status.
        code: u16,
        /// The server's words.
        message: String,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// It took too long.
    #[error("{doing}: no result within {} s; it may still happen, look again before repeating it", after.as_secs())]
    Timeout {
        /// What was being done.
        doing: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The cluster serves no such kind.
    #[error(
        "the cluster knows no kind {kind}: install the CustomResourceDefinition that brings it, or correct apiVersion \
         and kind"
    )]
    UnknownKind {
        /// As asked for.
        kind: String,
    },
    /// The answer makes no sense.
    #[error(
        "{doing}: the answer of the server cannot be understood: {why}; is this really a Kubernetes API server?"
    )]
    Answer {
        /// What was being done.
        doing: String,
        /// What is wrong with it.
        why: String,
    },
}

impl ClusterError {
    /// The object or the request itself is at fault: the same again would be refused again.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Invalid { .. } | Self::Forbidden { .. })
    }

    /// Nothing can be done with this cluster now, whatever the object.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::Config { .. }
                | Self::Kubeconfig { .. }
                | Self::Unreachable { .. }
                | Self::Resting { .. }
                | Self::Unauthorized { .. }
        )
    }
}
