//! Renders the path of a unit to ordered objects.
