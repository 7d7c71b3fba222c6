//! What the linker of the shared library has to be told: its name for programs, and that it stays once it is loaded.

fn main() {
    let abi = include_str!("src/tables/mod.rs")
        .lines()
        .find_map(|line| line.strip_prefix("pub const ABI_VERSION: u32 = "))
        .map_or("", |rest| rest.trim_end_matches(';'));
    let os = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    match os.as_str() {
        "linux" | "android" | "freebsd" | "netbsd" | "openbsd" => {
            println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libvatic.so.{abi}");
            // The core may leave threads and thread-locals behind; unloading their code would end the program.
            println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
        }
        "macos" | "ios" => println!("cargo:rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libvatic.{abi}.dylib"),
        _ => {}
    }
    println!("cargo:rerun-if-changed=src/tables/mod.rs");
}
