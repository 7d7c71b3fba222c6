package dev.vatic.hadoop;

import dev.vatic.Options;
import dev.vatic.Parameter;
import dev.vatic.VaticInputStream;
import dev.vatic.VaticReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.conf.Configured;
import org.apache.hadoop.io.compress.CompressionInputStream;
import org.apache.hadoop.io.compress.CompressionOutputStream;
import org.apache.hadoop.io.compress.Compressor;
import org.apache.hadoop.io.compress.Decompressor;
import org.apache.hadoop.io.compress.SplitCompressionInputStream;
import org.apache.hadoop.io.compress.SplittableCompressionCodec;

/**
 * Files that end in {@code .vat}. Several tasks can read one of them, each from the start of a group on; the index at
 * its end tells where those are.
 *
 * <p>Settings, of the configuration: {@value #LEVEL}, {@value #GROUP_SIZE} in bytes of content, {@value
 * #LIMIT_MEMORY} in bytes. A group is never larger than the file system's blocks. Repeated chunks are not stored as
 * references, which would lead from one group to another.
 *
 * <p>There are no compressors and decompressors to pool: the streams have all state.
 */
public class VaticCodec extends Configured implements SplittableCompressionCodec {
    /** The level, from 1 to 9; 5 if nothing is said. */
    public static final String LEVEL = "vatic.level";

    /** Bytes of content in a group, 8 MiB if nothing is said: what one task reads at least. */
    public static final String GROUP_SIZE = "vatic.group.size";

    /** Bytes of memory that reading may take, 2 GiB if nothing is said. */
    public static final String LIMIT_MEMORY = "vatic.limit.memory";

    private static final int GROUP_SIZE_DEFAULT = 8 << 20;

    /** Made by Hadoop. */
    public VaticCodec() {
        super(new Configuration(false));
    }

    /** What files are written with. */
    private Options writing() {
        Configuration conf = getConf();
        long block = Math.max(Parameter.GROUP_SIZE.min(), conf.getLongBytes("dfs.blocksize", 128 << 20));
        long group = Math.min(conf.getLongBytes(GROUP_SIZE, GROUP_SIZE_DEFAULT), block);
        return Options.builder()
                .level(conf.getInt(LEVEL, (int) Parameter.LEVEL.defaultValue()))
                .set(Parameter.GROUP_SIZE, group)
                .set(Parameter.DEDUP, false)
                .build();
    }

    private Options reading() {
        long memory = getConf().getLongBytes(LIMIT_MEMORY, Parameter.LIMIT_MEMORY.defaultValue());
        return Options.builder().set(Parameter.LIMIT_MEMORY, memory).build();
    }

    @Override
    public CompressionOutputStream createOutputStream(OutputStream out) throws IOException {
        return new VaticCompressionOutputStream(out, writing());
    }

    @Override
    public CompressionOutputStream createOutputStream(OutputStream out, Compressor compressor) throws IOException {
        return createOutputStream(out);
    }

    @Override
    public CompressionInputStream createInputStream(InputStream in) throws IOException {
        Options options = reading();
        return new WholeInputStream(in, below -> new VaticInputStream(below, options));
    }

    @Override
    public CompressionInputStream createInputStream(InputStream in, Decompressor decompressor) throws IOException {
        return createInputStream(in);
    }

    @Override
    public SplitCompressionInputStream createInputStream(
            InputStream seekableIn, Decompressor decompressor, long start, long end, READ_MODE readMode)
            throws IOException {
        FileChannel channel = FileChannel.of(seekableIn, end);
        return new SplitInputStream(seekableIn, VaticReader.of(channel, reading()), start, end);
    }

    /** There is none. */
    @Override
    public Class<? extends Compressor> getCompressorType() {
        return null;
    }

    /** There is none. */
    @Override
    public Compressor createCompressor() {
        return null;
    }

    /** There is none. */
    @Override
    public Class<? extends Decompressor> getDecompressorType() {
        return null;
    }

    /** There is none. */
    @Override
    public Decompressor createDecompressor() {
        return null;
    }

    @Override
    public String getDefaultExtension() {
        return ".vat";
    }
}
