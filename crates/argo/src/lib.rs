//! Argo CD Application to unit and back.
