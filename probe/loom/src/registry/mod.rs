//! The registry's table and text, as far as loom can run them. Their models are beside them, in the files of the library.

#[path = "../../../src/registry/chunks.rs"]
mod chunks;
#[path = "../../../src/registry/key.rs"]
mod key;
#[path = "../../../src/registry/table.rs"]
mod table;
#[path = "../../../src/registry/text.rs"]
mod text;
