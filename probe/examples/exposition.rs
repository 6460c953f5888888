//! Prints a snapshot full of hostile text in the format that it is asked for: `cargo run --example exposition -- openmetrics`.
//! `tests/oracle/check_export.py` has it read by parsers that are not ours.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a command line"
)]

#[path = "../tests/support/hostile.rs"]
mod hostile;

use tollgate_probe::export::{Format, Options, Writer, json};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let snapshot = hostile::snapshot();
    let format = match std::env::args().nth(1).as_deref() {
        Some("prometheus") => Format::Prometheus,
        Some("openmetrics") => Format::OpenMetrics,
        Some("json") => {
            print!("{}", json::render(&snapshot));
            return Ok(());
        }
        _ => return Err("usage: exposition prometheus|openmetrics|json".into()),
    };
    let window = snapshot.clone();
    let options = Options::default()
        .created(snapshot.unix_ms)
        .window("5m", &window, &[0.5, 0.99]);
    let mut writer = Writer::new(&snapshot, format, options);
    let mut piece = String::new();
    while writer.write(&mut piece, 100)? {
        print!("{piece}");
        piece.clear();
    }
    print!("{piece}");
    Ok(())
}
