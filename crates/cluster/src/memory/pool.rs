//! Sets of fields, each kept once: objects of a kind mostly have the same few.

use std::{collections::HashSet, sync::Arc};

use plumb_schema::FieldSet;

#[derive(Default)]
pub(super) struct Pool {
    sets: HashSet<Arc<FieldSet>>,
    /// How many there may be before those that nobody uses are looked for.
    limit: usize,
}

impl Pool {
    pub(super) fn share(&mut self, fields: Arc<FieldSet>) -> Arc<FieldSet> {
        if let Some(known) = self.sets.get(&fields) {
            return known.clone();
        }
        if self.sets.len() >= self.limit {
            self.shrink();
        }
        self.sets.insert(fields.clone());
        fields
    }

    pub(super) fn shrink(&mut self) {
        self.sets.retain(|fields| Arc::strong_count(fields) > 1);
        self.limit = (self.sets.len() * 2).max(64);
    }
}
