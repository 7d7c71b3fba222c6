package dev.vatic.commons;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.vatic.Vatic;
import dev.vatic.VaticIOException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.apache.commons.compress.compressors.CompressorException;
import org.apache.commons.compress.compressors.CompressorInputStream;
import org.apache.commons.compress.compressors.CompressorOutputStream;
import org.apache.commons.compress.compressors.CompressorStreamFactory;
import org.junit.jupiter.api.Test;

class ProviderTest {
    private static final byte[] TEXT = "stately, plump Buck Mulligan came from the stairhead ".repeat(100).getBytes();

    @Test
    void theFactoryFindsIt() throws Exception {
        CompressorStreamFactory factory = new CompressorStreamFactory();
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (CompressorOutputStream<?> out = factory.createCompressorOutputStream("vatic", packed)) {
            out.write(TEXT, 0, 100);
            out.write(TEXT[100]);
            out.write(TEXT, 101, TEXT.length - 101);
        }
        try (CompressorInputStream in =
                factory.createCompressorInputStream("vatic", new ByteArrayInputStream(packed.toByteArray()))) {
            assertEquals(TEXT[0], in.read());
            byte[] rest = in.readAllBytes();
            assertArrayEquals(Arrays.copyOfRange(TEXT, 1, TEXT.length), rest);
            assertEquals(TEXT.length, in.getBytesRead());
            assertEquals(-1, in.read());
        }
        assertThrows(CompressorException.class, () -> factory.createCompressorOutputStream("vatica", packed));
        assertThrows(CompressorException.class, () -> new VaticProvider().createCompressorInputStream("gz", null, true));
    }

    @Test
    void filesAreKnownByTheirFronts() {
        for (byte[] data : new byte[][] {TEXT, new byte[5]}) {
            byte[] packed = Vatic.compress(data);
            assertTrue(VaticCompressorInputStream.matches(packed, packed.length));
            assertFalse(VaticCompressorInputStream.matches(packed, 1));
        }
        assertFalse(VaticCompressorInputStream.matches(TEXT, TEXT.length));
    }

    @Test
    void damageIsTold() throws IOException {
        try (CompressorInputStream in = new VaticCompressorInputStream(new ByteArrayInputStream(TEXT))) {
            assertThrows(VaticIOException.class, in::read);
        }
    }
}
