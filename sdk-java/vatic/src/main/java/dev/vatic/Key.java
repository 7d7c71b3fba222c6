package dev.vatic;

import java.util.Arrays;
import java.util.Objects;

/**
 * What seals a file and what opens it: a password, 32 secret bytes, or one half of an {@code age} pair. {@link
 * Options} have a copy of their own: a key can be closed once they are built. Threads may share it.
 */
public final class Key implements AutoCloseable {
    private final Handle handle;

    private Key(long number) {
        handle = new Handle(number, Native::keyFree);
    }

    Handle handle() {
        return handle;
    }

    /**
     * A password; its UTF-8 bytes count as they are. <strong>The array is filled with zeros.</strong>
     *
     * @param password the password
     * @return the key
     */
    public static Key password(char[] password) {
        byte[] secret = Text.secret(Objects.requireNonNull(password, "password"));
        try {
            return new Key(Native.keyPassword(secret));
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    /**
     * 32 bytes from a good random generator, such as {@link #generateRaw}.
     *
     * @param secret the bytes; they are not wiped
     * @return the key
     */
    public static Key raw(byte[] secret) {
        return new Key(Native.keyRaw(Objects.requireNonNull(secret, "secret")));
    }

    /**
     * Whom to seal for.
     *
     * @param recipient {@code age1...}
     * @return the key
     */
    public static Key recipient(String recipient) {
        return new Key(Native.keyRecipient(Text.utf8(recipient)));
    }

    /**
     * The secret half, which opens. <strong>The array is filled with zeros.</strong>
     *
     * @param identity {@code AGE-SECRET-KEY-1...}
     * @return the key
     */
    public static Key identity(char[] identity) {
        byte[] secret = Text.secret(Objects.requireNonNull(identity, "identity"));
        try {
            return new Key(Native.keyIdentity(secret));
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }

    /**
     * New random bytes for {@link #raw}.
     *
     * @return 32 bytes
     */
    public static byte[] generateRaw() {
        return Native.generateRaw();
    }

    /**
     * A new identity, to be kept, and its recipient, to be given away.
     *
     * @return both
     */
    public static Identity generateIdentity() {
        byte[][] pair = Native.generateIdentity();
        char[] secret = new char[pair[0].length];
        for (int i = 0; i < secret.length; i++) {
            secret[i] = (char) pair[0][i];
        }
        Arrays.fill(pair[0], (byte) 0);
        return new Identity(secret, Text.of(pair[1]));
    }

    /** Wipes the secret, but for the copies that options have. Again does no harm. */
    @Override
    public void close() {
        handle.close();
    }

    /** Both halves of a pair. */
    public static final class Identity {
        private final char[] secret;
        private final String recipient;

        private Identity(char[] secret, String recipient) {
            this.secret = secret;
            this.recipient = recipient;
        }

        /**
         * The half that opens, for {@link Key#identity}.
         *
         * @return the letters themselves, to be wiped by who keeps them
         */
        public char[] secret() {
            return secret;
        }

        /**
         * The half that seals, for {@link Key#recipient}.
         *
         * @return the text
         */
        public String recipient() {
            return recipient;
        }
    }
}
