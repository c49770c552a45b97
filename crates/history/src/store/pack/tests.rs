//! Packs are as Git makes them.
