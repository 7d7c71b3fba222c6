// Generated from the tables of vatic-capi by vatic-codegen; do not edit.
package dev.vatic;

/** What an entry of an archive is. */
public enum EntryKind {
    /** A regular file. */
    FILE(0),
    /** A directory. */
    DIRECTORY(1),
    /** A symbolic link. */
    SYMLINK(2),
    /** Another name of a file of the archive. */
    HARD_LINK(3),
    /** A named pipe. */
    FIFO(4),
    /** A character device. */
    CHAR_DEVICE(5),
    /** A block device. */
    BLOCK_DEVICE(6);

    private final int number;

    EntryKind(int number) {
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
    public static EntryKind of(int number) {
        for (EntryKind one : values()) {
            if (one.number == number) {
                return one;
            }
        }
        throw new UsageException(ErrorCode.NOT_FOUND, "EntryKind has no number " + number, -1);
    }
}
