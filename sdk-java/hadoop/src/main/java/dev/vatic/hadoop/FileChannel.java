package dev.vatic.hadoop;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import org.apache.hadoop.fs.PositionedReadable;
import org.apache.hadoop.fs.Seekable;

/** A file of Hadoop as a channel, read by positions alone. Closing it leaves the file open. */
final class FileChannel implements SeekableByteChannel {
    private final PositionedReadable file;
    private final long size;
    private long position;

    private FileChannel(PositionedReadable file, long size) {
        this.file = file;
        this.size = size;
    }

    /**
     * A channel over {@code in}, which is at least {@code least} bytes long.
     *
     * @throws IOException if it cannot be read by positions
     */
    static FileChannel of(InputStream in, long least) throws IOException {
        if (!(in instanceof PositionedReadable) || !(in instanceof Seekable)) {
            throw new IOException("the stream must be read by positions to be split: " + in.getClass());
        }
        PositionedReadable file = (PositionedReadable) in;
        long guess = ((Seekable) in).getPos() + in.available();
        return new FileChannel(file, size(file, least, guess));
    }

    /**
     * Streams do not tell how long their files are. The end of the split is often the end of the file, or what is
     * available leads there; else it is searched for.
     */
    private static long size(PositionedReadable file, long least, long guess) throws IOException {
        long low = 0;
        for (long candidate : new long[] {least, guess}) {
            if (candidate > low && has(file, candidate - 1)) {
                low = candidate;
                if (!has(file, candidate)) {
                    return candidate;
                }
            }
        }
        // There are `low` bytes, and not `high`.
        long step = 1 << 16;
        while (has(file, low + step - 1)) {
            low += step;
            step *= 2;
        }
        long high = low + step;
        while (high - low > 1) {
            long middle = low + (high - low) / 2;
            if (has(file, middle - 1)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static boolean has(PositionedReadable file, long position) throws IOException {
        return file.read(position, new byte[1], 0, 1) > 0;
    }

    @Override
    public int read(ByteBuffer out) throws IOException {
        int wanted = (int) Math.min(out.remaining(), size - position);
        if (wanted <= 0) {
            return -1;
        }
        byte[] bytes = new byte[wanted];
        int count = file.read(position, bytes, 0, wanted);
        if (count > 0) {
            out.put(bytes, 0, count);
            position += count;
        }
        return count;
    }

    @Override
    public long position() {
        return position;
    }

    @Override
    public SeekableByteChannel position(long position) {
        this.position = position;
        return this;
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public int write(ByteBuffer from) {
        throw new NonWritableChannelException();
    }

    @Override
    public SeekableByteChannel truncate(long size) {
        throw new NonWritableChannelException();
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}
}
