package dev.vatic.commons;

import dev.vatic.Options;
import dev.vatic.VaticOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.commons.compress.compressors.CompressorOutputStream;

/** {@link VaticOutputStream} as Commons Compress wants it. */
public class VaticCompressorOutputStream extends CompressorOutputStream<VaticOutputStream> {
    /**
     * Compresses to {@code out} with the default settings.
     *
     * @param out where the frame goes
     */
    public VaticCompressorOutputStream(OutputStream out) {
        this(out, Options.defaults());
    }

    /**
     * Compresses to {@code out}.
     *
     * @param out where the frame goes
     * @param options settings
     */
    public VaticCompressorOutputStream(OutputStream out, Options options) {
        super(new VaticOutputStream(out, options));
    }

    @Override
    public void write(byte[] data, int offset, int length) throws IOException {
        out.write(data, offset, length);
    }

    /**
     * Ends the frame and leaves the stream below open.
     *
     * @throws IOException if the end cannot be written
     */
    @Override
    public void finish() throws IOException {
        out().finish();
    }
}
