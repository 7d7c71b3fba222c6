//! Writes what Swift calls from the library that it is given: see `sdk-swift/test/run.sh`.

fn main() {
    uniffi::uniffi_bindgen_swift();
}
