//! budgets.toml as written, with spans.
