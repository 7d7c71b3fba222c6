package dev.vatic;

import java.io.IOException;

/** What goes wrong in a stream; the cause is the exception of the library. */
public class VaticIOException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    private final ErrorCode code;

    VaticIOException(VaticException cause) {
        super(cause.getMessage(), cause);
        this.code = cause.code();
    }

    /**
     * What went wrong; its number is the same in every language.
     *
     * @return the code
     */
    public ErrorCode code() {
        return code;
    }
}
