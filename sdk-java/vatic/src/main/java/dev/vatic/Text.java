package dev.vatic;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;

/** Texts on their way to the library. */
final class Text {
    private Text() {}

    static byte[] utf8(CharSequence text) {
        return encode(CharBuffer.wrap(text));
    }

    /** Wipes what is given, and what was made on the way; the result is the caller's to wipe. */
    static byte[] secret(char[] text) {
        try {
            return encode(CharBuffer.wrap(text));
        } finally {
            Arrays.fill(text, '\0');
        }
    }

    private static byte[] encode(CharBuffer text) {
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(text);
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            Arrays.fill(encoded.array(), (byte) 0);
            return bytes;
        } catch (CharacterCodingException error) {
            throw new UsageException(ErrorCode.INVALID_OPTION, "a text with half of a surrogate pair", -1);
        }
    }

    static String of(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    static byte[] path(Path path) {
        return utf8(path.toString());
    }

    static byte[][] paths(Collection<Path> paths) {
        return paths.stream().map(Text::path).toArray(byte[][]::new);
    }

    static byte[][] list(String... texts) {
        return Arrays.stream(texts).map(Text::utf8).toArray(byte[][]::new);
    }
}
