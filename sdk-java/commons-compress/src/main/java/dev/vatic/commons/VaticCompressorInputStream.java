package dev.vatic.commons;

import dev.vatic.Options;
import dev.vatic.VaticInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.CompressorInputStream;

/** {@link VaticInputStream} as Commons Compress wants it. */
public class VaticCompressorInputStream extends CompressorInputStream {
    private final VaticInputStream in;

    /**
     * Restores what {@code in} has.
     *
     * @param in where frames come from
     */
    public VaticCompressorInputStream(InputStream in) {
        this(in, Options.defaults());
    }

    /**
     * Restores what {@code in} has.
     *
     * @param in where frames come from
     * @param options settings
     */
    public VaticCompressorInputStream(InputStream in, Options options) {
        this.in = new VaticInputStream(in, options);
    }

    /**
     * Whether a file begins as ours do.
     *
     * @param signature the first bytes of a file
     * @param length how many there are
     * @return whether it does
     */
    public static boolean matches(byte[] signature, int length) {
        boolean tiny = length >= 2 && signature[0] == (byte) 0xF6 && (signature[1] & 0xF0) == 0x70;
        return tiny
                || length >= 4
                        && signature[0] == (byte) 0xF6
                        && signature[1] == 'V'
                        && signature[2] == 'A'
                        && signature[3] == 'T';
    }

    @Override
    public int read() throws IOException {
        int one = in.read();
        count(one < 0 ? -1 : 1);
        return one;
    }

    @Override
    public int read(byte[] out, int offset, int length) throws IOException {
        int read = in.read(out, offset, length);
        count(read);
        return read;
    }

    @Override
    public int available() throws IOException {
        return in.available();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
