package dev.vatic;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/** Reads parts of a file's content, and decodes only the groups that they are in. */
public final class VaticReader implements AutoCloseable {
    private final Options options;
    private final Handle handle;

    private VaticReader(long number, Options options) {
        this.options = options;
        this.handle = new Handle(number, Native::readerFree);
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
        return new VaticReader(options.<Long>apply(settings -> Native.readerFile(utf8, settings)), options);
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
        return new VaticReader(options.<Long>apply(settings -> Native.readerBytes(data, settings)), options);
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
        return options.relayed(
                () -> handle.use(number -> Native.readerRead(number, position, out, offset, length)));
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

    /** Lets go of the file. Again does no harm. */
    @Override
    public void close() {
        handle.close();
    }
}
