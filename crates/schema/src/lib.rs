//! What Kubernetes kinds look like: merge keys, defaults, field sets and the merges built on them.
