//! `commonAnnotations:`.

use super::{Station, labels::SetPairs};
use crate::fields::Section;

pub(crate) const STATION: Station = Station {
    kind: "AnnotationsTransformer",
    from_kustomization: |setup| {
        let pairs = setup.kustomization.common_annotations.clone();
        if pairs.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![Box::new(SetPairs {
            pairs,
            specs: setup.config.section(Section::CommonAnnotations).to_vec(),
        })])
    },
    from_resource: |_, config| Ok(Box::new(SetPairs::read(config, "annotations")?)),
};
