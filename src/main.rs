//! The `concertina` binary.

fn main() -> std::process::ExitCode {
    concertina::cli::main()
}
