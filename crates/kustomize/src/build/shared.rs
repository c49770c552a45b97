//! Folders that several builds of one run have in common: each is gathered once.
//!
//! **Invariant:** what is kept does not depend on who asked: folders of other repositories, and builds that want to know
//! where objects came from, are left out.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use plumb_model::TreePath;

use super::accumulate::Accumulated;
use crate::kustomization::Kustomization;

/// Most objects that are kept; beyond, folders are gathered again.
const MOST_OBJECTS: usize = 200_000;

/// A folder, gathered.
pub(super) struct Ready {
    pub(super) accumulated: Accumulated,
    pub(super) kustomization: Rc<Kustomization>,
    /// What was warned of on the way.
    pub(super) warnings: Vec<String>,
}

/// What was gathered so far.
#[derive(Default)]
pub(crate) struct Shared(RefCell<Kept>);

#[derive(Default)]
struct Kept {
    folders: BTreeMap<TreePath, Rc<Ready>>,
    objects: usize,
}

impl Shared {
    pub(super) fn get(&self, folder: &TreePath) -> Option<Rc<Ready>> {
        self.0.borrow().folders.get(folder).cloned()
    }

    pub(super) fn put(&self, folder: &TreePath, ready: &Rc<Ready>) {
        let mut kept = self.0.borrow_mut();
        kept.objects += ready.accumulated.objects.len();
        if kept.objects <= MOST_OBJECTS {
            kept.folders.insert(folder.clone(), Rc::clone(ready));
        }
    }
}
