// Generated from the tables of vatic-capi by vatic-codegen; do not edit.
package dev.vatic;

/**
 * A bug in the library.
 *
 * <p>It stands for:
 *
 * <ul>
 * <li>{@link ErrorCode#INTERNAL}</li>
 * <li>{@link ErrorCode#PANIC}</li>
 * </ul>
 */
public final class InternalException extends VaticException {
    private static final long serialVersionUID = 1L;

    InternalException(ErrorCode code, String message, long needed) {
        super(code, message, needed);
    }
}
