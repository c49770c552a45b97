//! Functions with a host that answers from memory.

use std::cell::RefCell;

use plumb_model::{MemoryTree, ReadLimits, Reader, TreePath};

use crate::{Build, ExecFunction, FunctionOutput, Host, HostError, Options};

type Answer = Box<dyn Fn(&str) -> Result<String, HostError>>;

struct Programs {
    asked: RefCell<Vec<(ExecFunction, String)>>,
    answer: Answer,
}

impl Programs {
    fn new(answer: impl Fn(&str) -> Result<String, HostError> + 'static) -> Self {
        Self {
            asked: RefCell::default(),
            answer: Box::new(answer),
        }
    }
}

impl Host for Programs {
    fn run(&self, function: &ExecFunction, input: &str) -> Result<FunctionOutput, HostError> {
        self.asked.borrow_mut().push((function.clone(), input.to_owned()));
        Ok(FunctionOutput {
            text: (self.answer)(input)?,
            notes: String::new(),
        })
    }
}

const FUNCTION: &str = "apiVersion: example.com/v1\nkind: Tag\nmetadata:\n  name: tag\n  annotations:\n    \
                        config.kubernetes.io/function: |\n      exec:\n        path: ./f.sh\n        args: [a, \"b c\"]\n        \
                        envs: [X=1, Y=0]\nvalue: 3\n";
const OBJECTS: &str = include_str!("objects.yaml");

fn build(host: &Programs, field: &str, function: &str) -> Result<String, String> {
    let tree = MemoryTree::new()
        .with(
            "app/kustomization.yaml",
            format!("resources: [o.yaml]\n{field}: [f.yaml]\n"),
        )
        .with("app/o.yaml", OBJECTS)
        .with("app/f.yaml", function.to_owned());
    let reader = Reader::new(&tree, ReadLimits::default());
    let options = Options {
        enable_plugins: true,
        enable_exec: true,
        environment: vec!["Y=2".into(), "Z".into()],
        ..Options::default()
    };
    let built = Build::new(&reader, &options)
        .with_host(host)
        .folder(&TreePath::root().child("app"));
    built
        .map(|built| built.to_yaml())
        .map_err(|error| error.to_string())
}

#[test]
fn the_input_is_the_originals() {
    let host = Programs::new(|input| Ok(input.replace("b: \"1\"", "b: \"2\"")));
    let built = build(&host, "transformers", FUNCTION).expect("it builds");
    assert!(built.contains("b: \"2\"") && !built.contains("index"), "{built}");
    let (function, input) = host.asked.take().remove(0);
    assert_eq!(function.path, "./f.sh");
    assert_eq!(function.arguments, ["a", "b c"]);
    assert_eq!(function.environment, ["X=1", "Y=2"]);
    assert_eq!(function.folder.as_str(), "app");
    assert_eq!(input, include_str!("input.yaml"));
}

#[test]
fn objects_come_and_go() {
    let host = Programs::new(|_| {
        Ok(
            "kind: ResourceList\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: new}}\n\
            - {apiVersion: v1, kind: Service, metadata: {name: s, namespace: n}, spec: {a: 1}}\n"
                .to_owned(),
        )
    });
    assert_eq!(
        build(&host, "transformers", FUNCTION).expect("it builds"),
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: new\n---\napiVersion: v1\nkind: Service\nmetadata:\n  \
         name: s\n  namespace: \"n\"\nspec:\n  a: 1\n"
    );
    let nothing = Programs::new(|_| Ok(String::new()));
    assert_eq!(build(&nothing, "transformers", FUNCTION).expect("it builds"), "");
}

#[test]
fn generators_ask_for_hashes() {
    let host = Programs::new(|_| {
        Ok(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: gen\n  annotations:\n    \
            kustomize.config.k8s.io/needs-hash: \"true\"\ndata: {a: b}\n"
                .to_owned(),
        )
    });
    let built = build(&host, "generators", FUNCTION).expect("it builds");
    assert!(built.contains("metadata:\n  name: gen-4h2mbtbbt6\n"), "{built}");
    let (_, input) = host.asked.take().remove(0);
    assert!(
        input.contains("local-config: 'true'\n      config.kubernetes.io/index: '0'\n"),
        "{input}"
    );
    let cat = Programs::new(|input| Ok(input.to_owned()));
    let built = build(&cat, "generators", FUNCTION).expect("it builds");
    assert!(!built.contains("kind: Tag"), "{built}");
}

#[test]
fn validators_look_and_do_not_touch() {
    let cat = Programs::new(|input| Ok(input.to_owned()));
    build(&cat, "validators", FUNCTION).expect("nothing is changed");
    let error = |answer: Programs| build(&answer, "validators", FUNCTION).expect_err("it must fail");
    let changes = Programs::new(|input| Ok(input.replace("b: \"1\"", "b: \"2\"")));
    assert!(error(changes).contains("validator shouldn't modify the resource map"));
    let complains = Programs::new(|input| {
        Ok(format!(
            "{input}results:\n- {{message: no owner, severity: error, resourceRef: {{name: a}}}}\n"
        ))
    });
    assert!(error(complains).contains("a: no owner"));
    let fails = Programs::new(|_| Err(HostError("exit status 1: bad".into())));
    assert!(error(fails).contains("couldn't execute function: exit status 1: bad"));
}

#[test]
fn what_cannot_be_run_is_told() {
    let host = Programs::new(|input| Ok(input.to_owned()));
    let with = |spec: &str| {
        format!(
            "apiVersion: example.com/v1\nkind: Tag\nmetadata:\n  name: tag\n  annotations:\n    \
             config.kubernetes.io/function: \"{spec}\"\n"
        )
    };
    for (function, wanted) in [
        (
            with("container: {image: example.com/x:1}"),
            "needs the container image example.com/x:1",
        ),
        (
            with("starlark: {path: x.star}"),
            "json: unknown field \"starlark\"",
        ),
        (with("exec: {path: ./f, foo: 1}"), "json: unknown field \"foo\""),
        (
            "apiVersion: example.com/v1\nkind: Tag\nmetadata: {name: tag}\n".to_owned(),
            "unable to load external plugin 'Tag'",
        ),
    ] {
        let error = build(&host, "transformers", &function).expect_err("it must fail");
        assert!(error.contains(wanted), "{error}");
    }
}
