//! Charts as files on disk.
//!
//! **Invariant:** nothing is read or written outside the folder of the chart.

use std::{
    fs,
    path::{Component, Path},
};

use bytes::Bytes;
use plumb_kustomize::{ChartFiles, HostError};

/// Most files of a chart.
const FILES: usize = 20_000;
/// Most bytes of a chart.
const BYTES: u64 = 256 << 20;
/// Deepest folder of a chart.
const DEPTH: usize = 32;

/// Writes `files` below `folder`.
pub(crate) fn write(folder: &Path, files: &ChartFiles) -> Result<(), HostError> {
    for (path, content) in files {
        let place = Path::new(path);
        let stays = place
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !stays || path.is_empty() {
            return Err(HostError(format!("{path:?} leads out of the chart")));
        }
        let place = folder.join(place);
        let parent = place.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| failed(parent, &error))?;
        fs::write(&place, content).map_err(|error| failed(&place, &error))?;
    }
    Ok(())
}

/// Reads what is below `folder`; links are left out.
pub(crate) fn read(folder: &Path) -> Result<ChartFiles, HostError> {
    let mut files = ChartFiles::new();
    let mut bytes = 0;
    let mut folders = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((at, below, depth)) = folders.pop() {
        if depth > DEPTH {
            return Err(HostError(format!(
                "the chart has more than {DEPTH} folders in each other"
            )));
        }
        for entry in fs::read_dir(&at).map_err(|error| failed(&at, &error))? {
            let entry = entry.map_err(|error| failed(&at, &error))?;
            let kind = entry.file_type().map_err(|error| failed(&at, &error))?;
            let Some(name) = entry.file_name().to_str().map(|name| format!("{below}{name}")) else {
                continue;
            };
            if kind.is_dir() {
                folders.push((entry.path(), format!("{name}/"), depth + 1));
            } else if kind.is_file() {
                bytes += entry.metadata().map_or(0, |metadata| metadata.len());
                if files.len() >= FILES || bytes > BYTES {
                    let limit = BYTES >> 20;
                    return Err(HostError(format!(
                        "the chart is over the limit of {FILES} files or {limit} MiB"
                    )));
                }
                let content = fs::read(entry.path()).map_err(|error| failed(&entry.path(), &error))?;
                files.push((name, Bytes::from(content)));
            }
        }
    }
    files.sort();
    Ok(files)
}

pub(crate) fn failed(path: &Path, error: &std::io::Error) -> HostError {
    HostError(format!("{}: {error}", path.display()))
}
