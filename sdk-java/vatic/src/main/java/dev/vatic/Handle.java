package dev.vatic;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;

/** A native object: its number, and how it is freed. One that nobody closes goes when nothing refers to it any more. */
final class Handle implements AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final long number;
    private final Cleaner.Cleanable cleanable;

    Handle(long number, LongConsumer free) {
        this.number = number;
        // Without a reference to this handle, which would keep it.
        this.cleanable = CLEANER.register(this, () -> free.accept(number));
    }

    /** The number alone, for who keeps the object meanwhile. */
    long number() {
        return number;
    }

    /** Runs {@code work} with the number; the object stays meanwhile. Of one that is closed the library says so. */
    <T> T use(LongFunction<T> work) {
        try {
            return work.apply(number);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Frees the object. Again, or while a call uses it, does no harm. */
    @Override
    public void close() {
        cleanable.clean();
    }
}
