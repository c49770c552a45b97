//! The packs that one writer made: a list of its own, so that it joins nobody else's.
//!
//! Eight packs of like size become one, so that a million records are in a few dozen packs, each byte having been copied a
//! few times.
//!
//! **Invariant:** a pack that is in the list is whole and on disk; files of packs that are not are removed at the next open.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
};

use gix::{ObjectId as GitId, odb::pack::index::File as IndexFile};

use super::{
    journal::sync_folder,
    pack::{self, Index, Packed},
};

/// How many packs of like size become one.
const JOIN: usize = 8;
/// No pack is joined to be longer.
const LONGEST: u64 = 3 << 29;

/// The packs of one writer, oldest first.
pub(super) struct Packs {
    folder: PathBuf,
    list: PathBuf,
    /// Names of packs that may be left behind half made or half removed.
    doomed: PathBuf,
    packs: Vec<OwnPack>,
}

struct OwnPack {
    name: String,
    index: IndexFile,
    bytes: u64,
}

impl Packs {
    /// The packs in the list `list`, whose files are in `folder`. Leftovers of a killed writer are removed.
    pub(super) fn open(folder: &Path, list: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut packs = Self {
            folder: folder.to_owned(),
            list: list.to_owned(),
            doomed: list.with_extension("doomed"),
            packs: Vec::new(),
        };
        for name in read_names(list)? {
            // One that is not there was taken by `git gc`, which keeps its objects elsewhere.
            if let Ok(pack) = packs.load(&name) {
                packs.packs.push(pack);
            }
        }
        packs.bury()?;
        Ok(packs)
    }

    /// Whether an object is in one of them.
    pub(super) fn has(&self, id: GitId) -> bool {
        self.packs.iter().any(|pack| pack.index.lookup(id).is_some())
    }

    /// Adds a pack.
    pub(super) fn add(&mut self, packed: &Packed) -> io::Result<()> {
        let name = packed.index.name().to_string();
        self.doom(std::slice::from_ref(&name))?;
        write(&self.folder, packed)?;
        let pack = self.load(&name)?;
        self.packs.push(pack);
        self.save()?;
        self.bury()
    }

    /// Joins the newest packs, if there are many of like size.
    pub(super) fn join(&mut self) -> io::Result<()> {
        let Some(first) = self.due() else { return Ok(()) };
        let parts: Vec<pack::Part<'_>> = self.packs[first..]
            .iter()
            .map(|pack| pack::Part {
                pack: self.file(&pack.name, "pack"),
                index: &pack.index,
            })
            .collect();
        let mut names: Vec<String> = self.packs[first..].iter().map(|pack| pack.name.clone()).collect();
        // Its name is known when it is written; until then it has this one.
        let temporary = format!("{}-joined", names[0]);
        self.doom(std::slice::from_ref(&temporary))?;
        let mut out = BufWriter::new(File::create(self.file(&temporary, "tmp"))?);
        let joined = pack::join(&parts, &mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        let Some(index) = joined else {
            return self.bury();
        };
        let name = index.name().to_string();
        names.extend([temporary.clone(), name.clone()]);
        self.doom(&names)?;
        fs::rename(self.file(&temporary, "tmp"), self.file(&name, "tmp"))?;
        place(&self.folder, file, &name, &index)?;
        let pack = self.load(&name)?;
        self.packs.truncate(first);
        self.packs.push(pack);
        self.save()?;
        self.bury()
    }

    /// Where the packs to be joined begin.
    fn due(&self) -> Option<usize> {
        let level = |pack: &OwnPack| pack.index.num_objects().max(1).ilog(8);
        (0..u32::BITS / 3).find_map(|limit| {
            let mut bytes = 0;
            let run = self.packs.iter().rev().take_while(|pack| {
                bytes += pack.bytes;
                level(pack) <= limit && bytes <= LONGEST
            });
            let run = run.count();
            (run >= JOIN).then(|| self.packs.len() - run)
        })
    }

    fn load(&self, name: &str) -> io::Result<OwnPack> {
        let index = IndexFile::at(self.file(name, "idx"), gix::hash::Kind::Sha1).map_err(io::Error::other)?;
        Ok(OwnPack {
            name: name.to_owned(),
            index,
            bytes: fs::metadata(self.file(name, "pack"))?.len(),
        })
    }

    fn file(&self, name: &str, extension: &str) -> PathBuf {
        file(&self.folder, name, extension)
    }

    fn save(&self) -> io::Result<()> {
        let names: Vec<String> = self.packs.iter().map(|pack| pack.name.clone()).collect();
        write_names(&self.list, &names)
    }

    /// Notes that these packs go, unless they are in the list.
    fn doom(&self, names: &[String]) -> io::Result<()> {
        write_names(&self.doomed, names)
    }

    /// Removes the files of packs that are doomed and not in the list.
    fn bury(&self) -> io::Result<()> {
        for name in read_names(&self.doomed)? {
            if self.packs.iter().any(|pack| pack.name == name) {
                continue;
            }
            // The index first: without it Git does not look at the pack.
            for extension in ["idx", "pack", "tmp", "idx.tmp"] {
                match fs::remove_file(self.file(&name, extension)) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
        }
        match fs::remove_file(&self.doomed) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Writes a pack to the folder where Git looks for it.
pub(super) fn write(folder: &Path, packed: &Packed) -> io::Result<()> {
    let name = packed.index.name().to_string();
    let mut pack = File::create(file(folder, &name, "tmp"))?;
    pack.write_all(&packed.pack)?;
    place(folder, pack, &name, &packed.index)
}

/// Brings a pack whose temporary file is written to where Git looks for it.
fn place(folder: &Path, pack: File, name: &str, index: &Index) -> io::Result<()> {
    pack.sync_all()?;
    let temporary = file(folder, name, "idx.tmp");
    let mut out = File::create(&temporary)?;
    out.write_all(&index.encode())?;
    out.sync_all()?;
    fs::rename(file(folder, name, "tmp"), file(folder, name, "pack"))?;
    fs::rename(temporary, file(folder, name, "idx"))?;
    sync_folder(folder)
}

fn file(folder: &Path, name: &str, extension: &str) -> PathBuf {
    folder.join(format!("pack-{name}.{extension}"))
}

fn read_names(path: &Path) -> io::Result<Vec<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn write_names(path: &Path, names: &[String]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)?;
    let temporary = path.with_extension("tmp");
    let mut file = File::create(&temporary)?;
    for name in names {
        writeln!(file, "{name}")?;
    }
    file.sync_all()?;
    fs::rename(temporary, path)?;
    sync_folder(folder)
}
