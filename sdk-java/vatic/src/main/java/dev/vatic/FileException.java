// Generated from the tables of vatic-capi by vatic-codegen; do not edit.
package dev.vatic;

/**
 * The file system refused something.
 *
 * <p>It stands for:
 *
 * <ul>
 * <li>{@link ErrorCode#IO}</li>
 * <li>{@link ErrorCode#EXISTS}</li>
 * <li>{@link ErrorCode#LOCKED}</li>
 * <li>{@link ErrorCode#PATH}</li>
 * <li>{@link ErrorCode#PARTIAL}</li>
 * </ul>
 */
public final class FileException extends VaticException {
    private static final long serialVersionUID = 1L;

    FileException(ErrorCode code, String message, long needed) {
        super(code, message, needed);
    }
}
