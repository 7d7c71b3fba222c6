package dev.vatic;

import static dev.vatic.Samples.TEXT;
import static dev.vatic.Samples.bytes;
import static dev.vatic.Samples.failsInStream;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StreamTest {
    private static byte[] compress(byte[] data, int piece, Options options) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (VaticOutputStream out = new VaticOutputStream(packed, options)) {
            for (int at = 0; at < data.length; at += piece) {
                out.write(data, at, Math.min(piece, data.length - at));
            }
        }
        return packed.toByteArray();
    }

    private static byte[] restore(byte[] packed) throws IOException {
        try (VaticInputStream in = new VaticInputStream(new ByteArrayInputStream(packed))) {
            return in.readAllBytes();
        }
    }

    @Test
    void sizesOfPiecesDoNotMatter() throws IOException {
        byte[] data = new byte[3_000_000];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) ((i * (i >> 3)) >> 7 & 0x3F);
        }
        Options fast = Options.builder().level(2).build();
        byte[] whole = compress(data, data.length, fast);
        for (int piece : new int[] {777, 65_536, 100_000}) {
            assertArrayEquals(whole, compress(data, piece, fast));
        }
        assertArrayEquals(data, restore(whole));
        try (VaticInputStream in = new VaticInputStream(new ByteArrayInputStream(whole))) {
            assertEquals(data[0] & 0xFF, in.read());
            assertEquals(1_000_000, in.skip(1_000_000));
            byte[] some = new byte[10];
            assertEquals(10, in.readNBytes(some, 0, 10));
            assertEquals(data[1_000_001], some[0]);
            assertEquals(0, in.read(some, 10, 0));
            assertEquals(1, in.available());
            assertEquals(data.length - 1_000_011, in.skip(Long.MAX_VALUE));
            assertEquals(-1, in.read());
            assertEquals(-1, in.read(some));
            assertEquals(0, in.available());
        }
    }

    @Test
    void singleBytes() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (VaticOutputStream out = new VaticOutputStream(packed)) {
            for (byte one : TEXT) {
                out.write(one);
            }
        }
        try (InputStream in = new VaticInputStream(new ByteArrayInputStream(packed.toByteArray()))) {
            for (byte one : TEXT) {
                assertEquals(one & 0xFF, in.read());
            }
            assertEquals(-1, in.read());
        }
    }

    @Test
    void framesConcatenate() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        for (String text : new String[] {"first", "", "second"}) {
            VaticOutputStream out = new VaticOutputStream(packed);
            out.write(bytes(text));
            out.finish();
            out.finish();
            assertThrows(IOException.class, () -> out.write(1));
            out.close();
        }
        assertEquals("firstsecond", new String(restore(packed.toByteArray())));
    }

    @Test
    void whatIsFlushedCanBeRead() throws Exception {
        PipedInputStream pipe = new PipedInputStream(1 << 16);
        OutputStream out = new VaticOutputStream(new PipedOutputStream(pipe), Options.defaults(), true);
        InputStream in = new VaticInputStream(pipe);
        for (String text : new String[] {"first message", "second"}) {
            out.write(bytes(text));
            out.flush();
            byte[] back = new byte[text.length()];
            assertEquals(back.length, in.readNBytes(back, 0, back.length));
            assertEquals(text, new String(back));
        }
        out.close();
        assertEquals(-1, in.read());
        in.close();
    }

    @Test
    void aFlushThatIsNotAskedForChangesNothing() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (VaticOutputStream out = new VaticOutputStream(packed)) {
            out.write(TEXT, 0, 1000);
            out.flush();
            out.write(TEXT, 1000, TEXT.length - 1000);
        }
        assertArrayEquals(compress(TEXT, TEXT.length, Options.defaults()), packed.toByteArray());
    }

    @Test
    void closingIsIdempotentAndReachesBelow() throws IOException {
        AtomicInteger closed = new AtomicInteger();
        OutputStream below = new ByteArrayOutputStream() {
            @Override
            public void close() {
                closed.incrementAndGet();
            }
        };
        VaticOutputStream out = new VaticOutputStream(below);
        out.close();
        out.close();
        assertEquals(1, closed.get());
        assertThrows(IOException.class, () -> out.write(1));
        assertThrows(IOException.class, () -> out.write(TEXT));
        assertThrows(IOException.class, out::finish);
        VaticInputStream in = new VaticInputStream(new ByteArrayInputStream(Vatic.compress(TEXT)));
        in.close();
        in.close();
        assertThrows(IOException.class, in::read);
        assertThrows(IOException.class, in::available);
        assertFalse(in.markSupported());
        in.mark(5);
        assertThrows(IOException.class, in::reset);
    }

    @Test
    void damageHasCodes() throws IOException {
        byte[] packed = Vatic.compress(TEXT);
        failsInStream(ErrorCode.NOT_VATIC, () -> restore(TEXT));
        failsInStream(ErrorCode.TRUNCATED, () -> restore(java.util.Arrays.copyOf(packed, packed.length - 1)));
        failsInStream(ErrorCode.TRUNCATED, () -> restore(new byte[0]));
        Options wrong = Options.builder().set(Parameter.CONTENT_LENGTH, 5).build();
        failsInStream(ErrorCode.INVALID_OPTION, () -> compress(TEXT, TEXT.length, wrong));
    }

    @Test
    void whatFailsBelowComesOut() {
        IOException mine = new IOException("disk full");
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw mine;
            }
        };
        VaticOutputStream out = new VaticOutputStream(full);
        assertEquals(mine, assertThrows(IOException.class, out::finish));
        // There is nothing to go on with, and nothing to end.
        assertTrue(assertThrows(IOException.class, () -> out.write(1)).getMessage().contains("failed before"));
        assertThrows(IOException.class, out::finish);
        assertDoesNotThrow(out::close);
    }

    @Test
    void argumentsAreChecked() throws IOException {
        assertThrows(NullPointerException.class, () -> new VaticOutputStream(null));
        assertThrows(NullPointerException.class, () -> new VaticInputStream(null));
        try (VaticOutputStream out = new VaticOutputStream(new ByteArrayOutputStream())) {
            assertThrows(IndexOutOfBoundsException.class, () -> out.write(TEXT, 5, TEXT.length));
            assertThrows(NullPointerException.class, () -> out.write(null));
        }
        try (VaticInputStream in = new VaticInputStream(new ByteArrayInputStream(TEXT))) {
            assertThrows(IndexOutOfBoundsException.class, () -> in.read(new byte[5], -1, 2));
            assertThrows(NullPointerException.class, () -> in.read(null));
        }
    }

    @Test
    void threadsWaitForEachOther() throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        byte[] line = bytes("a line of some length that is written as one piece\n");
        try (VaticOutputStream out = new VaticOutputStream(packed, Options.builder().level(2).build())) {
            Thread[] threads = new Thread[4];
            for (int i = 0; i < threads.length; i++) {
                threads[i] = new Thread(() -> {
                    for (int round = 0; round < 5000; round++) {
                        try {
                            out.write(line);
                        } catch (IOException error) {
                            throw new AssertionError(error);
                        }
                    }
                });
                threads[i].start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertEquals(new String(line).repeat(20_000), new String(restore(packed.toByteArray())));
    }
}
