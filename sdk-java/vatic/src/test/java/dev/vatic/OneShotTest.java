package dev.vatic;

import static dev.vatic.Samples.TEXT;
import static dev.vatic.Samples.fails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OneShotTest {
    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    @Test
    void arraysComeBack() {
        Options fast = Options.builder().preset(Preset.FAST).build();
        for (byte[] data : List.of(TEXT, new byte[0], new byte[3_000_000], Samples.noise(1_500_000))) {
            byte[] packed = Vatic.compress(data, fast);
            assertArrayEquals(data, Vatic.decompress(packed));
            assertEquals(OptionalLong.of(data.length), Vatic.contentLength(packed));
            assertTrue(packed.length <= Vatic.compressBound(data.length));
        }
        byte[] packed = Vatic.compress(TEXT, 100, 200, fast);
        byte[] wide = new byte[packed.length + 20];
        System.arraycopy(packed, 0, wide, 10, packed.length);
        assertArrayEquals(Arrays.copyOfRange(TEXT, 100, 300), Vatic.decompress(wide, 10, packed.length, fast));
        assertEquals(Versions.LIBRARY, Vatic.version());
        assertEquals(0, Vatic.formatVersion());
    }

    @Test
    void buffersAdvance() {
        Options options = Options.defaults();
        byte[] whole = Vatic.compress(TEXT);
        ByteBuffer heap = ByteBuffer.wrap(TEXT);
        for (ByteBuffer source : List.of(direct(TEXT), heap, heap.duplicate().rewind().asReadOnlyBuffer())) {
            for (ByteBuffer packed : List.of(ByteBuffer.allocateDirect(5000), ByteBuffer.allocate(5000))) {
                source.rewind();
                packed.position(10);
                int count = Vatic.compress(source, packed, options);
                assertEquals(10 + count, packed.position());
                assertEquals(0, source.remaining());
                packed.flip().position(10);
                assertEquals(ByteBuffer.wrap(whole), packed);
                ByteBuffer plain = ByteBuffer.allocateDirect(TEXT.length + 5);
                assertEquals(TEXT.length, Vatic.decompress(packed, plain, options));
                assertEquals(ByteBuffer.wrap(TEXT), plain.flip());
                assertEquals(0, packed.remaining());
            }
        }
    }

    @Test
    void buffersThatAreTooSmallSaySo() {
        ByteBuffer packed = direct(Vatic.compress(TEXT));
        for (ByteBuffer small : List.of(ByteBuffer.allocateDirect(100), ByteBuffer.allocate(100))) {
            ResourceException error = fails(
                    ErrorCode.DST_TOO_SMALL,
                    ResourceException.class,
                    () -> Vatic.decompress(packed, small, Options.defaults()));
            assertEquals(OptionalLong.of(TEXT.length), error.needed());
            assertEquals(0, packed.position());
            assertEquals(0, small.position());
        }
        fails(
                ErrorCode.DST_TOO_SMALL,
                ResourceException.class,
                () -> Vatic.compress(direct(TEXT), ByteBuffer.allocateDirect(3), Options.defaults()));
        assertThrows(
                ReadOnlyBufferException.class,
                () -> Vatic.compress(direct(TEXT), ByteBuffer.allocateDirect(9).asReadOnlyBuffer(), Options.defaults()));
        // One buffer cannot be both.
        ByteBuffer both = direct(TEXT);
        fails(
                ErrorCode.INVALID_OPTION,
                UsageException.class,
                () -> Vatic.compress(both, both.duplicate(), Options.defaults()));
        assertEquals(0, Vatic.decompress(direct(Vatic.compress(new byte[0])), ByteBuffer.allocateDirect(0), Options.defaults()));
    }

    @Test
    void settingsHaveBounds() {
        assertEquals(9, Parameter.LEVEL.max());
        assertEquals(5, Parameter.LEVEL.defaultValue());
        fails(ErrorCode.INVALID_OPTION, UsageException.class, () -> Options.builder().level(10));
        fails(ErrorCode.INVALID_OPTION, UsageException.class, () -> Options.builder().set(Parameter.MEMORY, -1));
        fails(
                ErrorCode.INVALID_OPTION,
                UsageException.class,
                () -> Options.builder().set(Parameter.CODEC, 100).build());
        Options none = Options.builder()
                .level(2)
                .set(Parameter.CHECKSUM, false)
                .set(Parameter.MEMORY, Options.NO_LIMIT)
                .build();
        FrameInfo frame = Vatic.info(Vatic.compress(TEXT, none), none).get(0);
        assertFalse(frame.checksum());
        assertFalse(frame.sealed());
        Options limit = Options.builder().set(Parameter.LIMIT_OUTPUT, 1000).build();
        fails(ErrorCode.LIMIT, ResourceException.class, () -> Vatic.decompress(Vatic.compress(TEXT), limit));
    }

    @Test
    void infoAndPartsOfFiles(@TempDir Path folder) throws Exception {
        byte[] data = "0123456789".repeat(20_000).getBytes();
        Options options = Options.builder().set(Parameter.GROUP_SIZE, 64 << 10).set(Parameter.DEDUP, 0).build();
        byte[] packed = Vatic.compress(data, options);
        Path file = folder.resolve("größe.vat");
        Files.write(file, packed);
        for (List<FrameInfo> frames : List.of(Vatic.info(packed, options), Vatic.info(file, options))) {
            assertEquals(1, frames.size());
            FrameInfo frame = frames.get(0);
            assertEquals(OptionalLong.of(data.length), frame.contentLength());
            assertEquals(packed.length, frame.packedLength());
            assertTrue(frame.checksum() && frame.models().isEmpty() && frame.groups().size() >= 3);
            assertEquals(data.length, frame.groups().stream().mapToLong(FrameInfo.Group::length).sum());
            assertEquals(0, frame.groups().get(0).offset());
        }
        for (VaticReader reader : List.of(
                VaticReader.open(file),
                VaticReader.of(packed, options),
                VaticReader.of(Files.newByteChannel(file), options))) {
            try (reader) {
                assertEquals(data.length, reader.length());
                List<VaticReader.GroupStart> starts = reader.groupStarts();
                assertTrue(starts.size() >= 3 && starts.get(1).position() > starts.get(0).position());
                assertEquals((byte) 0x83, packed[(int) starts.get(1).position()]);
                assertTrue(starts.get(1).offset() > 0 && starts.get(1).offset() < data.length);
                assertArrayEquals("5678".getBytes(), reader.read(150_005, 4));
                byte[] out = new byte[10];
                assertEquals(2, reader.read(data.length - 2, out, 3, 7));
                assertEquals('8', out[3]);
                assertEquals(0, reader.read(Long.MAX_VALUE, 10).length);
                assertThrows(IndexOutOfBoundsException.class, () -> reader.read(-1, out, 0, 1));
                assertThrows(IndexOutOfBoundsException.class, () -> reader.read(0, out, 9, 2));
            }
            fails(ErrorCode.MISUSE, UsageException.class, reader::length);
        }
        fails(ErrorCode.IO, FileException.class, () -> VaticReader.open(folder.resolve("no")));
        SeekableByteChannel channel = Files.newByteChannel(file);
        try (VaticReader reader = VaticReader.of(channel, options)) {
            channel.close();
            FileException error = fails(ErrorCode.IO, FileException.class, () -> reader.read(0, 10));
            assertEquals(ClosedChannelException.class, error.getCause().getClass());
        }
        fails(ErrorCode.IO, FileException.class, () -> VaticReader.of(channel, options));
    }

    @Test
    void damageHasCodes() {
        byte[] packed = Vatic.compress(TEXT);
        fails(ErrorCode.TRUNCATED, DataException.class, () -> Vatic.decompress(packed, 0, packed.length - 1, Options.defaults()));
        fails(ErrorCode.NOT_VATIC, DataException.class, () -> Vatic.decompress(TEXT));
        byte[] damaged = packed.clone();
        damaged[packed.length / 2] ^= 1;
        assertThrows(DataException.class, () -> Vatic.decompress(damaged));
        fails(ErrorCode.IO, FileException.class, () -> Vatic.info(Path.of("/nonexistent"), Options.defaults()));
    }

    @Test
    void progressStopsWork() {
        List<Long> seen = new ArrayList<>();
        Vatic.compress(TEXT, Options.builder().progress((in, out) -> seen.add(in)).build());
        assertEquals(TEXT.length, seen.get(seen.size() - 1));
        Options stop = Options.builder().progress((in, out) -> false).build();
        fails(ErrorCode.CANCELLED, UsageException.class, () -> Vatic.compress(TEXT, stop));
        for (int threads : new int[] {1, 2}) {
            IllegalStateException mine = new IllegalStateException("from the callback");
            Options thrower = Options.builder()
                    .threads(threads)
                    .set(Parameter.GROUP_SIZE, 4096)
                    .progress((in, out) -> {
                        throw mine;
                    })
                    .build();
            assertSame(mine, assertThrows(IllegalStateException.class, () -> Vatic.compress(Samples.noise(100_000), thrower)));
        }
    }

    @Test
    void keysSealAndOpen() {
        byte[] secret = Key.generateRaw();
        Key.Identity identity = Key.generateIdentity();
        char[] password = "pässwörd 𝄞".toCharArray();
        Options everyone = Samples.cheap()
                .key(Key.raw(secret))
                .key(Key.recipient(identity.recipient()))
                .password(password)
                .build();
        assertArrayEquals(new char[password.length], password);
        byte[] packed = Vatic.compress(TEXT, everyone);
        assertTrue(Vatic.info(packed, Options.defaults()).get(0).sealed());
        for (Key key : List.of(
                Key.raw(secret), Key.identity(identity.secret()), Key.password("pässwörd 𝄞".toCharArray()))) {
            try (key) {
                assertArrayEquals(TEXT, Vatic.decompress(packed, Options.builder().key(key).build()));
            }
            fails(ErrorCode.MISUSE, UsageException.class, () -> Options.builder().key(key).build());
        }
        assertArrayEquals(new char[identity.secret().length], identity.secret());
        fails(ErrorCode.KEY_NEEDED, SealException.class, () -> Vatic.decompress(packed));
        Options wrong = Options.builder().key(Key.raw(new byte[32])).build();
        fails(ErrorCode.WRONG_KEY, SealException.class, () -> Vatic.decompress(packed, wrong));
        fails(ErrorCode.NOT_SEALED, SealException.class, () -> Vatic.decompress(Vatic.compress(TEXT), wrong));
        fails(ErrorCode.INVALID_OPTION, UsageException.class, () -> Key.raw(new byte[31]));
        assertThrows(VaticException.class, () -> Key.recipient("nobody"));
        fails(ErrorCode.INVALID_OPTION, UsageException.class, () -> Key.password(new char[] {'\uD800'}));
    }
}
