// Generated from the tables of vatic-capi by vatic-codegen; do not edit.
package dev.vatic;

/** Block codecs. */
public enum Codec {
    /** Bytes as they are. */
    STORE(0),
    /** Libzstd. */
    ZSTD(1),
    /** Burrows-Wheeler transform, then a predicted, mixed coding. */
    BWT(2),
    /** LZ77 parse, then a predictor. */
    LZ(3),
    /** A light context mix. */
    ORDER(4),
    /** Numeric samples and images. */
    SAMPLE(5),
    /** The full context mix. */
    MIX(6),
    /** The full context mix beside a transformer. */
    NEURAL(7),
    /** The best for each group; the default. */
    AUTO(255);

    private final int number;

    Codec(int number) {
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
    public static Codec of(int number) {
        for (Codec one : values()) {
            if (one.number == number) {
                return one;
            }
        }
        throw new UsageException(ErrorCode.NOT_FOUND, "Codec has no number " + number, -1);
    }
}
