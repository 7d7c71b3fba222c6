// Generated from the tables of vatic-capi by vatic-codegen; do not edit.
package dev.vatic;

/** Ciphers that seal. */
public enum Suite {
    /** The faster one on this machine. */
    AUTO(0),
    /** AES-256-GCM. */
    AES256_GCM(1),
    /** ChaCha20-Poly1305. */
    CHACHA20_POLY1305(2);

    private final int number;

    Suite(int number) {
        this.number = number;
    }

    /**
     * The number that stands for it in every language.
     *
     * @return the number
     */
    public int number() {
        return number;
    }

    /**
     * The constant of a number.
     *
     * @param number the number
     * @return the constant
     * @throws UsageException if there is none
     */
    public static Suite of(int number) {
        for (Suite one : values()) {
            if (one.number == number) {
                return one;
            }
        }
        throw new UsageException(ErrorCode.NOT_FOUND, "Suite has no number " + number, -1);
    }
}
