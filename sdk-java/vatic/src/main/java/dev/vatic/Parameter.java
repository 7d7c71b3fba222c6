// Generated from the tables of vatic-capi by vatic-codegen; do not edit.
package dev.vatic;

/** Settings by number, for {@link Options.Builder#set}. */
public enum Parameter {
    /** 1 to 3 are fast, 4 to 6 balanced, 7 to 9 max. */
    LEVEL(100, 1, 9, 5),
    /** Threads that code groups; 0 takes one for each CPU. Never changes the output. */
    THREADS(101, 0, 1024, 1),
    /** Bytes of input in a group, the unit of threads and of random access; 0 chooses. */
    GROUP_SIZE(102, 0, 536870912, 0),
    /** Bytes of memory that encoding may take, about. */
    MEMORY(103, 1048576, Long.MAX_VALUE, Long.MAX_VALUE),
    /** Codes every group with this codec, of vatic_codec; 255 chooses. */
    CODEC(104, 0, 255, 255),
    /** Whether decoders check the content before they release it. */
    CHECKSUM(105, 0, 1, 1),
    /** Whether each group is decoded again and compared before it is written. */
    VERIFY(106, 0, 1, 0),
    /** Whether repeated chunks within 64 MiB are stored once. */
    DEDUP(107, 0, 1, 1),
    /** Bytes that will be given to the encoder; ending it fails where this is wrong. */
    CONTENT_LENGTH(108, 0, Long.MAX_VALUE, Long.MAX_VALUE),
    /** Whether the parts of models that were used go into the output. */
    EMBED_MODEL(109, 0, 1, 0),
    /** With codec neural: what the transformer says alone, without the mix, for comparison. */
    PURE(110, 0, 1, 0),
    /** With a transformer: how many parts of a block are coded side by side; decodes faster and is larger. */
    LANES(111, 1, 32, 1),
    /** Bytes of memory that trying a password takes, a multiple of 1024. */
    KDF_MEMORY(120, 1048576, 1073741824, 67108864),
    /** Passes over that memory. */
    KDF_PASSES(121, 1, 16, 3),
    /** The cipher that seals, of vatic_suite; 0 takes the faster one on this machine. */
    SUITE(122, 0, 2, 0),
    /** Bytes of output that decoding may yield. */
    LIMIT_OUTPUT(200, 0, Long.MAX_VALUE, Long.MAX_VALUE),
    /** Bytes of memory that decoding may take, output buffers of a group included. */
    LIMIT_MEMORY(201, 0, Long.MAX_VALUE, 2147483648L),
    /** Bytes of memory that trying a password may take. */
    LIMIT_KDF_MEMORY(202, 0, Long.MAX_VALUE, 268435456),
    /** Bytes of a model, from a file or inside of data. */
    LIMIT_MODEL(203, 0, Long.MAX_VALUE, 1073741824),
    /** Bytes of hash on each record. Without them, another model or damage may give wrong bytes and no error. */
    RECORD_TAG(300, 0, 4, 0),
    /** Bytes of the longest record that decoding may yield. */
    RECORD_MAX(301, 0, Long.MAX_VALUE, 16777216),
    /** Records of a batch that share a code stream and learn from each other. */
    RECORD_BUNDLE(302, 1, 4096, 16),
    /** Bytes of an archive's content that are coded together; 0 chooses. */
    SOLID_SIZE(400, 0, 536870912, 0),
    /** Whether archives leave out times, owners and attributes, so that equal trees give equal archives. */
    DETERMINISTIC(401, 0, 1, 0),
    /** Whether files that are in the way may be replaced. */
    OVERWRITE(402, 0, 1, 0),
    /** Whether extraction goes on behind a damaged entry. */
    KEEP_GOING(403, 0, 1, 0),
    /** Whether extraction restores owners, set-id bits and exact modes. */
    OWNERS(404, 0, 1, 0),
    /** Whether extraction restores attributes outside of the class user. */
    ALL_XATTRS(405, 0, 1, 0),
    /** Whether extraction makes named pipes and devices. */
    SPECIAL(406, 0, 1, 0),
    /** Entries of an archive. */
    LIMIT_ENTRIES(420, 0, Long.MAX_VALUE, 16777216),
    /** Bytes of content of all entries that are read together. */
    LIMIT_CONTENT(421, 0, Long.MAX_VALUE, Long.MAX_VALUE);

    final int number;
    private final long min;
    private final long max;
    private final long value;

    Parameter(int number, long min, long max, long value) {
        this.number = number;
        this.min = min;
        this.max = max;
        this.value = value;
    }

    /**
     * The least value.
     *
     * @return the least value
     */
    public long min() {
        return min;
    }

    /**
     * The largest value; {@code Long.MAX_VALUE} stands for no limit.
     *
     * @return the largest value
     */
    public long max() {
        return max;
    }

    /**
     * What counts if nothing is said.
     *
     * @return the default
     */
    public long defaultValue() {
        return value;
    }
}
