package vectors;

import dev.vatic.ArchiveEntry;
import dev.vatic.Codec;
import dev.vatic.EntryKind;
import dev.vatic.Key;
import dev.vatic.Options;
import dev.vatic.Parameter;
import dev.vatic.Vatic;
import dev.vatic.VaticArchive;
import dev.vatic.VaticBatch;
import dev.vatic.VaticException;
import dev.vatic.VaticInputStream;
import dev.vatic.VaticModel;
import dev.vatic.VaticOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Runs tests/vectors through the package. Prints each that fails, then a line with the numbers. With a second folder it writes vectors
 * there instead, of what is never the same twice, for the other languages to read.
 */
public final class Main {
    private Main() {}

    /** What is wrong with a vector; empty for nothing. */
    private interface Check {
        String run(Map<String, Object> meta, byte[] packed, byte[] plain) throws IOException;
    }

    private static byte[] unhex(String digits) {
        byte[] bytes = new byte[digits.length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(digits.substring(2 * i, 2 * i + 2), 16);
        }
        return bytes;
    }

    private static String hex(byte[] bytes) {
        StringBuilder out = new StringBuilder();
        for (byte one : bytes) {
            out.append(String.format("%02x", one));
        }
        return out.toString();
    }

    private static Map<String, Object> part(Map<String, Object> meta, String name) {
        return meta.get(name) == null ? Map.of() : Json.as(meta.get(name));
    }

    private static Options.Builder options(Map<String, Object> meta) {
        Options.Builder options = Options.builder();
        Map<String, Object> keys = part(meta, "keys");
        if (keys.containsKey("raw")) {
            options.key(Key.raw(unhex((String) keys.get("raw"))));
        }
        if (keys.containsKey("password")) {
            String password = (String) keys.get("password");
            if (!hex(password.getBytes(StandardCharsets.UTF_8)).equals(keys.get("password_utf8"))) {
                throw new IllegalStateException("the password's bytes changed on their way");
            }
            options.password(password.toCharArray());
        }
        if (keys.containsKey("identity")) {
            options.key(Key.identity(((String) keys.get("identity")).toCharArray()));
        }
        Map<String, Object> limits = part(meta, "limits");
        limits.forEach((name, value) -> options.set(parameter("limit_" + name), (Long) value));
        return options;
    }

