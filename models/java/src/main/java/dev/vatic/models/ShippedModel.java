package dev.vatic.models;

import dev.vatic.VaticModel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;

/**
 * A model that comes with vatic. What each was trained on, {@code models/README.md} of the repository says.
 *
 * <p>Data that was compressed under a model needs that very model: keep the version of this artifact with it, or the
 * model's bytes.
 */
public enum ShippedModel {
    /** Source code and markup: a transformer, slow, and counters for records. */
    CODE,
    /** English prose and documentation, by a transformer: the smallest, and slow. */
    EN,
    /** JSON documents, events, rows. */
    JSON,
    /** Lines of logs. */
    LOG,
    /** English prose, by counters. */
    TEXT;

    /**
     * The bytes of its {@code .vatm} file.
     *
     * @return the bytes
     */
    public byte[] bytes() {
        String file = name().toLowerCase(Locale.ROOT) + ".vatm";
        try (InputStream in = ShippedModel.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks its model " + file);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The model, read anew: keep it. It is to be closed like every model.
     *
     * @return the model
     */
    public VaticModel load() {
        return VaticModel.of(bytes());
    }
}
