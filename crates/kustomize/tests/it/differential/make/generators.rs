//! `configMapGenerator:` and `secretGenerator:`.

use super::{
    super::yaml::{Y, list, map, raw, text},
    Maker, objects, scalars,
};

impl Maker {
    /// A generator; `existing` is the name of an object that it may merge into.
    pub(super) fn generator(&mut self, folder: &str, existing: Option<&str>, is_secret: bool) -> Y {
        let fresh = format!("gen{}", self.count());
        let mut generator = Y::Map(Vec::new());
        match existing {
            Some(name) => {
                generator.set("name", text(name));
                generator.set(
                    "behavior",
                    text(if self.risk(12) {
                        "create"
                    } else {
                        self.random.pick(&["merge", "merge", "replace"])
                    }),
                );
            }
            None => {
                let name = if self.risk(30) {
                    self.random.pick(&objects::NAMES).to_owned()
                } else {
                    fresh
                };
                generator.set("name", text(&name));
                if self.risk(12) {
                    generator.set(
                        "behavior",
                        raw(self.random.pick(&["create", "merge", "\"\"", "odd"])),
                    );
                }
            }
        }
        if self.risk(20) || existing.is_none() && self.random.chance(10) {
            generator.set("namespace", text(self.random.pick(&["one", "default"])));
        }
        if is_secret && self.random.chance(30) {
            generator.set(
                "type",
                text(self.random.pick(&["kubernetes.io/tls", "Opaque", "x/y"])),
            );
        }
        self.sources(folder, &mut generator);
        if self.random.chance(30) {
            generator.set("options", self.generator_options());
        }
        generator
    }

    fn sources(&mut self, folder: &str, generator: &mut Y) {
        if self.random.chance(70) {
            let literals = [
                "a=1",
                "b='quoted'",
                "c=\"double\"",
                "d=x=y",
                "e=",
                "f= spaced ",
                "g=$(VAR)",
                "h=line\\nbreak",
                "i=true",
                "k=caf\u{e9}",
            ];
            let count = 1 + self.random.below(3);
            let start = self.random.below(literals.len());
            let picked = (0..count).map(|index| {
                raw(super::super::yaml::quoted(
                    literals[(start + index) % literals.len()],
                ))
            });
            generator.set("literals", Y::List(picked.collect()));
        }
        if self.random.chance(30) {
            let name = format!("file{}.txt", self.count());
            let content = match self.random.below(6) {
                0 => String::new(),
                1 => "one line".to_owned(),
                2 => "a: 1\r\nb: 2\r\n".to_owned(),
                3 => "x".repeat(200),
                4 => "trailing \nlines\n\n".to_owned(),
                _ => "first\nsecond\n".to_owned(),
            };
            self.file(folder, &name, content);
            let source = if self.random.chance(40) {
                format!("key.txt={name}")
            } else {
                name
            };
            generator.set("files", list([text(&source)]));
        }
        if self.random.chance(20) {
            let name = format!("env{}.properties", self.count());
            let lines = "# comment\nENV_A=1\n\n  ENV_B = spaced\nENV_C='quoted'\nENV_D\nENV_E=x=y \n";
            self.file(folder, &name, lines.to_owned());
            let (key, value) = if self.random.chance(80) {
                ("envs", list([text(&name)]))
            } else {
                ("env", text(&name))
            };
            generator.set(key, value);
        }
    }

    pub(super) fn generator_options(&mut self) -> Y {
        let mut options = Y::Map(Vec::new());
        if self.random.chance(50) {
            options.set(
                "disableNameSuffixHash",
                raw(self.random.pick(&["true", "true", "false"])),
            );
        }
        if self.random.chance(30) {
            options.set("immutable", raw(self.random.pick(&["true", "false"])));
        }
        if self.random.chance(40) {
            options.set("labels", map([("made", scalars::label(&mut self.random))]));
        }
        if self.random.chance(40) {
            options.set(
                "annotations",
                map([("made-by", scalars::label(&mut self.random))]),
            );
        }
        options
    }
}
