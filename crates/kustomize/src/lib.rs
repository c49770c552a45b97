//! kustomize build and kustomize edit, over a tree, byte-identical with the original.
