//! The trailers of a record: their names, and taking them out of a message.

/// The names.
pub(super) mod key {
    /// The version of the format.
    pub(in crate::record) const RECORD: &str = "Plumb-Record";
    pub(in crate::record) const SHARD: &str = "Shard";
    pub(in crate::record) const SEQUENCE: &str = "Sequence";
    pub(in crate::record) const CONTINUES: &str = "Continues";
    pub(in crate::record) const UNIT: &str = "Unit";
    pub(in crate::record) const CLUSTER: &str = "Cluster";
    pub(in crate::record) const CAUSE: &str = "Cause";
    pub(in crate::record) const OUTCOME: &str = "Outcome";
    pub(in crate::record) const REPOSITORY: &str = "Source-Repository";
    pub(in crate::record) const COMMIT: &str = "Source-Commit";
    pub(in crate::record) const REFERENCE: &str = "Source-Reference";
    pub(in crate::record) const AUTHOR: &str = "Source-Author";
    pub(in crate::record) const SUBJECT: &str = "Source-Subject";
    pub(in crate::record) const PULL_REQUEST: &str = "Pull-Request";
    pub(in crate::record) const APPROVED_BY: &str = "Approved-By";
    pub(in crate::record) const ACTOR: &str = "Actor";
    pub(in crate::record) const PLAN: &str = "Plan-Digest";
    pub(in crate::record) const STARTED: &str = "Started";
    pub(in crate::record) const FINISHED: &str = "Finished";
    pub(in crate::record) const MESSAGE: &str = "Message";
    pub(in crate::record) const RECOVERED: &str = "Recovered";
    pub(in crate::record) const OBJECT: &str = "Object";
    pub(in crate::record) const DRIFT: &str = "Drifted";
}

/// The trailers of a message, in order: its last paragraph.
pub(super) fn trailers(message: &str) -> impl Iterator<Item = Option<(&str, &str)>> {
    let message = message.trim_end_matches('\n');
    let start = message.rfind("\n\n").map_or(0, |at| at + 2);
    message[start..].split('\n').map(|line| line.split_once(": "))
}
