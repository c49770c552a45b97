//! The straight line from a commit to an applied and assessed unit.
