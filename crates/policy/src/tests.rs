use plumb_model::GroupKind;

use super::*;

struct Deletes(ObjectId);

impl Reviewable for Deletes {
    fn digest(&self) -> Digest {
        Digest::of(self.0.name.as_bytes())
    }

    fn deletions(&self) -> Vec<&ObjectId> {
        vec![&self.0]
    }
}

fn namespace(name: &str) -> ObjectId {
    let kind = GroupKind {
        group: String::new(),
        kind: "Namespace".to_owned(),
    };
    ObjectId {
        kind,
        namespace: None,
        name: name.to_owned(),
    }
}

#[test]
fn a_namespace_the_cluster_needs_is_never_deleted() {
    assert!(matches!(
        review(Deletes(namespace("kube-system"))),
        Err(Refused::Protected(_))
    ));
    let approved = review(Deletes(namespace("production"))).unwrap();
    assert_eq!(approved.digest(), Digest::of(b"production"));
}
