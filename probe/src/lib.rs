//! What an application links to instrument itself. No dependencies.
//!
//! This version holds no instruments yet; it reserves the package and its rules.
