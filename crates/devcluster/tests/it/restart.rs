//! What outlives the process.

use bytes::Bytes;
use http::Request;
use plumb_devcluster::{DevCluster, Options};

#[tokio::test]
async fn a_data_file_keeps_objects_and_versions() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options {
        directory: folder.path().to_owned(),
        data_file: Some(folder.path().join("data")),
        controllers: false,
        ..Options::default()
    };
    let path = "/api/v1/namespaces/default/configmaps";
    let first = DevCluster::start(options.clone())
        .await
        .expect("the cluster starts");
    let body = Bytes::from_static(br#"{"metadata":{"name":"kept"}}"#);
    let made = first.answer(Request::post(path).body(body).expect("a request"));
    assert_eq!(made.status(), 201);
    first.stop().await;

    let second = DevCluster::start(options)
        .await
        .expect("the cluster starts again");
    let kept = second.answer(
        Request::get(format!("{path}/kept"))
            .body(Bytes::new())
            .expect("a request"),
    );
    assert_eq!(kept.status(), 200);
    let kubeconfig = std::fs::read_to_string(second.kubeconfig()).expect("a kubeconfig");
    assert!(kubeconfig.contains(&second.address().to_string()));
}
