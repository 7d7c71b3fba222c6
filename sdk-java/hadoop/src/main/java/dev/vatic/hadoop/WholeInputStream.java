package dev.vatic.hadoop;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.Function;
import org.apache.hadoop.io.compress.CompressionInputStream;

/** All frames from where the stream below stands to its end. */
final class WholeInputStream extends CompressionInputStream {
    private final Function<InputStream, InputStream> opener;
    private InputStream plain;

    WholeInputStream(InputStream in, Function<InputStream, InputStream> opener) throws IOException {
        super(in);
        this.opener = opener;
    }

    private InputStream plain() {
        if (plain == null) {
            plain = opener.apply(in);
        }
        return plain;
    }

    @Override
    public int read() throws IOException {
        return plain().read();
    }

    @Override
    public int read(byte[] out, int offset, int length) throws IOException {
        return plain().read(out, offset, length);
    }

    /** Begins anew where the stream below stands now. */
    @Override
    public void resetState() {
        plain = null;
    }
}
