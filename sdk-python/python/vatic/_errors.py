# Generated from the tables of vatic-capi by vatic-codegen; do not edit.
"""What can go wrong."""

__all__ = [
    "AbiMismatchError",
    "BusyError",
    "CancelledError",
    "CorruptError",
    "DataError",
    "DstTooSmallError",
    "ExistsError",
    "FileError",
    "HashMismatchError",
    "InternalError",
    "InternalFailure",
    "InvalidOptionError",
    "IoError",
    "KeyNeededError",
    "LimitError",
    "LockedError",
    "MisuseError",
    "ModelMissingError",
    "NoProgressError",
    "NotFoundError",
    "NotSealedError",
    "NotVaticError",
    "NullArgumentError",
    "OutOfMemoryError",
    "PanicError",
    "PartialError",
    "PathError",
    "ResourceError",
    "SealError",
    "TamperedError",
    "TruncatedError",
    "UnsupportedError",
    "UsageError",
    "VaticError",
    "WrongKeyError",
    "WrongKindError",
]


class VaticError(Exception):
    """Whatever goes wrong in vatic; ``code`` is the same number in every language."""

    code: int = 0


class DataError(VaticError):
    """the input is not what it should be."""


class ResourceError(VaticError):
    """more is needed than there is or than is allowed."""


class UsageError(VaticError, ValueError):
    """the call makes no sense."""


class FileError(VaticError, OSError):
    """the file system refused something."""


class SealError(VaticError):
    """a key is missing, wrong, or something sealed was changed."""


class InternalError(VaticError):
    """a bug in the library."""


class NotVaticError(DataError):
    """the input is not a vatic file."""

    code = 10


class UnsupportedError(DataError):
    """the file needs a newer or fuller version of this library."""

    code = 12


class WrongKindError(DataError):
    """the file is of another kind: an archive, a frame or a batch."""

    code = 14


class TruncatedError(DataError, EOFError):
    """the input ends before the data does."""

    code = 20


class CorruptError(DataError):
    """the input is damaged."""

    code = 22


class HashMismatchError(DataError):
    """the content is not the one that was compressed."""

    code = 24


class ModelMissingError(DataError):
    """the model that the data was coded with was not given."""

    code = 26


class LimitError(ResourceError):
    """decoding would need more than the limits allow."""

    code = 30


class OutOfMemoryError(ResourceError, MemoryError):
    """the system refused memory."""

    code = 32


class DstTooSmallError(ResourceError):
    """the destination is too small for the result."""

    code = 34


class InvalidOptionError(UsageError):
    """an argument or option is outside its range."""

    code = 40


class NullArgumentError(UsageError):
    """a pointer is NULL that must not be."""

    code = 41


class MisuseError(UsageError):
    """the object cannot do this in its present state."""

    code = 42


class BusyError(UsageError):
    """the object is in use, by another thread or by the caller of this callback."""

    code = 43


class NoProgressError(UsageError):
    """several calls in a row had neither input nor room for output."""

    code = 44


class AbiMismatchError(UsageError):
    """the program was compiled for another version of the library."""

    code = 46


class NotFoundError(UsageError, LookupError):
    """there is nothing of this name or number."""

    code = 48


class CancelledError(UsageError):
    """the progress callback asked to stop."""

    code = 50


class IoError(FileError):
    """reading or writing failed."""

    code = 60


class ExistsError(FileError):
    """something stands in the way, and may not be replaced."""

    code = 61


class LockedError(FileError):
    """another process is writing to the file."""

    code = 62


class PathError(FileError):
    """the path cannot be used here."""

    code = 63


class PartialError(FileError):
    """some entries failed; the others are done."""

    code = 64


class KeyNeededError(SealError):
    """the file is sealed, and no key was given."""

    code = 70


class WrongKeyError(SealError):
    """none of the keys given opens the file."""

    code = 71


class NotSealedError(SealError):
    """a key was given, and the data is not sealed."""

    code = 72


class TamperedError(SealError):
    """something sealed is not what its writer wrote."""

    code = 73


class InternalFailure(InternalError):
    """a bug in the library, caught before wrong bytes could leave it."""

    code = 90


class PanicError(InternalError):
    """a bug in the library; the object is unusable until it is reset."""

    code = 91


_CLASSES: dict[int, type[VaticError]] = {
    10: NotVaticError,
    12: UnsupportedError,
    14: WrongKindError,
    20: TruncatedError,
    22: CorruptError,
    24: HashMismatchError,
    26: ModelMissingError,
    30: LimitError,
    32: OutOfMemoryError,
    34: DstTooSmallError,
    40: InvalidOptionError,
    41: NullArgumentError,
    42: MisuseError,
    43: BusyError,
    44: NoProgressError,
    46: AbiMismatchError,
    48: NotFoundError,
    50: CancelledError,
    60: IoError,
    61: ExistsError,
    62: LockedError,
    63: PathError,
    64: PartialError,
    70: KeyNeededError,
    71: WrongKeyError,
    72: NotSealedError,
    73: TamperedError,
    90: InternalFailure,
    91: PanicError,
}


def make(code: int, message: str) -> VaticError:
    """The exception for a number."""
    error = _CLASSES.get(code, VaticError)(message)
    error.code = code
    return error
