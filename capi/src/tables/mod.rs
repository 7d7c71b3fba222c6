//! The tables that every language shares: errors, parameters, enumerations.
//!
//! They are written once, here. `vatic-codegen` makes of them the constants of `vatic.h` and the constants and error classes
//! of every other language, which are committed; the tests compare them. Numbers are never reused.

mod enums;
mod errors;
mod params;

pub use enums::{ENUMS, Enum, Item, entry_field, entry_kind, info_field, op};
pub use errors::{ERRORS, ErrorRow, FAMILIES, Status, error_row};
pub use params::{PARAMS, Param, ParamRow, UNKNOWN, param_row};

/// The number of this binary interface, which is libvatic's soname: it grows when a program that was compiled against an older
/// one could break. 0 stands for "not frozen yet", as in the format's version.
pub const ABI_VERSION: u32 = 0;
