//! What is drift and what is not, on a server: the embedded one, or the one that `PLUMB_KUBECONFIG` names.
//!
//! A case of noise is a file in `tests/drift/noise`: what Git says, and what happens then that people are not to hear of. A
//! seeded drift is made by [`seeded`] out of the manifests in `tests/drift/base`.

mod case;
mod ground;
mod kept;
mod noise;
mod seeded;
mod take_over;
