package dev.vatic;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/** One entry of an archive. */
public final class ArchiveEntry {
    private final int index;
    private final byte[][] bytes;
    private final long[] values;
    private final EntryKind kind;

    /** The values are those of the fields, in the order of their numbers. */
    ArchiveEntry(int index, byte[][] bytes, long[] values) {
        this.index = index;
        this.bytes = bytes;
        this.values = values;
        this.kind = EntryKind.of((int) values[0]);
    }

    int index() {
        return index;
    }

    /**
     * The name.
     *
     * @return the name, with marks for what is not UTF-8
     */
    public String name() {
        return Text.of(bytes[0]);
    }

    /**
     * The name's bytes.
     *
     * @return the bytes
     */
    public byte[] nameBytes() {
        return bytes[0].clone();
    }

    /**
     * What it is.
     *
     * @return the kind
     */
    public EntryKind kind() {
        return kind;
    }

    /**
     * Bytes of content.
     *
     * @return the bytes
     */
    public long size() {
        return values[1];
    }

    /**
     * Bytes of content without holes.
     *
     * @return the bytes
     */
    public long dataSize() {
        return values[2];
    }

    /**
     * Permissions.
     *
     * @return the low 12 bits of a Unix mode
     */
    public int mode() {
        return (int) values[3];
    }

    /**
     * The time of the last change.
     *
     * @return the time, if it is known
     */
    public Optional<Instant> modified() {
        return values[4] == 0 ? Optional.empty() : Optional.of(Instant.ofEpochSecond(values[5], values[6]));
    }

    /**
     * Number of the user that owns it.
     *
     * @return the number, if it is known
     */
    public OptionalLong userId() {
        return values[7] == 0 ? OptionalLong.empty() : OptionalLong.of(values[8]);
    }

    /**
     * Number of the group that owns it.
     *
     * @return the number, if it is known
     */
    public OptionalLong groupId() {
        return values[7] == 0 ? OptionalLong.empty() : OptionalLong.of(values[9]);
    }

    /**
     * The generation that it came with.
     *
     * @return its number, from 1
     */
    public long generation() {
        return values[10];
    }

    /**
     * Major number of a device.
     *
     * @return the number
     */
    public long deviceMajor() {
        return values[11];
    }

    /**
     * Minor number of a device.
     *
     * @return the number
     */
    public long deviceMinor() {
        return values[12];
    }

    /**
     * What a link points to.
     *
     * @return the target, empty for what is no link
     */
    public String target() {
        return Text.of(bytes[1]);
    }

    /**
     * The bytes of what a link points to.
     *
     * @return the bytes, none for what is no link
     */
    public byte[] targetBytes() {
        return bytes[1].clone();
    }

    /**
     * BLAKE3 of the content.
     *
     * @return 32 bytes, if the entry has them
     */
    public Optional<byte[]> hash() {
        return bytes[2].length == 0 ? Optional.empty() : Optional.of(bytes[2].clone());
    }

    @Override
    public String toString() {
        return name();
    }
}
