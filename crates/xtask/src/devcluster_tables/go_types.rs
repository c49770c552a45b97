//! Derives what Go makes of a JSON object of a built-in kind: which fields it can tell from absent ones, and their types.
//!
//! The types come from the sources of the Go modules `k8s.io/api`, `k8s.io/apimachinery` and `k8s.io/apiextensions-apiserver`.
//!
//! **Invariant:** names and types only, no text; only types that a served kind reaches are kept.
//! **Start at** [`run`].

use anyhow::{Context, Result, bail};
use flate2::{Compression, write::GzEncoder};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

const HEAD: &str = "# T type; .name, type, flags of each field: o omitempty, z omitzero\n\
    # types: s text, b truth, i32 and i64 and f64, y bytes, q quantity, t time, x int-or-string, r raw, d duration,\n\
    # =name:type one with a name, * pointer, [] list, % map, #type; K group version kind type\n";

type Types = BTreeMap<String, Declared>;
/// Name in JSON (empty: inline), Go type, flags.
type Field = (String, String, String);

#[derive(Debug, Clone)]
enum Declared {
    Struct(Vec<Field>),
    Named(String),
}

/// Reads the modules in `modules` (`$GOMODCACHE/k8s.io`) and the discovery in `from`; writes `go-types.txt.gz`.
pub(crate) fn run(from: &Path, modules: &Path, to: &Path) -> Result<()> {
    let discovery = super::read(&from.join("discovery.json.gz"))?;
    let mut types = Types::new();
    for (module, folder) in [
        ("api", ""),
        ("apimachinery", "pkg/apis"),
        ("apiextensions-apiserver", "pkg/apis"),
    ] {
        let root = newest(modules, module)?.join(folder);
        for path in sources(&root)? {
            let place = path
                .strip_prefix(&root)
                .unwrap_or(&path)
                .parent()
                .unwrap_or(Path::new(""));
            let parts: Vec<_> = place.iter().map(|part| part.to_string_lossy()).collect();
            let [group, version] = parts.as_slice() else {
                continue;
            };
            if version.starts_with('v') {
                parse(
                    &fs::read_to_string(&path)?,
                    &format!("{group}.{version}"),
                    &mut types,
                );
            }
        }
    }
    let mut out = HEAD.to_owned();
    let mut wanted = BTreeSet::new();
    for (group, version, kind) in super::kinds(&discovery) {
        let folder = match group.as_str() {
            "" => "core",
            group => group.split('.').next().unwrap_or_default(),
        };
        let name = format!("{folder}.{version}.{kind}");
        if types.contains_key(&name) {
            let _ = writeln!(out, "K{group}\t{version}\t{kind}\t{name}");
            wanted.insert(name);
        }
    }
    let mut done = BTreeSet::new();
    while let Some(name) = wanted.pop_first() {
        if !done.insert(name.clone()) {
            continue;
        }
        let Some(Declared::Struct(fields)) = types.get(&name) else {
            continue;
        };
        let _ = writeln!(out, "T{name}");
        for (field, ty, flags) in fields {
            let _ = writeln!(out, ".{field}\t{}\t{flags}", shown(ty, &types, &mut wanted));
        }
    }
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(out.as_bytes())?;
    let path = to.join("go-types.txt.gz");
    fs::write(&path, packed.finish()?).with_context(|| format!("write {}", path.display()))
}

fn newest(modules: &Path, name: &str) -> Result<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(modules).with_context(|| format!("list {}", modules.display()))? {
        let path = entry?.path();
        if path
            .file_name()
            .is_some_and(|file| file.to_string_lossy().starts_with(&format!("{name}@")))
        {
            found.push(path);
        }
    }
    found.sort();
    match found.pop() {
        Some(path) => Ok(path),
        None => bail!(
            "no module {name} in {}; go mod download gets it",
            modules.display()
        ),
    }
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if name.ends_with(".go") && !name.ends_with("_test.go") && !name.contains("generated") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn parse(text: &str, package: &str, types: &mut Types) {
    let mut imports = BTreeMap::new();
    let mut current: Option<(String, Vec<Field>)> = None;
    let mut comment = false;
    for line in text.lines().map(str::trim) {
        comment |= line.starts_with("/*");
        if comment {
            comment = !line.contains("*/");
            continue;
        }
        if line.starts_with("//") {
            continue;
        }
        if let Some((name, fields)) = &mut current {
            if line == "}" {
                types.insert(std::mem::take(name), Declared::Struct(std::mem::take(fields)));
                current = None;
            } else if let Some(field) = field(line, package, &imports) {
                fields.push(field);
            }
        } else if let Some(rest) = line.strip_prefix("type ") {
            let Some((name, ty)) = rest.split_once(' ') else {
                continue;
            };
            let full = format!("{package}.{name}");
            if ty.starts_with("struct") && ty.ends_with("{}") {
                types.insert(full, Declared::Struct(Vec::new()));
            } else if ty.starts_with("struct") {
                current = Some((full, Vec::new()));
            } else if !ty.starts_with("interface") && !ty.starts_with("func") {
                let ty = ty.split("//").next().unwrap_or_default().trim();
                types.insert(full, Declared::Named(go_type(ty, package, &imports)));
            }
        } else if let Some((alias, path)) = import(line) {
            imports.insert(alias, path);
        }
    }
}

