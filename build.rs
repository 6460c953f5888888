//! Says how tollgate itself is compiled: its reference kernels run in this build, and their times depend on it.

use std::env;
use std::process::Command;

#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a build script talks to cargo through its environment and output"
)]
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let setting = |name: &str| env::var(name).unwrap_or_else(|_| "?".to_owned());
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc)
        .arg("-V")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "rustc ?".to_owned(), |text| text.trim().to_owned());
    println!(
        "cargo:rustc-env=TOLLGATE_BUILD={version}, opt-level {}, debug assertions {}",
        setting("OPT_LEVEL"),
        if env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_some() {
            "on"
        } else {
            "off"
        },
    );
}
