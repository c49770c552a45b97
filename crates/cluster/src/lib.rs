//! The only writer to a cluster: observe, watch, apply and status.
