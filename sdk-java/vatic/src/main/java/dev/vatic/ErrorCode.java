// Generated from the tables of vatic-capi by vatic-codegen; do not edit.
package dev.vatic;

/** What can go wrong, with the same number in every language. */
public enum ErrorCode {
    /** The input is not a vatic file. */
    NOT_VATIC(10),
    /** The file needs a newer or fuller version of this library. */
    UNSUPPORTED(12),
    /** The file is of another kind: an archive, a frame or a batch. */
    WRONG_KIND(14),
    /** The input ends before the data does. */
    TRUNCATED(20),
    /** The input is damaged. */
    CORRUPT(22),
    /** The content is not the one that was compressed. */
    HASH_MISMATCH(24),
    /** The model that the data was coded with was not given. */
    MODEL_MISSING(26),
    /** Decoding would need more than the limits allow. */
    LIMIT(30),
    /** The system refused memory. */
    OUT_OF_MEMORY(32),
    /** The destination is too small for the result. */
    DST_TOO_SMALL(34),
    /** An argument or option is outside its range. */
    INVALID_OPTION(40),
    /** A pointer is NULL that must not be. */
    NULL_ARGUMENT(41),
    /** The object cannot do this in its present state. */
    MISUSE(42),
    /** The object is in use, by another thread or by the caller of this callback. */
    BUSY(43),
    /** Several calls in a row had neither input nor room for output. */
    NO_PROGRESS(44),
    /** The program was compiled for another version of the library. */
    ABI_MISMATCH(46),
    /** There is nothing of this name or number. */
    NOT_FOUND(48),
    /** The progress callback asked to stop. */
    CANCELLED(50),
    /** Reading or writing failed. */
    IO(60),
    /** Something stands in the way, and may not be replaced. */
    EXISTS(61),
    /** Another process is writing to the file. */
    LOCKED(62),
    /** The path cannot be used here. */
    PATH(63),
    /** Some entries failed; the others are done. */
    PARTIAL(64),
    /** The file is sealed, and no key was given. */
    KEY_NEEDED(70),
    /** None of the keys given opens the file. */
    WRONG_KEY(71),
    /** A key was given, and the data is not sealed. */
    NOT_SEALED(72),
    /** Something sealed is not what its writer wrote. */
    TAMPERED(73),
    /** A bug in the library, caught before wrong bytes could leave it. */
    INTERNAL(90),
    /** A bug in the library; the object is unusable until it is reset. */
    PANIC(91);

    private final int number;

    ErrorCode(int number) {
        this.number = number;
    }

    /**
     * The number, which never changes its meaning.
     *
     * @return the number
     */
    public int number() {
        return number;
    }

    static ErrorCode of(int number) {
        for (ErrorCode one : values()) {
            if (one.number == number) {
                return one;
            }
        }
        return INTERNAL;
    }

    VaticException exception(String message, long needed) {
        switch (this) {
            case NOT_VATIC:
            case UNSUPPORTED:
            case WRONG_KIND:
            case TRUNCATED:
            case CORRUPT:
            case HASH_MISMATCH:
            case MODEL_MISSING:
                return new DataException(this, message, needed);
            case LIMIT:
            case OUT_OF_MEMORY:
            case DST_TOO_SMALL:
                return new ResourceException(this, message, needed);
            case INVALID_OPTION:
            case NULL_ARGUMENT:
            case MISUSE:
            case BUSY:
            case NO_PROGRESS:
            case ABI_MISMATCH:
            case NOT_FOUND:
            case CANCELLED:
                return new UsageException(this, message, needed);
            case IO:
            case EXISTS:
            case LOCKED:
            case PATH:
            case PARTIAL:
                return new FileException(this, message, needed);
            case KEY_NEEDED:
            case WRONG_KEY:
            case NOT_SEALED:
            case TAMPERED:
                return new SealException(this, message, needed);
            case INTERNAL:
            case PANIC:
                return new InternalException(this, message, needed);
            default:
                throw new AssertionError(this);
        }
    }
}
