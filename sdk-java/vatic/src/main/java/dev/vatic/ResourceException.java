// Generated from the tables of vatic-capi by vatic-codegen; do not edit.
package dev.vatic;

/**
 * More is needed than there is or than is allowed.
 *
 * <p>It stands for:
 *
 * <ul>
 * <li>{@link ErrorCode#LIMIT}</li>
 * <li>{@link ErrorCode#OUT_OF_MEMORY}</li>
 * <li>{@link ErrorCode#DST_TOO_SMALL}</li>
 * </ul>
 */
public final class ResourceException extends VaticException {
    private static final long serialVersionUID = 1L;

    ResourceException(ErrorCode code, String message, long needed) {
        super(code, message, needed);
    }
}
