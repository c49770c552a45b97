//! Tours: kubectl commands that must say the same on a real and on the embedded cluster.
use super::planes::Planes;
use anyhow::Result;
use plumb_testkit::scenario::Outcome;
use std::path::Path;
pub(super) fn run(_file: &Path, _plumb: &Path, _planes: &mut Planes) -> Result<Outcome> {
    Ok(Outcome::Skipped("not yet".into()))
}
