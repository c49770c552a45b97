//! What users write to be evaluated: CEL, Lua health scripts, jq paths. One language is one file.
//!
//! **Invariant:** pure functions of a text and JSON. Whatever a text does, it ends: what is evaluated has limits of steps and of
//! memory, and reaches no file, clock, environment or network.
//! **Absent:** what the answers mean. Health is told in `health`, differences in `plan`, commits in `policy`.
//! **Start at** the language's own file.

pub mod cel;
pub mod jq;
pub mod lua;
