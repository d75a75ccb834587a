//! Links the library wslay, and says how to get it.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Tried here, because a linker does not say which package is missing.
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let folder = std::env::var("OUT_DIR").expect("cargo says it");
    let source = format!("{folder}/probe.c");
    std::fs::write(&source, "#include <wslay/wslay.h>\nint main(void) { return wslay_event_recv(0); }\n")
        .expect("the folder is there to be written to");
    let probe = Command::new(compiler).args([&source, "-o", &format!("{folder}/probe"), "-lwslay"]).output();
    match probe {
        Ok(output) if output.status.success() => println!("cargo::rustc-link-lib=wslay"),
        Ok(_) => {
            println!("cargo::error=the C library wslay is not there: install libwslay-dev (Debian, Ubuntu)");
        }
        Err(error) => println!("cargo::error=no C compiler to look for wslay with: {error}"),
    }
}
