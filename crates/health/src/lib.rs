//! Tells the health of an object from its own words.
