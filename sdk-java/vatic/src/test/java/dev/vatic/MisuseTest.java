package dev.vatic;

import static dev.vatic.Samples.TEXT;
import static dev.vatic.Samples.fails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What careless callers do comes out as an exception, and the VM lives. */
class MisuseTest {
    @Test
    void nulls() {
        assertThrows(NullPointerException.class, () -> Vatic.compress(null));
        assertThrows(NullPointerException.class, () -> Vatic.compress(TEXT, null));
        assertThrows(NullPointerException.class, () -> Vatic.decompress((byte[]) null));
        assertThrows(NullPointerException.class, () -> Vatic.hash(null));
        assertThrows(NullPointerException.class, () -> Vatic.contentLength(null));
        assertThrows(NullPointerException.class, () -> Vatic.info((byte[]) null, Options.defaults()));
        assertThrows(NullPointerException.class, () -> Key.password(null));
        assertThrows(NullPointerException.class, () -> Key.recipient(null));
        assertThrows(NullPointerException.class, () -> Options.builder().key(null));
        assertThrows(NullPointerException.class, () -> VaticModel.of(null));
    }

    @Test
    void nativesAskedForNonsense() {
        fails(ErrorCode.MISUSE, UsageException.class, () -> Native.compress(TEXT, 0, 10, 0));
        fails(ErrorCode.MISUSE, UsageException.class, () -> Native.readerLength(Long.MIN_VALUE));
        fails(ErrorCode.MISUSE, UsageException.class, () -> Native.archiveRead(-1, 0));
        Options.defaults().apply(settings -> {
            // The number of settings is none of an encoder.
            fails(ErrorCode.MISUSE, UsageException.class, () -> Native.encoderPush(settings, TEXT, 0, 1, 0));
            fails(ErrorCode.NULL_ARGUMENT, UsageException.class, () -> Native.modelBytes(null, settings));
            fails(ErrorCode.NULL_ARGUMENT, UsageException.class, () -> Native.info(null, null, settings));
            assertThrows(RuntimeException.class, () -> Native.compress(TEXT, TEXT.length, 10, settings));
            assertThrows(RuntimeException.class, () -> Native.compress(TEXT, -5, 10, settings));
            assertThrows(RuntimeException.class, () -> Native.decompress(TEXT, 0, -1, settings));
            assertThrows(
                    RuntimeException.class,
                    () -> Native.decompress(TEXT, Integer.MAX_VALUE, Integer.MAX_VALUE, settings));
            ByteBuffer heap = ByteBuffer.allocate(10);
            fails(ErrorCode.INVALID_OPTION, UsageException.class,
                    () -> Native.compressBuffer(heap, 0, 10, heap, 0, 10, settings));
            ByteBuffer direct = ByteBuffer.allocateDirect(10);
            fails(ErrorCode.INVALID_OPTION, UsageException.class,
                    () -> Native.compressBuffer(direct, 5, 6, ByteBuffer.allocateDirect(100), 0, 100, settings));
            fails(ErrorCode.INVALID_OPTION, UsageException.class,
                    () -> Native.decompressBuffer(direct, 0, 5, direct, -1, 4, settings));
            fails(ErrorCode.NULL_ARGUMENT, UsageException.class,
                    () -> Native.compressMany(
                            new byte[][] {null}, Native.modelTrain(new byte[][] {TEXT}, 0, 0), settings));
            Native.encoderFree(settings);
            long encoder = Native.encoder(settings);
            fails(ErrorCode.INVALID_OPTION, UsageException.class, () -> Native.encoderPush(encoder, TEXT, 0, 1, 9));
            Native.encoderPush(encoder, TEXT, 0, 10, 2);
            fails(ErrorCode.MISUSE, UsageException.class, () -> Native.encoderPush(encoder, TEXT, 0, 10, 0));
            Native.encoderFree(encoder);
            Native.encoderFree(encoder);
            fails(ErrorCode.NOT_FOUND, UsageException.class,
                    () -> Native.settings(new int[] {1}, new long[] {1}, new long[0], new long[0], null));
            fails(ErrorCode.MISUSE, UsageException.class,
                    () -> Native.settings(new int[0], new long[0], new long[] {settings}, new long[0], null));
            return null;
        });
    }

