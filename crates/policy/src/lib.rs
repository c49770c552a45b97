//! Gates: may this commit be deployed, may this plan be applied.
