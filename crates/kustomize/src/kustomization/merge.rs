//! Laying one kustomization over another, as the fields of a GitOps resource are laid over a repository's.

use super::Kustomization;

impl Kustomization {
    /// Lays `extra` over this: single values and maps override, images and replicas override by name, lists are added.
    pub(crate) fn overlay(&mut self, extra: Self) {
        self.says_something |= extra.says_something;
        for (slot, new) in [
            (&mut self.name_prefix, extra.name_prefix),
            (&mut self.name_suffix, extra.name_suffix),
            (&mut self.namespace, extra.namespace),
        ] {
            if !new.text.is_empty() {
                *slot = new;
            }
        }
        if let Some(labels) = extra.common_labels {
            self.common_labels.get_or_insert_default().extend(labels);
        }
        self.common_annotations.extend(extra.common_annotations);
        self.labels.extend(extra.labels);
        for image in extra.images {
            self.images.retain(|known| known.name != image.name);
            self.images.push(image);
        }
        for replica in extra.replicas {
            self.replicas.retain(|known| known.name != replica.name);
            self.replicas.push(replica);
        }
        if let Some(patches) = extra.patches_strategic_merge {
            self.patches_strategic_merge
                .get_or_insert_default()
                .extend(patches);
        }
        if let Some(patches) = extra.patches_json6902 {
            self.patches_json6902.get_or_insert_default().extend(patches);
        }
        if let Some(vars) = extra.vars {
            self.vars.get_or_insert_default().extend(vars);
        }
        self.patches.extend(extra.patches);
        self.replacements.extend(extra.replacements);
        self.resources.extend(extra.resources);
        for component in extra.components {
            if !self.components.iter().any(|known| known.text == component.text) {
                self.components.push(component);
            }
        }
        self.config_map_generator.extend(extra.config_map_generator);
        self.secret_generator.extend(extra.secret_generator);
        self.generators.extend(extra.generators);
        self.transformers.extend(extra.transformers);
        self.configurations.extend(extra.configurations);
        self.crds.extend(extra.crds);
        self.build_metadata.extend(extra.build_metadata);
        self.sort_options = extra.sort_options.or(self.sort_options.take());
        self.generator_options = extra.generator_options.or(self.generator_options.take());
        self.helm_charts.extend(extra.helm_charts);
        self.helm_globals = extra.helm_globals.or(self.helm_globals.take());
    }
}
