//! Decides what must change for a cluster to match a commit.
