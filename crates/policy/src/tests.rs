use plumb_model::{Fuse, GroupKind};

use super::*;

struct Deletes(Vec<ObjectId>);

impl Reviewable for Deletes {
    fn digest(&self) -> Digest {
        self.deletions_digest()
    }

    fn deletions(&self) -> Vec<&ObjectId> {
        self.0.iter().collect()
    }

    fn deletions_digest(&self) -> Digest {
        Digest::of(format!("{:?}", self.0).as_bytes())
    }
}

fn object(kind: &str, name: &str) -> ObjectId {
    ObjectId {
        kind: GroupKind {
            group: String::new(),
            kind: kind.to_owned(),
        },
        namespace: None,
        name: name.to_owned(),
    }
}

fn maps(count: usize) -> Deletes {
    Deletes(
        (0..count)
            .map(|index| object("ConfigMap", &index.to_string()))
            .collect(),
    )
}

#[test]
fn a_namespace_the_cluster_needs_is_never_deleted() {
    let delete = |name: &str| review(Deletes(vec![object("Namespace", name)]), &Facts::default());
    assert!(matches!(delete("kube-system"), Err(Refused::Protected(_))));
    assert!(delete("production").is_ok());
}

#[test]
fn the_fuse_blows_for_many_for_a_large_share_and_for_what_takes_others_along() {
    let usual = Facts {
        fuse: Some(Fuse::USUAL),
        owned: 100,
        approval: None,
        name: "my-app",
    };
    let blows = |plan: Deletes, facts: Facts<'_>| review(plan, &facts).is_err();
    for (count, owned, expected) in [
        (10, 100, false),
        (11, 100, true),
        (2, 4, false),
        (3, 4, true),
        (0, 0, false),
    ] {
        let facts = Facts { owned, ..usual };
        assert_eq!(blows(maps(count), facts), expected, "{count} of {owned}");
    }
    for kind in ["Namespace", "PersistentVolumeClaim"] {
        assert!(blows(Deletes(vec![object(kind, "one")]), usual), "{kind}");
    }
    assert!(!blows(maps(50), Facts { fuse: None, ..usual }), "it is off");
}

#[test]
fn an_approval_is_for_one_set_of_deletions() {
    let facts = |approval| Facts {
        fuse: Some(Fuse::USUAL),
        owned: 4,
        approval,
        name: "my-app",
    };
    let Err(Refused::Blown(blown)) = review(maps(4), &facts(None)) else {
        unreachable!("four of four are too many");
    };
    let message = blown.to_string();
    insta::assert_snapshot!(message, @"plan bf53f970ca05 waits for approval, since it would delete 4 of 4 objects: ConfigMap 0, ConfigMap 1, ConfigMap 2, ConfigMap 3; nothing was changed: allow it with `plumb app approve my-app`, or put the objects back into Git");
    let digest = fuse::digest_in(&message).unwrap();
    assert!(review(maps(4), &facts(Some(digest))).is_ok());
    assert!(review(maps(3), &facts(Some(digest))).is_err(), "other deletions");
    assert!(
        review(maps(4), &facts(Some(&digest[..6]))).is_err(),
        "too short to be meant"
    );
}
