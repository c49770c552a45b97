//! What differs from run to run and from cluster to cluster, though nothing differs: made the same.

use std::sync::LazyLock;

use regex::Regex;

/// Patterns in the order in which they are replaced.
const PATTERNS: [(&str, &str); 19] = [
    (
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "UID",
    ),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (
        r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}",
        "TIME",
    ),
    (r#"(resourceVersion"?: ?"?)\d+"#, "${1}VERSION"),
    (r"127\.0\.0\.1:\d+", "SERVER"),
    (r"\b10\.96\.\d+\.\d+", "SERVICE-ADDRESS"),
    (r"\b10\.244\.\d+\.\d+", "POD-ADDRESS"),
    (r"\b(3[0-2]\d{3})(/TCP|/UDP)\b", "NODE-PORT$2"),
    (r"(nodePort: |NodePort: .*)3[0-2]\d{3}", "${1}NODE-PORT"),
    (r"^(Created on: *).*", "${1}TIME"),
    (r"^(Resource Version: *)\d+", "${1}VERSION"),
    // What kwok calls containers and images is not what a kubelet would.
    (r"^((?:Container|Image) ID:).*", "$1 ID"),
    (r"^(imageID): .*", "$1: ID"),
    (r"containerd://\S+", "containerd://ID"),
    // Both hash templates, but not in the same way.
    (r"\b[bcdfghjklmnpqrstvwxz2456789]{7,10}\b", "HASH"),
    // Names that the server made up: of Pods, of a ReplicaSet or of none.
    (r"-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "-SUFFIX"),
    // Ages and durations.
    (r"(^|\s)(\d+d)?(\d+h)?(\d+m)?\d+(s|m|h|d)(\s|$)", "${1}AGE$6"),
    // Columns are as wide as what was replaced.
    (r"[ \t]{2,}", "  "),
    (r"-{4,}", "----"),
];

static REPLACEMENTS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    PATTERNS
        .iter()
        .map(|(pattern, with)| (Regex::new(pattern).expect("a pattern of ours"), *with))
        .collect()
});

/// The text with all that made the same.
pub(super) fn normal(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    for line in text.lines() {
        // Indentation is told apart, and is not touched.
        let indent = line.len() - line.trim_start().len();
        normal.push_str(&line[..indent]);
        let mut rest = line[indent..].trim_end().to_owned();
        for (pattern, with) in REPLACEMENTS.iter() {
            rest = pattern.replace_all(&rest, *with).into_owned();
        }
        normal.push_str(rest.trim_end());
        normal.push('\n');
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn what_is_made_up_is_made_the_same() {
        let line = "web-7887448d46-9t255   1/1     Running   0          2m3s   10.244.0.3";
        assert_eq!(
            normal(line),
            "web-HASH-SUFFIX  1/1  Running  0  AGE  POD-ADDRESS\n"
        );
        let line = "    uid: b667c70b-d8d7-4eb7-a4bb-49ca15e5151c";
        assert_eq!(normal(line), "    uid: UID\n");
        assert_eq!(
            normal("resourceVersion: \"12\""),
            "resourceVersion: \"VERSION\"\n"
        );
    }

    #[test]
    fn what_is_said_stays() {
        let line = "deployment.apps/web scaled to 3";
        assert_eq!(normal(line), format!("{line}\n"));
    }
}
