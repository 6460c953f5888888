//! The report model and its renderings: terminal, Markdown, JSON. Pure.
