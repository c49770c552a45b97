//! Findings read well.

use super::{Finding, FindingKind};
use crate::{RecordId, Sequence, ShardName};

#[test]
fn a_finding_tells_where_and_what() {
    let finding = Finding {
        shard: ShardName::default(),
        sequence: Sequence(7),
        record: RecordId::parse("0123456789012345678901234567890123456789").ok(),
        kind: FindingKind::Gap,
        why: "record 7 should be here, but this is 9".to_owned(),
    };
    assert_eq!(
        finding.to_string(),
        "main 7 (0123456): gap: record 7 should be here, but this is 9"
    );
}
