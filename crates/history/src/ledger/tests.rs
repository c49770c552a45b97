//! The ledger, whole.
