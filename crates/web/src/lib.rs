//! The page, the webhooks and the HTTP interface.
