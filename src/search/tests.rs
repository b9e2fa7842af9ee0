//! Search over a real library.
