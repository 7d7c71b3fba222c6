package dev.vatic;

import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/** Reads parts of a file's content, and decodes only the groups that they are in. */
public final class VaticReader implements AutoCloseable {
    private final Options options;
    private final Handle handle;

    private final ChannelSource source;

    private VaticReader(long number, Options options, ChannelSource source) {
        this.options = options;
        this.handle = new Handle(number, Native::readerFree);
        this.source = source;
    }

    /**
     * Opens a file.
     *
     * @param path the file
     * @return a reader
     */
    public static VaticReader open(Path path) {
        return open(path, Options.defaults());
    }

    /**
     * Opens a file.
     *
     * @param path the file
     * @param options settings
     * @return a reader
     */
    public static VaticReader open(Path path, Options options) {
        byte[] utf8 = Text.path(path);
        return new VaticReader(options.<Long>apply(settings -> Native.readerFile(utf8, settings)), options, null);
    }

    /**
     * Opens the bytes of a file, which are copied.
     *
     * @param data the bytes
     * @param options settings
     * @return a reader
     */
    public static VaticReader of(byte[] data, Options options) {
        Objects.requireNonNull(data, "data");
        return new VaticReader(options.<Long>apply(settings -> Native.readerBytes(data, settings)), options, null);
    }

    /**
     * Opens what a channel reads. It is the reader's from now on.
     *
     * @param channel the file
     * @param options settings
     * @return a reader
     */
    public static VaticReader of(SeekableByteChannel channel, Options options) {
        ChannelSource source = new ChannelSource(Objects.requireNonNull(channel, "channel"));
        long size = source.size();
        try {
            long number = options.<Long>apply(settings -> Native.readerChannel(source, size, settings));
            return new VaticReader(number, options, source);
        } catch (VaticException error) {
            throw source.explained(error);
        }
    }

    /**
     * Where each group begins, in order. A group is decoded at once, so that work is well divided there.
     *
     * @return the starts of groups
     */
    public List<GroupStart> groupStarts() {
        long[] flat = handle.use(Native::readerStarts);
        List<GroupStart> starts = new ArrayList<>(flat.length / 2);
        for (int i = 0; i < flat.length; i += 2) {
            starts.add(new GroupStart(flat[i], flat[i + 1]));
        }
        return Collections.unmodifiableList(starts);
    }

    /** Where a group begins. */
    public static final class GroupStart {
        private final long position;
        private final long offset;

        private GroupStart(long position, long offset) {
            this.position = position;
            this.offset = offset;
        }

        /**
         * Its place in the file, about that in a sealed one; it grows from group to group.
         *
         * @return bytes
         */
        public long position() {
            return position;
        }

        /**
         * Its place in the content.
         *
         * @return bytes
         */
        public long offset() {
            return offset;
        }
    }

    /**
     * Bytes of content.
     *
     * @return the bytes
     */
    public long length() {
        return handle.use(Native::readerLength);
    }

    /**
     * Reads what stands at {@code position}.
     *
     * @param position where, in bytes of content
     * @param out where to
     * @param offset its place there
     * @param length how many bytes
     * @return how many there were: fewer at the end, 0 behind it
     */
    public int read(long position, byte[] out, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, out.length);
        if (position < 0) {
            throw new IndexOutOfBoundsException("position " + position);
        }
        try {
            return options.relayed(
                    () -> handle.use(number -> Native.readerRead(number, position, out, offset, length)));
        } catch (VaticException error) {
            throw source == null ? error : source.explained(error);
        }
    }

    /**
     * Reads what stands at {@code position}.
     *
     * @param position where, in bytes of content
     * @param length how many bytes
     * @return the bytes: fewer at the end, none behind it
     */
    public byte[] read(long position, int length) {
        byte[] out = new byte[(int) Math.min(length, Math.max(0, length() - position))];
        return Arrays.copyOf(out, read(position, out, 0, out.length));
    }

    /** Lets go of the file, and closes a channel. Again does no harm. */
    @Override
    public void close() {
        handle.close();
        if (source != null) {
            source.close();
        }
    }
}
