package dev.vatic;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;

/** What the library reads a channel through; one call at a time. */
final class ChannelSource {
    private final SeekableByteChannel channel;
    private Throwable thrown;

    ChannelSource(SeekableByteChannel channel) {
        this.channel = channel;
    }

    /** Called by the library: fills {@code out} as far as it can; 0 at the end, below 0 after a failure. */
    @SuppressWarnings("unused")
    int read(long position, byte[] out) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(out);
            channel.position(position);
            while (buffer.hasRemaining() && channel.read(buffer) > 0) {}
            return buffer.position();
        } catch (IOException | RuntimeException error) {
            thrown = error;
            return -1;
        }
    }

    /** Gives what the library says of a failure the cause that it does not know. */
    VaticException explained(VaticException error) {
        if (thrown != null && error.getCause() == null) {
            error.initCause(thrown);
            thrown = null;
        }
        return error;
    }

    long size() {
        try {
            return channel.size();
        } catch (IOException error) {
            FileException failure = new FileException(ErrorCode.IO, error.toString(), -1);
            failure.initCause(error);
            throw failure;
        }
    }

    void close() {
        try {
            channel.close();
        } catch (IOException error) {
            FileException failure = new FileException(ErrorCode.IO, error.toString(), -1);
            failure.initCause(error);
            throw failure;
        }
    }
}
