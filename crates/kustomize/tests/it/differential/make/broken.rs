//! Damage: what people get wrong.

use super::Maker;

impl Maker {
    /// Spoils one file.
    pub(super) fn spoil(&mut self) {
        let paths: Vec<String> = self.files.keys().cloned().collect();
        let path = paths[self.random.below(paths.len())].clone();
        if self.random.chance(12) {
            self.files.remove(&path);
            return;
        }
        let content = self.files.remove(&path).unwrap_or_default();
        let mut lines: Vec<String> = content.lines().map(str::to_owned).collect();
        if lines.is_empty() {
            return;
        }
        let at = self.random.below(lines.len());
        match self.random.below(9) {
            0 => {
                lines.remove(at);
            }
            1 => {
                let line = lines[at].clone();
                lines.insert(at, line);
            }
            2 => lines[at].insert(0, ' '),
            3 => lines[at] = self.with_odd_value(&lines[at]),
            4 => lines[at] = lines[at].replacen(':', "", 1),
            5 => lines[at] = lines[at].replacen(": ", ": [", 1),
            6 => lines.insert(
                at,
                self.random
                    .pick(&[
                        "unknown: field",
                        "\tx: y",
                        "- item",
                        "name: again",
                        "}",
                        "'",
                        "kind: Other",
                    ])
                    .to_owned(),
            ),
            7 => lines.truncate(at),
            _ => lines[at] = self.with_odd_key(&lines[at]),
        }
        self.files.insert(path, lines.join("\n") + "\n");
    }

    fn with_odd_value(&mut self, line: &str) -> String {
        let value = self.random.pick(&[
            "null", "[]", "{}", "5", "true", "\"\"", "[a, b]", "{a: b}", ".inf", "*nowhere", "&a x",
            "!!int x", "~", "1.5",
        ]);
        match line.split_once(':') {
            Some((key, _)) => format!("{key}: {value}"),
            None => line.to_owned(),
        }
    }

    fn with_odd_key(&mut self, line: &str) -> String {
        let rest = line.trim_start();
        let margin = &line[..line.len() - rest.len()];
        match rest.split_once(':') {
            Some((key, value)) => {
                let key = match self.random.below(5) {
                    0 => key.to_uppercase(),
                    1 => "5".to_owned(),
                    2 => "true".to_owned(),
                    3 => format!("{key}s"),
                    _ => "y".to_owned(),
                };
                format!("{margin}{key}:{value}")
            }
            None => line.to_owned(),
        }
    }
}
