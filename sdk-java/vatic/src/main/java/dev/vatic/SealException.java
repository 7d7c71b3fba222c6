// Generated from the tables of vatic-capi by vatic-codegen; do not edit.
package dev.vatic;

/**
 * A key is missing, wrong, or something sealed was changed.
 *
 * <p>It stands for:
 *
 * <ul>
 * <li>{@link ErrorCode#KEY_NEEDED}</li>
 * <li>{@link ErrorCode#WRONG_KEY}</li>
 * <li>{@link ErrorCode#NOT_SEALED}</li>
 * <li>{@link ErrorCode#TAMPERED}</li>
 * </ul>
 */
public final class SealException extends VaticException {
    private static final long serialVersionUID = 1L;

    SealException(ErrorCode code, String message, long needed) {
        super(code, message, needed);
    }
}
