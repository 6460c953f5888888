//! `cargo tollgate ..` is `tollgate ..`.

fn main() -> std::process::ExitCode {
    tollgate::cli::main()
}
