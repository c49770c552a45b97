//! Rows survive their file.
