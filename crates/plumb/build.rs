//! Links the program at a fixed address on Linux, as Go links the programs that it stands in for.
//!
//! A third of the time of a short `kustomize build` went into moving the program's own tables to a random address: a quarter
//! of a million pointers, each page of them written to and so copied. Nothing in it is written in a language that could use the
//! protection but the cryptography, which is assembler.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "cargo talks with build scripts through the environment and standard output"
)]

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|is| is == value);
    if is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu") {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
