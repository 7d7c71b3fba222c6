package dev.vatic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.function.Executable;

/** What the tests work on. */
final class Samples {
    static final byte[] TEXT = "It was the best of times, it was the worst of times, it was the age of wisdom. "
            .repeat(50)
            .getBytes(StandardCharsets.UTF_8);

    private Samples() {}

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] noise(int length) {
        byte[] noise = new byte[length];
        new Random(7).nextBytes(noise);
        return noise;
    }

    static List<byte[]> records(int count) {
        List<byte[]> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(bytes("{\"user\": " + i * 7 + ", \"action\": \"login\", \"ok\": " + (i % 3 == 0) + "}"));
        }
        return records;
    }

    /** Derives keys as cheaply as the library lets it be. */
    static Options.Builder cheap() {
        return Options.builder().set(Parameter.KDF_MEMORY, 1 << 20).set(Parameter.KDF_PASSES, 1);
    }

    static <E extends VaticException> E fails(ErrorCode code, Class<E> type, Executable work) {
        E error = assertThrows(type, work);
        assertEquals(code, error.code(), error.getMessage());
        return error;
    }

    static void failsInStream(ErrorCode code, Executable work) {
        assertEquals(code, assertThrows(VaticIOException.class, work).code());
    }
}
