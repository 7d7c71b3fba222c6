package dev.vatic.commons;

import java.io.InputStream;
import java.io.OutputStream;
import java.util.Set;
import org.apache.commons.compress.compressors.CompressorException;
import org.apache.commons.compress.compressors.CompressorInputStream;
import org.apache.commons.compress.compressors.CompressorOutputStream;
import org.apache.commons.compress.compressors.CompressorStreamProvider;

/** What {@code CompressorStreamFactory} finds under the name {@code vatic}. */
public final class VaticProvider implements CompressorStreamProvider {
    /** The name of the compressor. */
    public static final String NAME = "vatic";

    /** Made by the service loader. */
    public VaticProvider() {}

    /** All frames are restored, whatever {@code decompressUntilEof} says. */
    @Override
    public CompressorInputStream createCompressorInputStream(String name, InputStream in, boolean decompressUntilEof)
            throws CompressorException {
        check(name);
        return new VaticCompressorInputStream(in);
    }

    // The type parameter is of the stream below in some compressors of the factory, and in others, as here, of one between.
    @Override
    @SuppressWarnings("unchecked")
    public <T extends OutputStream> CompressorOutputStream<T> createCompressorOutputStream(String name, T out)
            throws CompressorException {
        check(name);
        return (CompressorOutputStream<T>) (CompressorOutputStream<?>) new VaticCompressorOutputStream(out);
    }

    private static void check(String name) throws CompressorException {
        if (!NAME.equalsIgnoreCase(name)) {
            throw new CompressorException("Compressor: " + name + " not found.");
        }
    }

    @Override
    public Set<String> getInputStreamCompressorNames() {
        return Set.of(NAME);
    }

    @Override
    public Set<String> getOutputStreamCompressorNames() {
        return Set.of(NAME);
    }
}
