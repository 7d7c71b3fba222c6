package dev.vatic;

import java.util.OptionalLong;

/** Whatever goes wrong in vatic. The classes below it stand for families of {@link ErrorCode}s. */
public abstract class VaticException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    private final ErrorCode code;

    /** What would have been enough; below 0 for not known. */
    private final long needed;

    VaticException(ErrorCode code, String message, long needed) {
        super(message);
        this.code = code;
        this.needed = needed;
    }

    /**
     * What went wrong; its number is the same in every language.
     *
     * @return the code
     */
    public ErrorCode code() {
        return code;
    }

    /**
     * What would have been enough where something was too small, and that is known: bytes of a destination.
     *
     * @return the bytes
     */
    public OptionalLong needed() {
        return needed < 0 ? OptionalLong.empty() : OptionalLong.of(needed);
    }
}
