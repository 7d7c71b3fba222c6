//! Symbols of Node are found when the addon is loaded; some linkers have to be told.

fn main() {
    napi_build::setup();
}
