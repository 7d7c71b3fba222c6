package dev.vatic;

import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/** Compresses and restores in one call. */
public final class Vatic {
    private Vatic() {}

    /**
     * The version of the library.
     *
     * @return such as {@code 1.2.3}
     */
    public static String version() {
        return Text.of(Native.version());
    }

    /**
     * The version of the format that is written.
     *
     * @return its number
     */
    public static int formatVersion() {
        return Native.formatVersion();
    }

    /**
     * Compresses {@code data} into one frame.
     *
     * @param data what to compress
     * @return the frame
     */
    public static byte[] compress(byte[] data) {
        return compress(data, Options.defaults());
    }

    /**
     * Compresses {@code data} into one frame.
     *
     * @param data what to compress
     * @param options settings
     * @return the frame
     */
    public static byte[] compress(byte[] data, Options options) {
        return compress(data, 0, data.length, options);
    }

    /**
     * Compresses part of an array into one frame.
     *
     * @param data the array
     * @param offset where the part begins
     * @param length its bytes
     * @param options settings
     * @return the frame
     */
    public static byte[] compress(byte[] data, int offset, int length, Options options) {
        Objects.checkFromIndexSize(offset, length, data.length);
        return options.apply(settings -> Native.compress(data, offset, length, settings));
    }

    /**
     * Compresses what remains in {@code source} into {@code target}; both positions advance. Direct buffers are not
     * copied, and must not be changed meanwhile.
     *
     * @param source what to compress
     * @param target room for the frame; {@link #compressBound} tells how much will do
     * @param options settings
     * @return bytes written
     * @throws ResourceException if there is too little room
     */
    public static int compress(ByteBuffer source, ByteBuffer target, Options options) {
        checkTarget(source, target);
        int count;
        if (source.isDirect() && target.isDirect()) {
            count = options.apply(settings -> Native.compressBuffer(
                    source, source.position(), source.remaining(), target, target.position(), target.remaining(), settings));
            target.position(target.position() + count);
        } else {
            count = put(compress(bytes(source), options), target);
        }
        source.position(source.limit());
        return count;
    }

    /**
     * Restores all frames of {@code data}.
     *
     * @param data frames
     * @return their content
     */
    public static byte[] decompress(byte[] data) {
        return decompress(data, Options.defaults());
    }

    /**
     * Restores all frames of {@code data}. Of input from strangers, bound the result by {@link Parameter#LIMIT_OUTPUT}.
     *
     * @param data frames
     * @param options settings
     * @return their content
     */
    public static byte[] decompress(byte[] data, Options options) {
        return decompress(data, 0, data.length, options);
    }

    /**
     * Restores all frames of part of an array.
     *
     * @param data the array
     * @param offset where the part begins
     * @param length its bytes
     * @param options settings
     * @return the content
     */
    public static byte[] decompress(byte[] data, int offset, int length, Options options) {
        Objects.checkFromIndexSize(offset, length, data.length);
        return options.apply(settings -> Native.decompress(data, offset, length, settings));
    }

    /**
     * Restores all frames that remain in {@code source} into {@code target}; both positions advance. Direct buffers
     * are not copied, and must not be changed meanwhile.
     *
     * @param source frames
     * @param target room for their content
     * @param options settings
     * @return bytes written
     * @throws ResourceException if there is too little room; {@link VaticException#needed} says how much will do if
     * the frames tell
     */
    public static int decompress(ByteBuffer source, ByteBuffer target, Options options) {
        checkTarget(source, target);
        int count;
        if (source.isDirect() && target.isDirect()) {
            count = options.apply(settings -> Native.decompressBuffer(
                    source, source.position(), source.remaining(), target, target.position(), target.remaining(), settings));
            target.position(target.position() + count);
        } else {
            count = put(decompress(bytes(source), options), target);
        }
        source.position(source.limit());
        return count;
    }

    private static void checkTarget(ByteBuffer source, ByteBuffer target) {
        Objects.requireNonNull(source, "source");
        if (target.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
    }

    private static byte[] bytes(ByteBuffer source) {
        byte[] bytes = new byte[source.remaining()];
        source.duplicate().get(bytes);
        return bytes;
    }

    private static int put(byte[] bytes, ByteBuffer target) {
        if (bytes.length > target.remaining()) {
            throw new ResourceException(
                    ErrorCode.DST_TOO_SMALL,
                    "the destination has " + target.remaining() + " bytes, and " + bytes.length + " are needed",
                    bytes.length);
        }
        target.put(bytes);
        return bytes.length;
    }

    /**
     * The most bytes that compressing yields, without keys and embedded models.
     *
     * @param length bytes to be compressed
     * @return the most bytes of the frame
     */
    public static long compressBound(long length) {
        return Native.compressBound(length);
    }

    /**
     * The length of the first frame's content, if its front tells. The first 64 bytes of a file are enough.
     *
     * @param data the front of a file
     * @return the length
     */
    public static OptionalLong contentLength(byte[] data) {
        long length = Native.contentLength(Objects.requireNonNull(data, "data"));
        return length < 0 ? OptionalLong.empty() : OptionalLong.of(length);
    }

    /**
     * BLAKE3 of {@code data}: what {@link ArchiveEntry#hash} is for contents.
     *
     * @param data what to hash
     * @return 32 bytes
     */
    public static byte[] hash(byte[] data) {
        return Native.hash(Objects.requireNonNull(data, "data"));
    }

    /**
     * What a file says about itself, without decoding it.
     *
     * @param path the file
     * @param options settings; keys to look into what is sealed
     * @return its frames
     */
    public static List<FrameInfo> info(Path path, Options options) {
        byte[] utf8 = Text.path(path);
        return FrameInfo.parse(Text.of(options.apply(settings -> Native.info(utf8, null, settings))));
    }

    /**
     * What a file says about itself, without decoding it.
     *
     * @param data the bytes of the file
     * @param options settings; keys to look into what is sealed
     * @return its frames
     */
    public static List<FrameInfo> info(byte[] data, Options options) {
        Objects.requireNonNull(data, "data");
        return FrameInfo.parse(Text.of(options.apply(settings -> Native.info(null, data, settings))));
    }
}
