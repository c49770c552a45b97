//! One heap for all threads of a program that runs for long.
//!
//! The GNU C library gives threads heaps of their own, and what is free in one is of no use to another: with a thousand
//! apps that is a quarter of the memory. It reads the limit only when a program starts, so the program starts once more.

/// What the C library takes the limit from.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LIMIT: &str = "MALLOC_ARENA_MAX";

/// Starts the program once more, in the same process, with one heap, where the command that it is to run goes on for long
/// and nobody has said how many heaps there are to be. Where that does not work, it goes on as it is.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn share() {
    use std::{env, os::unix::process::CommandExt as _, process::Command};

    let arguments: Vec<_> = env::args_os().collect();
    let command = arguments
        .iter()
        .skip(1)
        .find(|argument| !argument.as_encoded_bytes().starts_with(b"-"));
    let is_long = command.is_some_and(|command| command == "controller" || command == "demo");
    if !is_long || env::var_os(LIMIT).is_some() || env::var_os("GLIBC_TUNABLES").is_some() {
        return;
    }
    if let (Ok(program), Some((name, rest))) = (env::current_exe(), arguments.split_first()) {
        let _ = Command::new(program).arg0(name).args(rest).env(LIMIT, "1").exec();
    }
}

/// Nothing: other C libraries have one heap.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn share() {}