    private static Parameter parameter(String name) {
        return Parameter.valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** A line for each entry, as in the other runners. */
    private static byte[] dump(byte[] packed, Options options) {
        StringBuilder out = new StringBuilder();
        try (VaticArchive archive = VaticArchive.of(packed, options)) {
            for (ArchiveEntry entry : archive) {
                byte[] content = archive.read(entry);
                String last = content.length > 0 ? hex(Vatic.hash(content)) : "-";
                String kind = entry.kind().name().toLowerCase(Locale.ROOT).replace('_', '-');
                if (entry.kind() == EntryKind.SYMLINK || entry.kind() == EntryKind.HARD_LINK) {
                    last = hex(entry.targetBytes());
                } else if (entry.kind() == EntryKind.CHAR_DEVICE || entry.kind() == EntryKind.BLOCK_DEVICE) {
                    last = entry.deviceMajor() + "," + entry.deviceMinor();
                    kind = kind.replace("char-", "character-");
                }
                String time = entry.modified().map(Main::time).orElse("-");
                out.append(String.format("%s %04o %s %d %s %s%n", kind, entry.mode(), time, entry.size(),
                        hex(entry.nameBytes()), last));
            }
        }
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String time(Instant time) {
        return String.format("%d.%09d", time.getEpochSecond(), time.getNano());
    }

    private static String decodes(Map<String, Object> meta, byte[] packed, byte[] plain) throws IOException {
        Options options = options(meta).build();
        if ("archive".equals(meta.get("kind"))) {
            return Arrays.equals(dump(packed, options), plain) ? "" : "other entries";
        }
        if (!Arrays.equals(Vatic.decompress(packed, options), plain)) {
            return "other content";
        }
        ByteBuffer source = ByteBuffer.allocateDirect(packed.length).put(packed);
        ByteBuffer target = ByteBuffer.allocateDirect(plain.length);
        Vatic.decompress(source.flip(), target, options);
        if (!target.flip().equals(ByteBuffer.wrap(plain))) {
            return "other content in a buffer";
        }
        try (VaticInputStream in = new VaticInputStream(new ByteArrayInputStream(packed), options)) {
            return Arrays.equals(in.readAllBytes(), plain) ? "" : "other content as a stream";
        }
    }

    private static String fails(Map<String, Object> meta, byte[] packed, byte[] plain) {
        Options options = options(meta).build();
        try {
            if ("archive".equals(meta.get("kind"))) {
                try (VaticArchive archive = VaticArchive.of(packed, options)) {
                    archive.verify();
                }
            } else {
                Vatic.decompress(packed, options);
            }
        } catch (VaticException error) {
            return error.code().number() == (Long) meta.get("error") ? "" : error.code() + ": " + error.getMessage();
        }
        return "it decoded";
    }

    private static String encodes(Map<String, Object> meta, byte[] packed, byte[] plain) {
        Options.Builder options = options(meta);
        Json.as(meta.get("options")).forEach((name, value) -> options.set(
                parameter(name),
                name.equals("codec")
                        ? Codec.valueOf(((String) value).toUpperCase(Locale.ROOT)).number()
                        : (Long) value));
        return Arrays.equals(Vatic.compress(plain, options.build()), packed) ? "" : "other bytes than stored";
    }

    private static List<byte[]> lines(byte[] plain) {
        List<byte[]> out = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < plain.length; i++) {
            if (plain[i] == '\n') {
                out.add(Arrays.copyOfRange(plain, at, i));
                at = i + 1;
            }
        }
        out.add(Arrays.copyOfRange(plain, at, plain.length));
        return out;
    }

    private static String records(Map<String, Object> meta, byte[] packed, byte[] plain) {
        List<byte[]> expected = lines(plain);
        List<byte[]> got = VaticBatch.decompressMany(packed, Options.defaults());
        boolean same = got.size() == expected.size();
        for (int i = 0; same && i < got.size(); i++) {
            same = Arrays.equals(got.get(i), expected.get(i));
        }
        return same ? "" : "other records";
    }

    private static void write(Path folder, Path out) throws IOException {
        byte[] plain = Files.readAllBytes(folder.resolve("encode/bwt-text.plain"));
        String password = "\u2202atei-Schl\u00fcssel";
        ByteArrayOutputStream streamed = new ByteArrayOutputStream();
        Options fast = Options.builder().set(Parameter.LEVEL, 2).build();
        try (VaticOutputStream stream = new VaticOutputStream(streamed, fast, true)) {
            stream.write(plain, 0, 1000);
            stream.flush();
            stream.write(plain, 1000, plain.length - 1000);
        }
        Options sealed = Options.builder().set(Parameter.KDF_MEMORY, 1 << 20).set(Parameter.KDF_PASSES, 1)
                .password(password.toCharArray()).build();
        byte[] batch;
        try (VaticModel model = VaticModel.train(lines(plain))) {
            batch = model.compressMany(lines(plain), Options.builder().set(Parameter.EMBED_MODEL, 1).build());
        }
        String keys = String.format(", \"keys\": {\"password\": \"%s\", \"password_utf8\": \"%s\"}", password,
                hex(password.getBytes(StandardCharsets.UTF_8)));
        put(out.resolve("decode"), "java-stream", streamed.toByteArray(), plain, "");
        put(out.resolve("decode"), "java-sealed", Vatic.compress(plain, sealed), plain, keys);
        put(out.resolve("records"), "java-batch", batch, plain, "");
    }

    private static void put(Path folder, String name, byte[] packed, byte[] plain, String more) throws IOException {
        Files.createDirectories(folder);
        Files.write(folder.resolve(name + ".vat"), packed);
        Files.write(folder.resolve(name + ".plain"), plain);
        Files.writeString(folder.resolve(name + ".json"), String.format(
                "{\"name\": \"%s\", \"packed\": \"%s.vat\", \"plain\": \"%s.plain\"%s}%n", name, name, name, more));
    }

    private static String run(Path description, Check check) throws IOException {
        Map<String, Object> meta = Json.object(Files.readString(description));
        Path folder = description.getParent();
        byte[] packed = Files.readAllBytes(folder.resolve((String) meta.get("packed")));
        byte[] plain = meta.containsKey("plain")
                ? Files.readAllBytes(folder.resolve((String) meta.get("plain")))
                : new byte[0];
        try {
            return check.run(meta, packed, plain);
        } catch (IOException | RuntimeException error) {
            return error.toString();
        }
    }

    /**
     * Runs all vectors.
     *
     * @param arguments the folder, and the one to write to
     * @throws IOException if a file cannot be read
     */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length > 1) {
            write(Paths.get(arguments[0]), Paths.get(arguments[1]));
            return;
        }
        int passed = 0;
        int failed = 0;
        Map<String, Check> kinds = Map.of(
                "decode", Main::decodes, "must-fail", Main::fails, "encode", Main::encodes, "records", Main::records);
        for (Map.Entry<String, Check> kind : kinds.entrySet()) {
            if (!Files.exists(Paths.get(arguments[0], kind.getKey()))) {
                continue;
            }
            List<Path> descriptions;
            try (Stream<Path> files = Files.list(Paths.get(arguments[0], kind.getKey()))) {
                descriptions = files.filter(file -> file.toString().endsWith(".json")).sorted().collect(Collectors.toList());
            }
            for (Path description : descriptions) {
                String wrong = run(description, kind.getValue());
                if (wrong.isEmpty()) {
                    passed++;
                } else {
                    failed++;
                    System.out.println(kind.getKey() + "/" + description.getFileName() + ": " + wrong);
                }
            }
        }
        System.out.println("Java: " + passed + " passed, " + failed + " failed");
        System.exit(failed > 0 || passed == 0 ? 1 : 0);
    }
}
