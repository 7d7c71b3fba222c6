package dev.vatic;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;

/** One frame of a file, as {@link Vatic#info} describes it. */
public final class FrameInfo {
    private final long contentLength;
    private final long packedLength;
    private final boolean sealed;
    private final boolean checksum;
    private final List<Model> models = new ArrayList<>();
    private final List<Group> groups = new ArrayList<>();

    private FrameInfo(String[] words) {
        contentLength = Long.parseLong(words[1]);
        packedLength = Long.parseLong(words[2]);
        sealed = Boolean.parseBoolean(words[3]);
        checksum = Boolean.parseBoolean(words[4]);
    }

    /** Reads the lines that the library writes. */
    static List<FrameInfo> parse(String lines) {
        List<FrameInfo> frames = new ArrayList<>();
        FrameInfo frame = null;
        for (String line : lines.split("\n")) {
            String[] words = line.split(" ");
            if (words[0].equals("frame")) {
                frame = new FrameInfo(words);
                frames.add(frame);
            } else if (frame != null && words[0].equals("model")) {
                frame.models.add(new Model(words));
            } else if (frame != null && words[0].equals("group")) {
                frame.groups.add(new Group(words));
            }
        }
        return Collections.unmodifiableList(frames);
    }

    /**
     * Bytes of content.
     *
     * @return the bytes, if they are known
     */
    public OptionalLong contentLength() {
        return contentLength < 0 ? OptionalLong.empty() : OptionalLong.of(contentLength);
    }

    /**
     * Bytes in the file.
     *
     * @return the bytes
     */
    public long packedLength() {
        return packedLength;
    }

    /**
     * Whether it is encrypted.
     *
     * @return whether it is
     */
    public boolean sealed() {
        return sealed;
    }

    /**
     * Whether decoders check its content.
     *
     * @return whether they do
     */
    public boolean checksum() {
        return checksum;
    }

    /**
     * The models that it cites.
     *
     * @return the models
     */
    public List<Model> models() {
        return Collections.unmodifiableList(models);
    }

    /**
     * Its groups, if it has an index.
     *
     * @return the groups
     */
    public List<Group> groups() {
        return Collections.unmodifiableList(groups);
    }

    /** A model that a frame needs. */
    public static final class Model {
        private final String id;
        private final boolean embedded;

        private Model(String[] words) {
            id = words[1];
            embedded = Boolean.parseBoolean(words[2]);
        }

        /**
         * What the frame cites it by.
         *
         * @return hexadecimal digits
         */
        public String id() {
            return id;
        }

        /**
         * Whether the frame carries it.
         *
         * @return whether it does
         */
        public boolean embedded() {
            return embedded;
        }
    }

    /** A run of content that was coded at once. */
    public static final class Group {
        private final long offset;
        private final long length;
        private final long packedLength;
        private final Codec codec;

        private Group(String[] words) {
            offset = Long.parseLong(words[1]);
            length = Long.parseLong(words[2]);
            packedLength = Long.parseLong(words[3]);
            codec = Codec.of(Integer.parseInt(words[4]));
        }

        /**
         * Where it begins in the frame's content.
         *
         * @return bytes
         */
        public long offset() {
            return offset;
        }

        /**
         * Bytes of content.
         *
         * @return bytes
         */
        public long length() {
            return length;
        }

        /**
         * Bytes in the file.
         *
         * @return bytes
         */
        public long packedLength() {
            return packedLength;
        }

        /**
         * What coded it.
         *
         * @return the codec
         */
        public Codec codec() {
            return codec;
        }
    }
}
