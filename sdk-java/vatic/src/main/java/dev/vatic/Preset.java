// Generated from the tables of vatic-capi by vatic-codegen; do not edit.
package dev.vatic;

/** Levels that stand for presets. */
public enum Preset {
    /** Zstd's speed. */
    FAST(2),
    /** Smaller than BWT compressors; the default. */
    BALANCED(5),
    /** The smallest files. */
    MAX(8);

    private final int number;

    Preset(int number) {
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
    public static Preset of(int number) {
        for (Preset one : values()) {
            if (one.number == number) {
                return one;
            }
        }
        throw new UsageException(ErrorCode.NOT_FOUND, "Preset has no number " + number, -1);
    }
}