/// A line of an import block: the name it goes by, and the package as `group.version`.
fn import(line: &str) -> Option<(String, String)> {
    let line = line.strip_prefix("import ").unwrap_or(line);
    let (alias, path) = line.split_once('"')?;
    let path = path.strip_suffix('"')?;
    let parts: Vec<&str> = path.rsplit('/').collect();
    let [last, before, ..] = parts.as_slice() else {
        return None;
    };
    let alias = match alias.trim() {
        "" => last,
        alias => alias,
    };
    Some((alias.to_owned(), format!("{before}.{last}")))
}

fn field(line: &str, package: &str, imports: &BTreeMap<String, String>) -> Option<Field> {
    let (left, tags) = line.split_once('`')?;
    let json = tags.split_once("json:\"")?.1.split('"').next()?;
    let mut parts = json.split(',');
    let name = parts.next()?.to_owned();
    let mut flags = String::new();
    for part in parts {
        match part {
            "omitempty" => flags.push('o'),
            "omitzero" => flags.push('z'),
            _ => {}
        }
    }
    if name == "-" {
        return None;
    }
    let ty = left.split_whitespace().last()?;
    Some((name, go_type(ty, package, imports), flags))
}

/// A Go type with its names made whole.
fn go_type(text: &str, package: &str, imports: &BTreeMap<String, String>) -> String {
    if let Some(rest) = text.strip_prefix('*') {
        return format!("*{}", go_type(rest, package, imports));
    }
    if text == "[]byte" {
        return "y".to_owned();
    }
    if let Some(rest) = text.strip_prefix("[]") {
        return format!("[]{}", go_type(rest, package, imports));
    }
    if let Some(rest) = text.strip_prefix("map[")
        && let Some((_, value)) = rest.split_once(']')
    {
        return format!("%{}", go_type(value, package, imports));
    }
    match text {
        "string" => "s",
        "bool" => "b",
        "int32" | "int" => "i32",
        "int64" => "i64",
        "float64" => "f64",
        "uint8" | "byte" => "i32",
        "interface{}" | "any" => "r",
        _ => {
            let (package, name) = match text.split_once('.') {
                Some((alias, name)) => (imports.get(alias).map_or(alias, String::as_str), name),
                None => (package, text),
            };
            return match (package, name) {
                ("api.resource", "Quantity") => "q".to_owned(),
                ("meta.v1", "Time" | "MicroTime") => "t".to_owned(),
                ("meta.v1", "Duration") => "d".to_owned(),
                ("util.intstr", "IntOrString") => "x".to_owned(),
                ("pkg.runtime", _) | ("meta.v1", "FieldsV1") => "r".to_owned(),
                ("pkg.types", name) => format!("=types.{name}:s"),
                ("apiextensions.v1", name) if name.starts_with("JSONSchemaPropsOr") || name == "JSON" => {
                    "r".to_owned()
                }
                (package, name) => format!("#{package}.{name}"),
            };
        }
    }
    .to_owned()
}

/// A type as it is written out; names of structs are noted.
fn shown(ty: &str, types: &Types, wanted: &mut BTreeSet<String>) -> String {
    for mark in ["*", "[]", "%"] {
        if let Some(rest) = ty.strip_prefix(mark) {
            return format!("{mark}{}", shown(rest, types, wanted));
        }
    }
    let Some(name) = ty.strip_prefix('#') else {
        return ty.to_owned();
    };
    match types.get(name) {
        Some(Declared::Struct(_)) => {
            wanted.insert(name.to_owned());
            ty.to_owned()
        }
        Some(Declared::Named(inner)) => {
            let package = name.rsplit('.').nth(1).unwrap_or_default();
            let short = name.rsplit('.').next().unwrap_or_default();
            format!("={package}.{short}:{}", shown(inner, types, wanted))
        }
        None => "r".to_owned(),
    }
}
