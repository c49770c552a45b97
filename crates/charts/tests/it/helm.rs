//! Charts, by the real helm where it is at hand.

use std::process::Command;

use plumb_charts::Helm;
use plumb_kustomize::{ChartRequest, ChartSource};

/// The helm program, if there is one: `PLUMB_HELM`, or on the path.
fn helm() -> Option<String> {
    let program = std::env::var("PLUMB_HELM").unwrap_or_else(|_| "helm".to_owned());
    let is_there = Command::new(&program).arg("version").output().is_ok();
    if !is_there {
        println!("skipped: no helm; PLUMB_HELM names one");
    }
    is_there.then_some(program)
}

fn request() -> ChartRequest {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned().into());
    ChartRequest {
        name: "web".to_owned(),
        release: "rel".to_owned(),
        files: vec![
            file("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
            file("values.yaml", "a: 1\nb: 1\n"),
            file(
                "templates/x.yaml",
                "kind: X\nns: {{ .Release.Namespace }}\nname: {{ .Release.Name }}\na: {{ .Values.a }}\nb: {{ .Values.b }}\n",
            ),
        ],
        values: vec!["a: 2\n".to_owned(), "a: 3\n".to_owned()],
        arguments: vec!["--namespace".to_owned(), "ns".to_owned()],
    }
}

#[test]
fn a_chart_is_inflated() {
    let Some(program) = helm() else { return };
    let cache = tempfile::tempdir().unwrap();
    let helm = Helm::new(program, cache.path());
    let output = helm.inflate(&request(), &|| false).unwrap();
    assert!(
        output.contains("kind: X\nns: ns\nname: rel\na: 3\nb: 1\n"),
        "{output}"
    );

    let mut broken = request();
    broken.files[2].1 = "{{ fail \"no luck\" }}".into();
    let error = helm.inflate(&broken, &|| false).err().unwrap().0;
    assert!(error.contains("no luck") && !error.contains("/tmp"), "{error}");
}

#[test]
fn a_chart_is_pulled_once() {
    let Some(program) = helm() else { return };
    let place = tempfile::tempdir().unwrap();
    let chart = place.path().join("web");
    for (path, content) in &request().files {
        let file = chart.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }
    let run = |words: &[&str]| {
        let output = Command::new(&program)
            .args(words)
            .current_dir(place.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{words:?}");
    };
    run(&["package", "web", "-d", "repo"]);
    let server = serve(place.path().join("repo"));
    run(&["repo", "index", "repo", "--url", &server]);
    let source = ChartSource {
        name: "web".to_owned(),
        version: "1.0.0".to_owned(),
        repository: server,
        devel: false,
    };
    let cache = place.path().join("cache");
    let files = Helm::new(program, &cache).chart(&source, &|| false).unwrap();
    let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["Chart.yaml", "templates/x.yaml", "values.yaml"]);
    // The second time no helm is needed at all.
    let again = Helm::new("/nonexistent/helm", &cache)
        .chart(&source, &|| false)
        .unwrap();
    assert_eq!(again, files);
}

#[test]
fn a_missing_helm_is_told() {
    let cache = tempfile::tempdir().unwrap();
    let error = Helm::new("/nonexistent/helm", cache.path())
        .inflate(&request(), &|| false)
        .err()
        .unwrap();
    assert!(error.0.contains("there is no such program"), "{error}");
}

/// Serves the files of a folder; gives its URL.
fn serve(folder: std::path::PathBuf) -> String {
    use std::io::{BufRead as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut first = String::new();
            let mut reader = std::io::BufReader::new(stream.try_clone().unwrap());
            let _ = reader.read_line(&mut first);
            let name = first
                .split(' ')
                .nth(1)
                .unwrap_or_default()
                .trim_start_matches('/');
            let content = std::fs::read(folder.join(name)).unwrap_or_default();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                content.len()
            );
            let _ = stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(&content));
        }
    });
    url
}