    @Test
    void aCallbackThatComesBackIsRefused() throws Exception {
        List<ErrorCode> codes = new ArrayList<>();
        VaticReader[] reader = new VaticReader[1];
        Options options = Options.builder()
                .set(Parameter.GROUP_SIZE, 4096)
                .progress((in, out) -> {
                    if (reader[0] != null && codes.isEmpty()) {
                        try {
                            reader[0].length();
                        } catch (VaticException error) {
                            codes.add(error.code());
                        }
                    }
                    return true;
                })
                .build();
        reader[0] = VaticReader.of(Vatic.compress(Samples.noise(50_000), options), options);
        reader[0].read(0, 50_000);
        assertTrue(codes.isEmpty() || codes.get(0) == ErrorCode.BUSY, codes.toString());
    }

    @Test
    void closedWhileInUse() throws Exception {
        byte[] packed = Vatic.compress(Samples.noise(2_000_000), Options.builder().level(2).build());
        for (int round = 0; round < 20; round++) {
            VaticReader reader = VaticReader.of(packed, Options.defaults());
            AtomicBoolean wrong = new AtomicBoolean();
            Thread user = new Thread(() -> {
                try {
                    while (true) {
                        reader.read(0, 2_000_000);
                    }
                } catch (VaticException error) {
                    wrong.set(error.code() != ErrorCode.MISUSE);
                }
            });
            user.start();
            Thread.sleep(5);
            reader.close();
            user.join();
            assertTrue(!wrong.get());
        }
    }

    @Test
    void twoThreadsInOneObject() throws Exception {
        byte[] packed = Vatic.compress(Samples.noise(1_000_000), Options.builder().level(2).build());
        List<ErrorCode> codes = java.util.Collections.synchronizedList(new ArrayList<>());
        try (VaticReader reader = VaticReader.of(packed, Options.defaults())) {
            Thread[] threads = new Thread[4];
            for (int i = 0; i < threads.length; i++) {
                threads[i] = new Thread(() -> {
                    for (int round = 0; round < 20; round++) {
                        try {
                            assertEquals(1_000_000, reader.read(0, 1_000_000).length);
                        } catch (VaticException error) {
                            codes.add(error.code());
                        }
                    }
                });
                threads[i].start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertTrue(codes.stream().allMatch(code -> code == ErrorCode.BUSY), codes.toString());
    }

    @Test
    void inputMayChangeWhileWorkRuns() throws Exception {
        ByteBuffer data = ByteBuffer.allocateDirect(1 << 20);
        AtomicBoolean stop = new AtomicBoolean();
        Thread changer = new Thread(() -> {
            for (int at = 0; !stop.get(); at = (at + 4099) % data.capacity()) {
                data.put(at, (byte) (at >> 3));
            }
        });
        changer.start();
        try {
            for (int round = 0; round < 5; round++) {
                ByteBuffer packed = ByteBuffer.allocateDirect((int) Vatic.compressBound(data.capacity()));
                try {
                    Vatic.compress(data.duplicate(), packed, Options.builder().level(2).build());
                } catch (VaticException error) {
                    // As good as other bytes.
                    assertTrue(error.code() != ErrorCode.PANIC, error.getMessage());
                }
            }
        } finally {
            stop.set(true);
            changer.join();
        }
    }

    @Test
    void memoryDoesNotGrow() throws Exception {
        // Twice, so that both the heap's and the library's share have settled.
        churn(300);
        long before = resident();
        churn(1000);
        long grown = resident() - before;
        assertTrue(grown < 64 << 20, "grew by " + grown);
    }

    private static void churn(int rounds) throws Exception {
        for (int round = 0; round < rounds; round++) {
            Options options = Options.builder().level(round % 2 == 0 ? 2 : 5).build();
            try (OutputStream out = new VaticOutputStream(new ByteArrayOutputStream(), options)) {
                out.write(TEXT, 0, 100);
            }
            // Abandoned: the cleaner's work.
            new VaticOutputStream(new ByteArrayOutputStream(), options).write(1);
            if (round % 100 == 99) {
                System.gc();
                Thread.sleep(20);
            }
        }
    }

    private static long resident() throws Exception {
        String pages = Files.readString(Path.of("/proc/self/statm")).split(" ")[1];
        return Long.parseLong(pages) * 4096;
    }
}
