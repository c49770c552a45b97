//! The objects of a build, in order, with no identity twice.

use std::collections::BTreeSet;

use super::{Behavior, ResId, Resource};
use crate::{
    error::{BuildErrorKind, Failure, Result},
    generate,
};

/// The objects of a build, in order, with no identity twice.
#[derive(Clone, Debug, Default)]
pub(crate) struct ResMap {
    resources: Vec<Resource>,
    /// Present identities; dropped whenever someone may have changed one.
    index: Option<BTreeSet<ResId>>,
}

impl ResMap {
    pub(crate) fn len(&self) -> usize {
        self.resources.len()
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Resource> {
        self.resources.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> std::slice::IterMut<'_, Resource> {
        self.index = None;
        self.resources.iter_mut()
    }

    pub(crate) fn get(&self, index: usize) -> &Resource {
        &self.resources[index]
    }

    pub(crate) fn get_mut(&mut self, index: usize) -> &mut Resource {
        self.index = None;
        &mut self.resources[index]
    }

    pub(crate) fn into_resources(self) -> Vec<Resource> {
        self.resources
    }

    pub(crate) fn append(&mut self, resource: Resource) -> Result<()> {
        let id = resource.id();
        let index = self.index.get_or_insert_with(|| {
            self.resources
                .iter()
                .map(|resource| resource.id().normalized())
                .collect()
        });
        if !index.insert(id.clone().normalized()) {
            return Err(Failure::new(BuildErrorKind::Duplicate(id.to_string())).at(resource.mark));
        }
        self.resources.push(resource);
        Ok(())
    }

    /// Refuses objects that have become one by name.
    pub(crate) fn check_identities(&self) -> Result<()> {
        let mut seen = BTreeSet::new();
        for resource in &self.resources {
            let id = resource.id();
            if !seen.insert(id.clone().normalized()) {
                return Err(Failure::new(BuildErrorKind::Duplicate(id.to_string())).at(resource.mark));
            }
        }
        Ok(())
    }

    pub(crate) fn append_all(&mut self, resources: impl IntoIterator<Item = Resource>) -> Result<()> {
        resources
            .into_iter()
            .try_for_each(|resource| self.append(resource))
    }

    /// Drops what `keep` says no to.
    pub(crate) fn retain(&mut self, keep: impl FnMut(&Resource) -> bool) {
        self.index = None;
        self.resources.retain(keep);
    }

    /// Drops objects that a patch emptied.
    pub(crate) fn drop_gone(&mut self) {
        if self.resources.iter().any(Resource::is_gone) {
            self.retain(|resource| !resource.is_gone());
        }
    }

    /// The only object that has, or had, the identity `id`.
    pub(crate) fn find_by_any_id(&self, id: &ResId) -> Result<usize> {
        let matches = self.indices_by_any_id(|candidate| candidate.same(id));
        let count = match matches.len() {
            1 => return Ok(matches[0]),
            0 => "no",
            _ => "multiple",
        };
        let message = format!("{count} matches for Id {id}; failed to find unique target for patch {id}");
        Err(BuildErrorKind::Patch(message).into())
    }

    pub(crate) fn indices_by_any_id(&self, matches: impl Fn(&ResId) -> bool) -> Vec<usize> {
        let hit = |resource: &Resource| !resource.is_gone() && resource.any_id(&matches);
        self.resources
            .iter()
            .enumerate()
            .filter(|(_, resource)| hit(resource))
            .map(|(index, _)| index)
            .collect()
    }

    /// Adds a generated object, or does to the one that is there what its behavior says.
    pub(crate) fn absorb(&mut self, mut resource: Resource) -> Result<()> {
        let id = resource.id();
        let matches = self.indices_by_any_id(|candidate| candidate.same(&id));
        let wants_old = matches!(resource.behavior, Some(Behavior::Merge | Behavior::Replace));
        match matches[..] {
            [] if wants_old => Err(generator(
                format!("id {} does not exist; cannot merge or replace", id.in_go()),
                &resource,
            )),
            [] => self.append(resource),
            [index] if wants_old => {
                self.index = None;
                let old = &mut self.resources[index];
                generate::take_over(&mut resource, old);
                self.replace(index, resource)
            }
            [_] => {
                let behavior = if resource.behavior == Some(Behavior::Create) {
                    "create"
                } else {
                    "unspecified"
                };
                let message = format!(
                    "id {} exists; can not use behavior: '{behavior}', behavior must be merge or replace",
                    id.in_go()
                );
                Err(generator(message, &resource))
            }
            _ => Err(generator(
                format!("found multiple objects that could accept merge of {id}"),
                &resource,
            )),
        }
    }

    /// Puts `resource` in the place of the one at `index`, which it must have the identity of now, not of once only.
    fn replace(&mut self, index: usize, resource: Resource) -> Result<()> {
        let id = resource.id();
        let of_that_id: Vec<usize> = (0..self.resources.len())
            .filter(|at| self.resources[*at].id().same(&id))
            .collect();
        let message = match of_that_id[..] {
            [only] if only == index => {
                self.resources[index] = resource;
                return Ok(());
            }
            [] => format!("cannot find resource with id {id} to replace"),
            [_] => "unexpected target index in replacement".into(),
            _ => format!("in Replace: id matched {} resources", of_that_id.len()),
        };
        Err(generator(message, &resource))
    }

    /// Puts the objects in the order of `compare`, where that can be relied on to be an order.
    pub(crate) fn sort_by_key<K: Ord>(&mut self, key: impl FnMut(&Resource) -> K) {
        self.resources.sort_by_cached_key(key);
    }
}

fn generator(message: String, resource: &Resource) -> Failure {
    Failure::new(BuildErrorKind::Generator(message)).at(resource.mark)
}
