//! Edge: baselines and ledger as files.
#![expect(clippy::disallowed_methods, reason = "edge: reads and writes files")]
