// Generated from the tables of vatic-capi by vatic-codegen; do not edit.
package dev.vatic;

/**
 * The call makes no sense.
 *
 * <p>It stands for:
 *
 * <ul>
 * <li>{@link ErrorCode#INVALID_OPTION}</li>
 * <li>{@link ErrorCode#NULL_ARGUMENT}</li>
 * <li>{@link ErrorCode#MISUSE}</li>
 * <li>{@link ErrorCode#BUSY}</li>
 * <li>{@link ErrorCode#NO_PROGRESS}</li>
 * <li>{@link ErrorCode#ABI_MISMATCH}</li>
 * <li>{@link ErrorCode#NOT_FOUND}</li>
 * <li>{@link ErrorCode#CANCELLED}</li>
 * </ul>
 */
public final class UsageException extends VaticException {
    private static final long serialVersionUID = 1L;

    UsageException(ErrorCode code, String message, long needed) {
        super(code, message, needed);
    }
}
