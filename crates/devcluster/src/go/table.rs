//! The types of built-in kinds in Go; the table is made by `cargo xtask devcluster-tables`, and explains itself.
//!
//! **Invariant:** the table is made by this repository and checked by tests, so a defect in it is a defect of the build.
//! **Start at** [`Table`].

use std::{collections::HashMap, fmt, io::Read as _, sync::OnceLock};

static PACKED: &[u8] = include_bytes!("../../data/go-types.txt.gz");
const SOUND: &str = "the committed table is well formed; a test reads all of it";

/// A type.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ty {
    String,
    Bool,
    Int32,
    Int64,
    Float,
    Bytes,
    Quantity,
    Time,
    Duration,
    IntOrString,
    Raw,
    Struct(String),
    Pointer(Box<Ty>),
    List(Box<Ty>),
    Map(Box<Ty>),
    /// One with a name of its own.
    Named(String, Box<Ty>),
}

/// A field of a struct.
#[derive(Debug)]
pub(super) struct Field {
    /// Empty for fields of a struct within, shown as if they were here.
    pub(super) name: String,
    pub(super) ty: Ty,
    pub(super) omit_empty: bool,
    pub(super) omit_zero: bool,
}

/// A struct.
#[derive(Debug)]
pub(super) struct Struct {
    name: String,
    pub(super) fields: Vec<Field>,
}

/// All structs.
#[derive(Debug)]
pub(super) struct Table {
    structs: HashMap<String, Struct>,
    /// By group, version and kind, with tabs between.
    kinds: HashMap<String, String>,
}

impl Table {
    /// The table that is compiled in.
    pub(super) fn builtin() -> &'static Self {
        static TABLE: OnceLock<Table> = OnceLock::new();
        TABLE.get_or_init(read)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Struct> {
        self.structs.get(name)
    }

    pub(super) fn kind(&self, (group, version, kind): (&str, &str, &str)) -> Option<&Struct> {
        self.get(self.kinds.get(&format!("{group}\t{version}\t{kind}"))?)
    }
}

impl Struct {
    /// Its name without its package.
    pub(super) fn short(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }
}

impl Ty {
    /// The type without a name.
    pub(super) fn bare(&self) -> &Self {
        match self {
            Self::Named(_, inner) => inner.bare(),
            other => other,
        }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String | Self::Quantity | Self::Time | Self::Duration => f.write_str("string"),
            Self::Bool => f.write_str("bool"),
            Self::Int32 | Self::IntOrString => f.write_str("int32"),
            Self::Int64 => f.write_str("int64"),
            Self::Float => f.write_str("float64"),
            Self::Bytes => f.write_str("[]uint8"),
            Self::Raw => f.write_str("interface {}"),
            // Go says the last part of the package: `v1.PodSpec`.
            Self::Struct(name) => f.write_str(name.split_once('.').map_or(name, |(_, rest)| rest)),
            Self::Pointer(inner) => write!(f, "*{inner}"),
            Self::List(inner) => write!(f, "[]{}", within(inner)),
            // The one map of amounts has a name of its own.
            Self::Map(inner) if **inner == Self::Quantity => f.write_str("v1.ResourceList"),
            Self::Map(inner) => write!(f, "map[string]{}", within(inner)),
            Self::Named(name, _) => f.write_str(name),
        }
    }
}

/// Types that are read by methods of their own have their names only within others.
fn within(ty: &Ty) -> String {
    match ty {
        Ty::Quantity => "resource.Quantity".to_owned(),
        Ty::Time => "v1.Time".to_owned(),
        Ty::IntOrString => "intstr.IntOrString".to_owned(),
        other => other.to_string(),
    }
}

fn read() -> Table {
    let mut text = String::new();
    flate2::read::GzDecoder::new(PACKED)
        .read_to_string(&mut text)
        .expect(SOUND);
    let mut table = Table {
        structs: HashMap::new(),
        kinds: HashMap::new(),
    };
    let mut current = String::new();
    for line in text.lines() {
        let (tag, rest) = line.split_at(1);
        match tag {
            "K" => {
                let (kind, name) = rest.rsplit_once('\t').expect(SOUND);
                table.kinds.insert(kind.to_owned(), name.to_owned());
            }
            "T" => {
                current = rest.to_owned();
                let fields = Vec::new();
                table.structs.insert(
                    current.clone(),
                    Struct {
                        name: current.clone(),
                        fields,
                    },
                );
            }
            "." => {
                let mut parts = rest.split('\t');
                let mut next = || parts.next().expect(SOUND);
                let (name, shown, flags) = (next(), next(), next());
                let field = Field {
                    name: name.to_owned(),
                    ty: ty(shown),
                    omit_empty: flags.contains('o'),
                    omit_zero: flags.contains('z'),
                };
                table.structs.get_mut(&current).expect(SOUND).fields.push(field);
            }
            _ => {}
        }
    }
    table
}

fn ty(text: &str) -> Ty {
    if let Some(rest) = text.strip_prefix('*') {
        return Ty::Pointer(Box::new(ty(rest)));
    }
    if let Some(rest) = text.strip_prefix("[]") {
        return Ty::List(Box::new(ty(rest)));
    }
    if let Some(rest) = text.strip_prefix('%') {
        return Ty::Map(Box::new(ty(rest)));
    }
    if let Some(rest) = text.strip_prefix('#') {
        return Ty::Struct(rest.to_owned());
    }
    if let Some(rest) = text.strip_prefix('=') {
        let (name, inner) = rest.split_once(':').expect(SOUND);
        return Ty::Named(name.to_owned(), Box::new(ty(inner)));
    }
    match text {
        "s" => Ty::String,
        "b" => Ty::Bool,
        "i32" => Ty::Int32,
        "i64" => Ty::Int64,
        "f64" => Ty::Float,
        "y" => Ty::Bytes,
        "q" => Ty::Quantity,
        "t" => Ty::Time,
        "d" => Ty::Duration,
        "x" => Ty::IntOrString,
        _ => Ty::Raw,
    }
}
