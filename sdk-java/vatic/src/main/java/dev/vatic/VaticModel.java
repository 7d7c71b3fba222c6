package dev.vatic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What experts know beforehand, from a {@code .vatm} file or from training. It never changes; any number of threads
 * may share it.
 */
public final class VaticModel implements AutoCloseable {
    private final Handle handle;
    private VaticRecords records;

    private VaticModel(long number) {
        handle = new Handle(number, Native::modelFree);
    }

    Handle handle() {
        return handle;
    }

    /**
     * Reads a {@code .vatm} file.
     *
     * @param path the file
     * @return the model
     */
    public static VaticModel load(Path path) {
        return load(path, Options.defaults());
    }

    /**
     * Reads a {@code .vatm} file.
     *
     * @param path the file
     * @param options settings, of which {@link Parameter#LIMIT_MODEL} counts
     * @return the model
     */
    public static VaticModel load(Path path, Options options) {
        byte[] utf8 = Text.path(path);
        return new VaticModel(options.<Long>apply(settings -> Native.modelFile(utf8, settings)));
    }

    /**
     * Reads the bytes of a {@code .vatm} file.
     *
     * @param data the bytes
     * @return the model
     */
    public static VaticModel of(byte[] data) {
        Objects.requireNonNull(data, "data");
        return new VaticModel(Options.defaults().<Long>apply(settings -> Native.modelBytes(data, settings)));
    }

    /**
     * Trains a primer on samples, each of them a record, a file or a part of one. It takes seconds for megabytes.
     *
     * <p><strong>A primer holds traces of what it was trained on.</strong> Do not publish one that was trained on
     * what is not to be published.
     *
     * @param samples what to learn from
     * @return the model
     */
    public static VaticModel train(Collection<byte[]> samples) {
        return train(samples, 0);
    }

    /**
     * Trains a primer on samples.
     *
     * @param samples what to learn from
     * @param size the most bytes of its tables; 0 for the usual size
     * @return the model
     */
    public static VaticModel train(Collection<byte[]> samples, long size) {
        return new VaticModel(Native.modelTrain(list(samples), size, 0));
    }

    /**
     * Trains what codec {@link Codec#NEURAL} begins with beside the transformer of a model. Each byte of the samples
     * takes some ten microseconds, and more where the transformer is large. As with other primers, it holds traces of
     * the samples.
     *
     * @param base a model with a transformer
     * @param samples what to learn from
     * @param size the most bytes of its tables; 0 for the usual size
     * @return {@code base} with it, as the part {@code gates}
     */
    public static VaticModel trainBeside(VaticModel base, Collection<byte[]> samples, long size) {
        byte[][] list = list(samples);
        return new VaticModel(base.handle.<Long>use(beside -> Native.modelTrain(list, size, beside)));
    }

    /**
     * Reads the bytes of a {@code .czm} file of czip: a transformer, which computes what czip does.
     *
     * @param data the bytes
     * @return the model
     */
    public static VaticModel ofCzm(byte[] data) {
        Objects.requireNonNull(data, "data");
        return new VaticModel(Options.defaults().<Long>apply(settings -> Native.modelCzm(data, settings)));
    }

    /**
     * One model with the parts of both, and what this one says about itself. They may have no part of the same name.
     * What cites one of them is read with the joined one too.
     *
     * @param other the other model
     * @return a third one
     */
    public VaticModel join(VaticModel other) {
        return new VaticModel(
                handle.<Long>use(first -> other.handle.<Long>use(second -> Native.modelJoin(first, second))));
    }

    private static byte[][] list(Collection<byte[]> records) {
        byte[][] list = records.toArray(new byte[0][]);
        for (byte[] one : list) {
            Objects.requireNonNull(one, "record");
        }
        return list;
    }

    /**
     * The model as a {@code .vatm} file.
     *
     * @return the bytes
     */
    public byte[] toBytes() {
        return handle.use(Native::modelToBytes);
    }

    /**
     * Writes the model as a {@code .vatm} file, which must not be there.
     *
     * @param path the file
     * @throws IOException if it cannot be written
     */
    public void save(Path path) throws IOException {
        Files.write(path, toBytes(), java.nio.file.StandardOpenOption.CREATE_NEW);
    }

    /**
     * The id; data cites its first 16 digits.
     *
     * @return hexadecimal digits
     */
    public String id() {
        return Text.of(handle.use(Native::modelId));
    }

    /**
     * What the model says about itself: name, description, licence and more.
     *
     * @return keys and values
     */
    public Map<String, String> metadata() {
        byte[][] words = handle.use(Native::modelMetadata);
        Map<String, String> metadata = new LinkedHashMap<>();
        for (int i = 0; i + 1 < words.length; i += 2) {
            metadata.put(Text.of(words[i]), Text.of(words[i + 1]));
        }
        return Collections.unmodifiableMap(metadata);
    }

    /**
     * The names of its parts.
     *
     * @return the names
     */
    public List<String> parts() {
        return Arrays.stream(handle.use(Native::modelParts)).map(Text::of).collect(Collectors.toList());
    }

    /**
     * A coder for single records.
     *
     * @param options settings, of which {@link Parameter#RECORD_TAG} and {@link Parameter#RECORD_MAX} count
     * @return the coder
     */
    public VaticRecords records(Options options) {
        return new VaticRecords(handle, options);
    }

    private synchronized VaticRecords plain() {
        if (records == null) {
            records = records(Options.defaults());
        }
        return records;
    }

    /**
     * Codes one record without a tag; see {@link VaticRecords}.
     *
     * @param record the record
     * @return what it is coded to
     */
    public byte[] compressRecord(byte[] record) {
        return plain().compress(record);
    }

    /**
     * Restores one record without a tag; see {@link VaticRecords}.
     *
     * @param packed what it was coded to
     * @return the record
     */
    public byte[] decompressRecord(byte[] packed) {
        return plain().decompress(packed);
    }

    /**
     * Codes records into one batch.
     *
     * @param records the records
     * @return the batch
     */
    public byte[] compressMany(Collection<byte[]> records) {
        return compressMany(records, Options.defaults());
    }

    /**
     * Codes records into one batch. Each {@link Parameter#RECORD_BUNDLE} of records share a stream, and are decoded
     * to read one of them.
     *
     * @param records the records
     * @param options settings
     * @return the batch
     */
    public byte[] compressMany(Collection<byte[]> records, Options options) {
        byte[][] list = list(records);
        return handle.use(model -> options.apply(settings -> Native.compressMany(list, model, settings)));
    }

    /**
     * All records of a batch under this model.
     *
     * @param packed the batch
     * @return the records
     */
    public List<byte[]> decompressMany(byte[] packed) {
        return VaticBatch.decompressMany(packed, Options.builder().model(this).build());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof VaticModel && id().equals(((VaticModel) other).id());
    }

    @Override
    public int hashCode() {
        return id().hashCode();
    }

    @Override
    public String toString() {
        return "VaticModel " + id().substring(0, 16);
    }

    /** Frees the memory of the model, once no options and coders have it. Again does no harm. */
    @Override
    public synchronized void close() {
        if (records != null) {
            records.close();
        }
        handle.close();
    }
}
