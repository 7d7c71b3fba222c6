package dev.vatic;

import java.util.Objects;

/**
 * Codes records one by one under a model; each can be read alone. Any number of threads may share it.
 *
 * <p><strong>Without a tag, another model or damaged bytes may give a wrong record and no error</strong>: keep the
 * model's id where the records are, and set {@link Parameter#RECORD_TAG} if their store does not check them.
 */
public final class VaticRecords implements AutoCloseable {
    private final Handle handle;

    VaticRecords(Handle model, Options options) {
        long number = model.use(id -> options.<Long>apply(settings -> Native.records(id, settings)));
        handle = new Handle(number, Native::recordsFree);
    }

    /**
     * Codes one record.
     *
     * @param record the record
     * @return what it is coded to
     */
    public byte[] compress(byte[] record) {
        Objects.requireNonNull(record, "record");
        return handle.use(number -> Native.recordsCompress(number, record));
    }

    /**
     * Restores one record.
     *
     * @param packed what it was coded to
     * @return the record
     */
    public byte[] decompress(byte[] packed) {
        Objects.requireNonNull(packed, "packed");
        return handle.use(number -> Native.recordsDecompress(number, packed));
    }

    /** Frees its memory. Again does no harm. */
    @Override
    public void close() {
        handle.close();
    }
}
