//! Flux GitRepository and Kustomization to unit and back.
