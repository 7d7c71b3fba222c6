package dev.vatic.hadoop;

import dev.vatic.Options;
import dev.vatic.VaticOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.hadoop.io.compress.CompressionOutputStream;

/** One frame from each reset to the next finish, as sequence files want it. */
final class VaticCompressionOutputStream extends CompressionOutputStream {
    private final Options options;
    /** Made with the first byte, or at the end of a stream that had none. */
    private VaticOutputStream frame;

    private boolean finished;

    VaticCompressionOutputStream(OutputStream out, Options options) {
        super(out);
        this.options = options;
    }

    private VaticOutputStream frame() throws IOException {
        if (finished) {
            throw new IOException("the stream is finished");
        }
        if (frame == null) {
            frame = new VaticOutputStream(out, options);
        }
        return frame;
    }

    @Override
    public void write(int b) throws IOException {
        frame().write(b);
    }

    @Override
    public void write(byte[] data, int offset, int length) throws IOException {
        frame().write(data, offset, length);
    }

    @Override
    public void finish() throws IOException {
        if (!finished) {
            frame().finish();
            finished = true;
        }
    }

    @Override
    public void resetState() {
        frame = null;
        finished = false;
    }
}
