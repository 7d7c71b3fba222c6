package dev.vatic;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/** Settings for whatever the library does. They never change, and threads may share them. */
public final class Options {
    /** Stands for no limit in values of parameters. */
    public static final long NO_LIMIT = Long.MAX_VALUE;

    private static final Options DEFAULTS = new Builder().build();

    private final Handle handle;
    private final Relay relay;

    private Options(Handle handle, Relay relay) {
        this.handle = handle;
        this.relay = relay;
    }

    /**
     * What counts if nothing is said.
     *
     * @return the defaults
     */
    public static Options defaults() {
        return DEFAULTS;
    }

    /**
     * Begins with the defaults.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Settings with a password alone, which is wiped. */
    static Options ofPassword(char[] password) {
        return new Builder().password(password).build();
    }

    <T> T apply(LongFunction<T> work) {
        return relayed(() -> handle.use(work));
    }

    /** Runs {@code work}; what the callback threw goes before what the library says of it. */
    <T> T relayed(Supplier<T> work) {
        try {
            return work.get();
        } catch (VaticException error) {
            Throwable thrown = relay == null ? null : relay.thrown.getAndSet(null);
            if (thrown != null && error.code() == ErrorCode.CANCELLED) {
                throw Options.<RuntimeException>unchecked(thrown);
            }
            throw error;
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> T unchecked(Throwable thrown) throws T {
        throw (T) thrown;
    }

    /** What the library calls; it must not refer to the options. */
    private static final class Relay {
        private final Progress progress;
        private final AtomicReference<Throwable> thrown = new AtomicReference<>();

        Relay(Progress progress) {
            this.progress = progress;
        }

        /** Called by the library. */
        @SuppressWarnings("unused")
        boolean report(long input, long output) {
            try {
                return progress.report(input, output);
            } catch (Throwable error) {
                thrown.set(error);
                return false;
            }
        }
    }

    /** Gathers settings. */
    public static final class Builder {
        private final Map<Parameter, Long> values = new EnumMap<>(Parameter.class);
        private final List<VaticModel> models = new ArrayList<>();
        private final List<Key> keys = new ArrayList<>();
        private Progress progress;

        private Builder() {}

        /**
         * Sets a parameter.
         *
         * @param parameter which one
         * @param value its value, {@link Options#NO_LIMIT} for none
         * @return this builder
         * @throws UsageException if the value is out of bounds
         */
        public Builder set(Parameter parameter, long value) {
            Objects.requireNonNull(parameter, "parameter");
            if (value < parameter.min() || value > parameter.max()) {
                throw new UsageException(
                        ErrorCode.INVALID_OPTION,
                        parameter + " is " + value + ", and must be in " + parameter.min() + " to " + parameter.max(),
                        -1);
            }
            values.put(parameter, value);
            return this;
        }

        /**
         * Sets a parameter that is on or off.
         *
         * @param parameter which one
         * @param on whether it is on
         * @return this builder
         */
        public Builder set(Parameter parameter, boolean on) {
            return set(parameter, on ? 1 : 0);
        }

        /**
         * The level: 1 to 3 are fast, 4 to 6 balanced, 7 to 9 max.
         *
         * @param level from 1 to 9; 5 if nothing is said
         * @return this builder
         */
        public Builder level(int level) {
            return set(Parameter.LEVEL, level);
        }

        /**
         * The level of a preset.
         *
         * @param preset which one
         * @return this builder
         */
        public Builder preset(Preset preset) {
            return level(preset.number());
        }

        /**
         * How many threads code groups.
         *
         * @param threads their number; 0 for one on each CPU
         * @return this builder
         */
        public Builder threads(int threads) {
            return set(Parameter.THREADS, threads);
        }

        /**
         * Adds a model that encoding may use and decoding may need.
         *
         * @param model the model
         * @return this builder
         */
        public Builder model(VaticModel model) {
            models.add(Objects.requireNonNull(model, "model"));
            return this;
        }

        /**
         * Adds a key: it seals what is written, and opens what is read.
         *
         * @param key the key
         * @return this builder
         */
        public Builder key(Key key) {
            keys.add(Objects.requireNonNull(key, "key"));
            return this;
        }

        /**
         * Adds a password as a key, and <strong>fills the array with zeros</strong>.
         *
         * @param password the password
         * @return this builder
         */
        public Builder password(char[] password) {
            return key(Key.password(password));
        }

        /**
         * Calls back between groups.
         *
         * @param progress what to call
         * @return this builder
         */
        public Builder progress(Progress progress) {
            this.progress = Objects.requireNonNull(progress, "progress");
            return this;
        }

        /**
         * Makes the settings.
         *
         * @return the settings
         * @throws UsageException if a value is none that the library takes, or a key or model is closed
         */
        public Options build() {
            int[] numbers = values.keySet().stream().mapToInt(parameter -> parameter.number).toArray();
            long[] list = values.values().stream().mapToLong(value -> value == NO_LIMIT ? -1 : value).toArray();
            Relay relay = progress == null ? null : new Relay(progress);
            try {
                long[] modelNumbers = models.stream().mapToLong(model -> model.handle().number()).toArray();
                long[] keyNumbers = keys.stream().mapToLong(key -> key.handle().number()).toArray();
                long settings = Native.settings(numbers, list, modelNumbers, keyNumbers, relay);
                return new Options(new Handle(settings, Native::settingsFree), relay);
            } finally {
                // The models and keys stay until the library has them.
                Reference.reachabilityFence(this);
            }
        }
    }
}
