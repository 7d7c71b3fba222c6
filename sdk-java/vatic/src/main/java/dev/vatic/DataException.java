// Generated from the tables of vatic-capi by vatic-codegen; do not edit.
package dev.vatic;

/**
 * The input is not what it should be.
 *
 * <p>It stands for:
 *
 * <ul>
 * <li>{@link ErrorCode#NOT_VATIC}</li>
 * <li>{@link ErrorCode#UNSUPPORTED}</li>
 * <li>{@link ErrorCode#WRONG_KIND}</li>
 * <li>{@link ErrorCode#TRUNCATED}</li>
 * <li>{@link ErrorCode#CORRUPT}</li>
 * <li>{@link ErrorCode#HASH_MISMATCH}</li>
 * <li>{@link ErrorCode#MODEL_MISSING}</li>
 * </ul>
 */
public final class DataException extends VaticException {
    private static final long serialVersionUID = 1L;

    DataException(ErrorCode code, String message, long needed) {
        super(code, message, needed);
    }
}
