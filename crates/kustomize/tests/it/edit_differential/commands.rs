//! Random commands, most of which make sense. What may be chosen stands in one text, with bars between.

use super::random::Random;

/// A random command, as it stands after `kustomize`.
pub(crate) fn command(random: &mut Random) -> Vec<String> {
    let makers: &[fn(&mut Random) -> Vec<String>] = &[
        paths,
        paths,
        image,
        image,
        replicas,
        texts,
        pairs,
        pairs,
        pairs_removed,
        metadata_options,
        patch,
        patch,
        generator_added,
        generator_added,
        generator_set,
        generator_removed,
        fix,
        create,
    ];
    let mut words = makers[random.below(makers.len())](random);
    if random.one_in(60) {
        words.push(one(random, "--nope|-z|extra|--|--stack-trace|---|--=x"));
    }
    if words[0] != "create" {
        words.insert(0, "edit".to_owned());
    }
    words
}

/// One of the texts with bars between.
fn one(random: &mut Random, from: &str) -> String {
    let choices: Vec<&str> = from.split('|').collect();
    random.pick(&choices).to_owned()
}

/// The words of one of the texts.
fn words(random: &mut Random, from: &str) -> Vec<String> {
    one(random, from).split(' ').map(str::to_owned).collect()
}

fn some(random: &mut Random, from: &str, most: usize) -> Vec<String> {
    let many = if random.one_in(15) {
        0
    } else {
        1 + random.below(most)
    };
    (0..many).map(|_| one(random, from)).collect()
}

fn paths(random: &mut Random) -> Vec<String> {
    let mut argv = words(
        random,
        "add resource|add resource|add component|add generator|add transformer|add configuration|add base|\
         remove resource|remove resource|remove component|remove transformer",
    );
    let from = "a.yaml|b.yaml|cm.yaml|base|comp|*.yaml|nope.yaml|tr.yaml|gen.yaml|config.yaml|tr*.yaml|[ab].yaml|./a.yaml|\
                base/|sub/x.yaml|?.yaml|kustomization.yaml|../case/b.yaml|a.yaml,base|base,comp||[|/nowhere|..x/y|\
                [^a].yaml|.*|./*.yaml|b*/|*/*|base/./c.yaml|a\\.yaml|*|base/*";
    argv.extend(some(random, from, 3));
    if argv[1] == "resource" && argv[0] == "add" && random.one_in(6) {
        argv.push("--no-verify".into());
    }
    argv
}

fn image(random: &mut Random) -> Vec<String> {
    let mut argv = words(random, "set image");
    let from = "nginx:1.27|nginx=mirror/nginx:2|nginx@sha256:24a0c4b4|nginx=nginx:1@sha256:00|nginx|web=*:v2|web=*|db=*@*|\
                nginx=*:*@*|reg.io:5000/a/b:v1|reg.io:5000/a/b|b=reg.io:5000/a/b|localhost:5000/x=localhost:5000/y:1@sha256:ff|\
                nginx:|nginx=:v3|=x:1|nginx=|a=b=c|a=b=c:1|nginx:*|web:1.0|web:1e3|web:0644|web:yes|new/one:null|x@y@z|x:1:2|\
                @sha256:00|:v1||=|*:v1|a:'q'|nginx=x@*|a/b:c/d|web:2024-01-01|UPPER:Tag|/x:1|a//b:2";
    argv.extend(some(random, from, 3));
    argv
}

fn replicas(random: &mut Random) -> Vec<String> {
    let mut argv = words(random, "set replicas");
    let from = "web=3|app=0|db=-1|web=x|web|web=|=3|a=1=2|web=9223372036854775808|web=+2|web=007|web= 1|zz=12|web=1_000|web=0x1";
    argv.extend(some(random, from, 3));
    argv
}

fn texts(random: &mut Random) -> Vec<String> {
    let mut argv = words(random, "set namespace|set nameprefix|set namesuffix");
    let from =
        "shop|acme-|a b||yes|1|Ünïcode|x: y|#c|null|--|~|multi\nline|1.0|'q'|\ttab|trail |0x1F|.5|=|<<|😀";
    argv.extend(some(random, from, 1));
    if random.one_in(4) {
        argv.extend(words(random, "-- -acme"));
    }
    argv
}

fn pairs(random: &mut Random) -> Vec<String> {
    let mut argv = words(
        random,
        "add label|add label|add annotation|set label|set annotation|add label -f|add annotation --force|add label --force=1|\
         add label --without-selector|add label --without-selector --include-templates|add label --without-selector -f|\
         add label --include-templates|add annotation -fx|add annotation --force=maybe|set label --without-selector",
    );
    let from = "app:web|new:one|a:b|tier:\"2\"|note:x|url:http://x:1|only|:nokey|k:|yes:no|k:\"|k:\"\"|n:1|a.b/c:d|-k:v|sp ace:x|\
                k: v|team:y|z:w|/x:y|a/:b|9/a:b||k:multi\nline|app:web,b:c";
    // Of several complaints, the original makes one at random.
    let forced = argv
        .iter()
        .any(|word| word == "-f" || word.starts_with("--force"));
    let most = if forced || argv[0] == "set" { 3 } else { 1 };
    argv.extend(some(random, from, most));
    argv
}

