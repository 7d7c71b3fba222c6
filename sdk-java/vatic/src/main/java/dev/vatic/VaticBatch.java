package dev.vatic;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** A batch of records, which are decoded when they are asked for. */
public final class VaticBatch implements AutoCloseable {
    private final Handle handle;
    private final int size;

    private VaticBatch(long number) {
        handle = new Handle(number, Native::batchFree);
        size = (int) Math.min(Integer.MAX_VALUE, handle.<Long>use(Native::batchSize));
    }

    /**
     * Opens a batch.
     *
     * @param packed its bytes, which are copied
     * @param options settings; the model, if it is not in the batch
     * @return the batch
     */
    public static VaticBatch of(byte[] packed, Options options) {
        Objects.requireNonNull(packed, "packed");
        return new VaticBatch(options.<Long>apply(settings -> Native.batch(packed, settings)));
    }

    /**
     * All records of a batch.
     *
     * @param packed its bytes
     * @param options settings; the model, if it is not in the batch
     * @return the records
     */
    public static List<byte[]> decompressMany(byte[] packed, Options options) {
        Objects.requireNonNull(packed, "packed");
        return Arrays.asList(options.apply(settings -> Native.decompressMany(packed, settings)));
    }

    /**
     * Number of records.
     *
     * @return the number
     */
    public int size() {
        return size;
    }

    /**
     * One record.
     *
     * @param index its place, from 0
     * @return the record
     */
    public byte[] get(int index) {
        Objects.checkIndex(index, size);
        return handle.use(number -> Native.batchGet(number, index));
    }

    /** Frees its memory. Again does no harm. */
    @Override
    public void close() {
        handle.close();
    }
}
