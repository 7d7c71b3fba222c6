//! Every way to fail. The core's numbers (`vatic::Error::code`) and those that only the interface of C and the bindings need.

/// One kind of failure.
#[derive(Clone, Copy, Debug)]
pub struct ErrorRow {
    /// Its number, which never changes its meaning.
    pub code: i32,
    /// Upper case; `VATIC_ERROR_` in front of it in C.
    pub name: &'static str,
    /// The class of exception in languages that have those.
    pub class: &'static str,
    /// The class above it: one of [`FAMILIES`].
    pub family: &'static str,
    /// What it means, in one sentence without an end.
    pub text: &'static str,
}

/// Classes of exceptions that stand for several kinds of failure, with what they have in common.
pub const FAMILIES: [(&str, &str); 6] = [
    ("DataError", "the input is not what it should be"),
    ("ResourceError", "more is needed than there is or than is allowed"),
    ("UsageError", "the call makes no sense"),
    ("FileError", "the file system refused something"),
    ("SealError", "a key is missing, wrong, or something sealed was changed"),
    ("InternalError", "a bug in the library"),
];

/// Numbers of [`ERRORS`] that the code names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
#[expect(missing_docs, reason = "the table below says what each of them means")]
pub enum Status {
    Unsupported = 12,
    Corrupt = 22,
    Limit = 30,
    DstTooSmall = 34,
    InvalidOption = 40,
    NullArgument = 41,
    Misuse = 42,
    Busy = 43,
    NoProgress = 44,
    AbiMismatch = 46,
    NotFound = 48,
    Cancelled = 50,
    Io = 60,
    Exists = 61,
    Locked = 62,
    Path = 63,
    Partial = 64,
    Internal = 90,
    Panic = 91,
}

const fn row(code: i32, name: &'static str, class: &'static str, family: &'static str, text: &'static str) -> ErrorRow {
    ErrorRow { code, name, class, family, text }
}

/// All of them, by their numbers.
pub const ERRORS: [ErrorRow; 29] = [
    row(10, "NOT_VATIC", "NotVaticError", "DataError", "the input is not a vatic file"),
    row(12, "UNSUPPORTED", "UnsupportedError", "DataError", "the file needs a newer or fuller version of this library"),
    row(14, "WRONG_KIND", "WrongKindError", "DataError", "the file is of another kind: an archive, a frame or a batch"),
    row(20, "TRUNCATED", "TruncatedError", "DataError", "the input ends before the data does"),
    row(22, "CORRUPT", "CorruptError", "DataError", "the input is damaged"),
    row(24, "HASH_MISMATCH", "HashMismatchError", "DataError", "the content is not the one that was compressed"),
    row(26, "MODEL_MISSING", "ModelMissingError", "DataError", "the model that the data was coded with was not given"),
    row(30, "LIMIT", "LimitError", "ResourceError", "decoding would need more than the limits allow"),
    row(32, "OUT_OF_MEMORY", "OutOfMemoryError", "ResourceError", "the system refused memory"),
    row(34, "DST_TOO_SMALL", "DstTooSmallError", "ResourceError", "the destination is too small for the result"),
    row(40, "INVALID_OPTION", "InvalidOptionError", "UsageError", "an argument or option is outside its range"),
    row(41, "NULL_ARGUMENT", "NullArgumentError", "UsageError", "a pointer is NULL that must not be"),
    row(42, "MISUSE", "MisuseError", "UsageError", "the object cannot do this in its present state"),
    row(
        43,
        "BUSY",
        "BusyError",
        "UsageError",
        "the object is in use, by another thread or by the caller of this callback",
    ),
    row(
        44,
        "NO_PROGRESS",
        "NoProgressError",
        "UsageError",
        "several calls in a row had neither input nor room for output",
    ),
    row(
        46,
        "ABI_MISMATCH",
        "AbiMismatchError",
        "UsageError",
        "the program was compiled for another version of the library",
    ),
    row(48, "NOT_FOUND", "NotFoundError", "UsageError", "there is nothing of this name or number"),
    row(50, "CANCELLED", "CancelledError", "UsageError", "the progress callback asked to stop"),
    row(60, "IO", "IoError", "FileError", "reading or writing failed"),
    row(61, "EXISTS", "ExistsError", "FileError", "something stands in the way, and may not be replaced"),
    row(62, "LOCKED", "LockedError", "FileError", "another process is writing to the file"),
    row(63, "PATH", "PathError", "FileError", "the path cannot be used here"),
    row(64, "PARTIAL", "PartialError", "FileError", "some entries failed; the others are done"),
    row(70, "KEY_NEEDED", "KeyNeededError", "SealError", "the file is sealed, and no key was given"),
    row(71, "WRONG_KEY", "WrongKeyError", "SealError", "none of the keys given opens the file"),
    row(72, "NOT_SEALED", "NotSealedError", "SealError", "a key was given, and the data is not sealed"),
    row(73, "TAMPERED", "TamperedError", "SealError", "something sealed is not what its writer wrote"),
    row(
        90,
        "INTERNAL",
        "InternalFailure",
        "InternalError",
        "a bug in the library, caught before wrong bytes could leave it",
    ),
    row(91, "PANIC", "PanicError", "InternalError", "a bug in the library; the object is unusable until it is reset"),
];

/// The row of a number, if there is one.
pub fn error_row(code: i32) -> Option<&'static ErrorRow> {
    ERRORS.iter().find(|row| row.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_unique_and_in_order() {
        assert!(ERRORS.windows(2).all(|pair| pair[0].code < pair[1].code));
        for row in &ERRORS {
            assert_eq!(ERRORS.iter().filter(|other| other.name == row.name || other.class == row.class).count(), 1);
            assert!(FAMILIES.iter().any(|(family, _)| *family == row.family), "{}", row.name);
            assert!((1..100).contains(&row.code) && !row.text.ends_with('.'));
        }
    }

    /// The core's numbers are read from its source: an error that is added there must be added here.
    #[test]
    fn every_error_of_the_core_is_here() {
        let source = include_str!("../../../core/src/error.rs");
        let codes: Vec<i32> = source
            .lines()
            .filter(|line| line.trim_start().starts_with("Error::"))
            .filter_map(|line| line.split("=> ").nth(1)?.trim_end_matches(',').parse().ok())
            .collect();
        assert!(codes.len() >= 17, "the source has another form now");
        for code in codes {
            assert!(error_row(code).is_some(), "error {code} of the core has no row");
        }
    }
}
