package dev.vatic;

import static dev.vatic.Samples.TEXT;
import static dev.vatic.Samples.fails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveTest {
    @TempDir
    Path folder;

    private Path input;
    private Path file;

    @BeforeEach
    void fill() throws Exception {
        input = Files.createDirectory(folder.resolve("in"));
        Files.write(input.resolve("a.txt"), TEXT);
        Files.createDirectory(input.resolve("sub"));
        Files.write(input.resolve("sub/grüße.bin"), new byte[] {1, 2, 3});
        Files.createSymbolicLink(input.resolve("link"), Path.of("a.txt"));
        file = folder.resolve("x.vat");
    }

    /** The entry whose name ends so. */
    private static ArchiveEntry ending(VaticArchive archive, String end) {
        return archive.entries().stream().filter(entry -> entry.name().endsWith(end)).findFirst().orElseThrow();
    }

    @Test
    void foldersGoInAndComeOut() throws Exception {
        VaticArchive.create(file, List.of(input), Options.builder().level(2).build());
        fails(ErrorCode.EXISTS, FileException.class, () -> VaticArchive.create(file, List.of(input)));
        Path later = folder.resolve("later");
        Files.write(later, Samples.bytes("later"));
        VaticArchive.append(file, List.of(later), Options.defaults());
        for (VaticArchive archive :
                List.of(VaticArchive.open(file), VaticArchive.of(Files.readAllBytes(file), Options.defaults()))) {
            try (archive) {
                assertEquals(6, archive.entries().size());
                ArchiveEntry text = ending(archive, "a.txt");
                assertEquals(EntryKind.FILE, text.kind());
                assertEquals(TEXT.length, text.size());
                assertArrayEquals(Vatic.hash(TEXT), text.hash().orElseThrow());
                assertEquals(Files.getLastModifiedTime(input.resolve("a.txt")).toInstant(), text.modified().orElseThrow());
                assertEquals(0644, text.mode() & 0600 | 044);
                assertTrue(text.userId().isPresent());
                assertArrayEquals(TEXT, archive.read(text));
                assertArrayEquals(TEXT, archive.read(text.name()));
                ArchiveEntry odd = ending(archive, "grüße.bin");
                assertArrayEquals(odd.name().getBytes("UTF-8"), odd.nameBytes());
                assertArrayEquals(new byte[] {1, 2, 3}, archive.read(odd));
                assertEquals("a.txt", ending(archive, "link").target());
                assertEquals(2, ending(archive, "later").generation());
                fails(ErrorCode.NOT_FOUND, UsageException.class, () -> archive.read("nothing"));
                archive.verify();
                int count = 0;
                for (ArchiveEntry entry : archive) {
                    count += entry.toString().isEmpty() ? 0 : 1;
                }
                assertEquals(6, count);
            }
            fails(ErrorCode.MISUSE, UsageException.class, archive::entries);
            fails(ErrorCode.MISUSE, UsageException.class, archive::verify);
            archive.close();
        }
    }

    @Test
    void extraction() throws Exception {
        VaticArchive.create(file, List.of(input));
        try (VaticArchive archive = VaticArchive.open(file)) {
            assertEquals(5, archive.extract(folder.resolve("all")));
            fails(ErrorCode.PARTIAL, FileException.class, () -> archive.extract(folder.resolve("all")));
            assertEquals(1, archive.extract(folder.resolve("some"), "*.txt"));
            assertEquals(1, archive.extractEntry(ending(archive, "grüße.bin"), folder.resolve("one")));
            fails(ErrorCode.NOT_FOUND, UsageException.class, () -> archive.extract(folder.resolve("none"), "nothing*"));
        }
        List<byte[]> found = Files.walk(folder.resolve("one"))
                .filter(path -> path.endsWith("grüße.bin"))
                .map(path -> {
                    try {
                        return Files.readAllBytes(path);
                    } catch (java.io.IOException error) {
                        throw new java.io.UncheckedIOException(error);
                    }
                })
                .collect(Collectors.toList());
        assertEquals(1, found.size());
        assertArrayEquals(new byte[] {1, 2, 3}, found.get(0));
    }

    @Test
    void passwords() {
        char[] password = "geheim 𝄞".toCharArray();
        Options cheap = Samples.cheap().password(password).build();
        assertArrayEquals(new char[password.length], password);
        VaticArchive.create(file, List.of(input), cheap);
        fails(ErrorCode.KEY_NEEDED, SealException.class, () -> VaticArchive.open(file));
        char[] guess = "geraten".toCharArray();
        fails(ErrorCode.WRONG_KEY, SealException.class, () -> VaticArchive.open(file, guess));
        assertArrayEquals(new char[guess.length], guess);
        try (VaticArchive archive = VaticArchive.open(file, "geheim 𝄞".toCharArray())) {
            assertArrayEquals(TEXT, archive.read(ending(archive, "a.txt")));
        }
    }

    @Test
    void badInput() {
        assertThrows(DataException.class, () -> VaticArchive.of(TEXT, Options.defaults()));
        fails(ErrorCode.WRONG_KIND, DataException.class, () -> VaticArchive.of(Vatic.compress(TEXT), Options.defaults()));
        fails(ErrorCode.IO, FileException.class, () -> VaticArchive.open(folder.resolve("no.vat")));
        assertThrows(VaticException.class, () -> VaticArchive.create(file, List.of(folder.resolve("nowhere"))));
        assertThrows(NullPointerException.class, () -> VaticArchive.create(file, null));
        assertThrows(NullPointerException.class, () -> VaticArchive.open(null));
    }
}
