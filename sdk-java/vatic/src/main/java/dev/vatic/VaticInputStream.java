package dev.vatic;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/**
 * Restores what is read from it, in the manner of {@link java.util.zip.GZIPInputStream}: all frames up to the end of
 * the stream below. Calls of several threads wait for each other.
 */
public class VaticInputStream extends FilterInputStream {
    /** Bytes read from below at a time. */
    private static final int PIECE = 1 << 16;
    /** Reads of less go through a buffer. */
    private static final int SMALL = 1 << 12;

    private final Options options;
    private final Handle decoder;
    private final byte[] packed = new byte[PIECE];
    private final byte[] plain = new byte[PIECE];
    private int at;
    private int count;
    /** No more comes from below. */
    private boolean ended;
    /** No more comes out of the decoder. */
    private boolean finished;

    private boolean closed;

    /**
     * Restores what {@code in} has, with the default settings.
     *
     * @param in where frames come from
     */
    public VaticInputStream(InputStream in) {
        this(in, Options.defaults());
    }

    /**
     * Restores what {@code in} has.
     *
     * @param in where frames come from
     * @param options settings
     */
    public VaticInputStream(InputStream in, Options options) {
        super(Objects.requireNonNull(in, "in"));
        this.options = options;
        this.decoder = new Handle(options.<Long>apply(Native::decoder), Native::decoderFree);
    }

    @Override
    public synchronized int read() throws IOException {
        check();
        if (at == count && !fill()) {
            return -1;
        }
        return plain[at++] & 0xFF;
    }

    @Override
    public synchronized int read(byte[] out, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, out.length);
        check();
        if (length == 0) {
            return 0;
        }
        if (at == count) {
            if (length >= SMALL) {
                return decode(out, offset, length);
            }
            if (!fill()) {
                return -1;
            }
        }
        int step = Math.min(length, count - at);
        System.arraycopy(plain, at, out, offset, step);
        at += step;
        return step;
    }

    @Override
    public long skip(long wanted) throws IOException {
        byte[] thrown = new byte[(int) Math.max(0, Math.min(wanted, PIECE))];
        long skipped = 0;
        while (skipped < wanted) {
            int step = read(thrown, 0, (int) Math.min(thrown.length, wanted - skipped));
            if (step < 0) {
                break;
            }
            skipped += step;
        }
        return skipped;
    }

    /**
     * Whether the end was reached.
     *
     * @return 0 behind the end, 1 before it
     */
    @Override
    public synchronized int available() throws IOException {
        check();
        return at == count && finished ? 0 : 1;
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    @Override
    public void mark(int limit) {}

    @Override
    public void reset() throws IOException {
        throw new IOException("there are no marks");
    }

    /** Closes the stream below. Again does no harm. */
    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            decoder.close();
            in.close();
        }
    }

    private void check() throws IOException {
        if (closed) {
            throw new IOException("the stream is closed");
        }
    }

    private boolean fill() throws IOException {
        at = 0;
        count = Math.max(0, decode(plain, 0, plain.length));
        return count > 0;
    }

    /** At least one byte of output, or -1 at the end. */
    private int decode(byte[] out, int offset, int room) throws IOException {
        // What waits in the decoder comes before more is read.
        int length = 0;
        while (!finished) {
            int given = pull(length, out, offset, room);
            if (given > 0) {
                return given;
            }
            if (!finished && !ended) {
                length = Math.max(0, in.read(packed, 0, packed.length));
                ended = length == 0;
            }
        }
        return -1;
    }

    private int pull(int length, byte[] out, int offset, int room) throws IOException {
        try {
            int answer = options.relayed(
                    () -> decoder.use(number -> Native.decoderPull(number, packed, length, ended, out, offset, room)));
            // Of what was the last, the number is below zero.
            finished = answer < 0;
            return finished ? -1 - answer : answer;
        } catch (VaticException error) {
            throw new VaticIOException(error);
        }
    }
}
