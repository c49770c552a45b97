//! Repositories as mirrors: fetch, resolve and read trees from the object store.
