package dev.vatic;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;

/**
 * Compresses what is written to it into one frame, in the manner of {@link java.util.zip.GZIPOutputStream}. It
 * gathers small writes by itself. Calls of several threads wait for each other.
 */
public class VaticOutputStream extends FilterOutputStream {
    private static final int CONTINUE = 0;
    private static final int FLUSH = 1;
    private static final int END = 2;
    /** Bytes gathered before the library is called. */
    private static final int GATHERED = 1 << 16;
    /** Bytes given to it at a time. */
    private static final int PIECE = 1 << 20;

    private final Options options;
    private final boolean syncFlush;
    private final Handle encoder;
    private final byte[] gathered = new byte[GATHERED];
    private int count;
    private boolean failed;
    private boolean finished;
    private boolean closed;

    /**
     * Compresses to {@code out} with the default settings.
     *
     * @param out where the frame goes
     */
    public VaticOutputStream(OutputStream out) {
        this(out, Options.defaults());
    }

    /**
     * Compresses to {@code out}.
     *
     * @param out where the frame goes
     * @param options settings
     */
    public VaticOutputStream(OutputStream out, Options options) {
        this(out, options, false);
    }

    /**
     * Compresses to {@code out}.
     *
     * @param out where the frame goes
     * @param options settings
     * @param syncFlush whether {@link #flush} gives out all that was written, so that it can be decompressed. That
     * costs size
     */
    public VaticOutputStream(OutputStream out, Options options, boolean syncFlush) {
        super(Objects.requireNonNull(out, "out"));
        this.options = options;
        this.syncFlush = syncFlush;
        this.encoder = new Handle(options.<Long>apply(Native::encoder), Native::encoderFree);
    }

    @Override
    public synchronized void write(int b) throws IOException {
        check();
        if (count == gathered.length) {
            drain(CONTINUE);
        }
        gathered[count++] = (byte) b;
    }

    @Override
    public synchronized void write(byte[] data, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, data.length);
        check();
        if (length <= gathered.length - count) {
            System.arraycopy(data, offset, gathered, count, length);
            count += length;
            return;
        }
        drain(CONTINUE);
        int at = offset;
        int end = offset + length;
        while (end - at >= gathered.length) {
            int step = Math.min(PIECE, end - at);
            push(data, at, step, CONTINUE);
            at += step;
        }
        System.arraycopy(data, at, gathered, 0, end - at);
        count = end - at;
    }

    /** Flushes the stream below; before that, if this was asked for, gives out all that was written. */
    @Override
    public synchronized void flush() throws IOException {
        if (syncFlush && !finished && !closed) {
            check();
            drain(FLUSH);
        }
        out.flush();
    }

    /**
     * Ends the frame and leaves the stream below open. Nothing can be written then.
     *
     * @throws IOException if the end cannot be written
     */
    public synchronized void finish() throws IOException {
        if (closed) {
            throw new IOException("the stream is closed");
        }
        if (!finished) {
            check();
            drain(END);
            finished = true;
        }
    }

    /** Ends the frame, and closes the stream below. Again does no harm. */
    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        // Behind a failure there is no frame to end.
        try (OutputStream below = out;
                Handle free = encoder) {
            if (!failed) {
                finish();
            }
        } finally {
            closed = true;
        }
    }

    private void check() throws IOException {
        if (closed || finished || failed) {
            throw new IOException("the stream " + (closed ? "is closed" : finished ? "is finished" : "failed before"));
        }
    }

    private void drain(int op) throws IOException {
        int length = count;
        count = 0;
        push(gathered, 0, length, op);
    }

    private void push(byte[] data, int offset, int length, int op) throws IOException {
        byte[] packed;
        boolean done = false;
        try {
            packed = options.relayed(
                    () -> encoder.use(number -> Native.encoderPush(number, data, offset, length, op)));
            if (packed != null) {
                out.write(packed);
            }
            done = true;
        } catch (VaticException error) {
            throw new VaticIOException(error);
        } finally {
            failed |= !done;
        }
    }
}
