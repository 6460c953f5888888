//! Edge: what bench targets there are, and building them.