fn pairs_removed(random: &mut Random) -> Vec<String> {
    let mut argv = words(
        random,
        "remove label|remove annotation|remove label -i|remove annotation --ignore-non-existence",
    );
    let most = if random.one_in(10) { 2 } else { 1 };
    argv.extend(some(
        random,
        "app|a|note|nope|app,tier|a,b|a,,b||note,nope|multi|app,app",
        most,
    ));
    argv
}

fn metadata_options(random: &mut Random) -> Vec<String> {
    let mut argv = words(random, "add buildmetadata|set buildmetadata|remove buildmetadata");
    let from = "originAnnotations|managedByLabel|transformerAnnotations|originAnnotations,managedByLabel|nope||\
                managedByLabel,managedByLabel";
    let most = if random.one_in(10) { 2 } else { 1 };
    argv.extend(some(random, from, most));
    argv
}

fn patch(random: &mut Random) -> Vec<String> {
    let mut argv = words(random, "add patch|add patch|remove patch");
    match random.below(6) {
        0 => argv.extend([
            "--patch".to_owned(),
            "- op: add\n  path: /x\n  value: y".to_owned(),
        ]),
        1 => {
            argv.push("--patch".to_owned());
            argv.push(one(
                random,
                "one line|| padded |k: v\n|a: b\n# c\n\n|\nfirst empty|tab\tx\ny: z|trailing \nx: 1",
            ));
        }
        2 => {}
        _ => argv.push(format!(
            "--path={}",
            one(random, "patch.yaml|json.yaml|other.yaml")
        )),
    }
    for flag in [
        "kind",
        "name",
        "group",
        "version",
        "namespace",
        "label-selector",
        "annotation-selector",
    ] {
        if random.one_in(5) {
            argv.push(format!("--{flag}"));
            argv.push(one(random, "Deployment|web|apps|a=b||yes"));
        }
    }
    argv
}

fn generator_added(random: &mut Random) -> Vec<String> {
    let mut argv = words(random, "add configmap|add configmap|add secret");
    argv.extend(some(random, "cm1|cm2|s1|new|", 1));
    match random.below(5) {
        0 => argv.push(format!("--from-env-file={}", one(random, "x.env|nope.env|base|f.txt"))),
        1 => {}
        2 => argv.push(format!(
            "--from-file={}",
            one(
                random,
                "f.txt|key=f.txt|*.txt|k=*.yaml|nope|a=b=c|f.txt,x.env|=f.txt|k=|base|\"f.txt\",x.env|a\"b|../case/f.txt"
            )
        )),
        _ => {
            for literal in some(random, "a=1|c=x y|d=|bad|=v|e=\"q\"|f=a=b|g=1,h=2|n=null", 2) {
                argv.extend(["--from-literal".to_owned(), literal]);
            }
        }
    }
    for (flag, values) in [
        ("namespace", "other|default|"),
        ("behavior", "merge|replace|create|nope|"),
        ("type", "kubernetes.io/tls|"),
    ] {
        if random.one_in(6) {
            argv.push(format!("--{flag}={}", one(random, values)));
        }
    }
    if random.one_in(6) {
        argv.push(one(
            random,
            "--disableNameSuffixHash|--disableNameSuffixHash=false",
        ));
    }
    argv
}

fn generator_set(random: &mut Random) -> Vec<String> {
    let mut argv = words(random, "set configmap|set configmap|set secret");
    argv.extend(some(random, "cm1|cm2|s1|nope", 1));
    if !random.one_in(3) {
        argv.push(format!(
            "--from-literal={}",
            one(random, "a=2|p=new|b=x|nope=1|bad|a=b=c")
        ));
    }
    for (flag, values) in [
        ("namespace", "other|default|"),
        ("new-namespace", "fresh|default"),
    ] {
        if random.one_in(3) {
            argv.push(format!("--{flag}={}", one(random, values)));
        }
    }
    argv
}

fn generator_removed(random: &mut Random) -> Vec<String> {
    let mut argv = words(random, "remove configmap|remove secret");
    let most = if random.one_in(10) { 2 } else { 1 };
    argv.extend(some(random, "cm1|cm2|s1|cm1,cm2|cm1,nope||s1,s1", most));
    if random.one_in(3) {
        argv.push(format!("--namespace={}", one(random, "other|default|")));
    }
    argv
}

fn fix(random: &mut Random) -> Vec<String> {
    words(random, "fix|fix --vars|fix --vars=false|fix extra")
}

fn create(random: &mut Random) -> Vec<String> {
    let mut argv = words(
        random,
        "create|create --autodetect|create --autodetect --recursive|create --recursive",
    );
    for (flag, values) in [
        (
            "resources",
            "a.yaml|a.yaml,b.yaml|*.yaml|nope|base|base,a.yaml,a.yaml|",
        ),
        ("namespace", "shop|"),
        ("nameprefix", "p-|1"),
        ("namesuffix", "-s"),
        ("labels", "a:b|a:b,c:\"d\"|:x|a|a:b,|"),
        ("annotations", "n:1,m:yes|x:y:z|:"),
    ] {
        if random.one_in(4) {
            argv.push(format!("--{flag}={}", one(random, values)));
        }
    }
    argv
}
