package dev.vatic.hadoop;

import dev.vatic.VaticException;
import dev.vatic.VaticReader;
import dev.vatic.VaticReader.GroupStart;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.apache.hadoop.io.compress.SplitCompressionInputStream;

/**
 * The content from the first group that begins in a split on. The caller reads lines until the position is beyond its
 * split: a line that runs over the end belongs to the split in which it began, and the next one throws its first,
 * partial line away.
 *
 * <p>For that the position says in which group the last byte was: it is one more than where the group begins, once a
 * byte of it was given out, and no read gives bytes of two groups. The first group counts as beginning with the file.
 */
final class SplitInputStream extends SplitCompressionInputStream {
    /** Bytes taken from the reader at a time. */
    private static final int PIECE = 1 << 16;

    private final VaticReader reader;
    private final List<GroupStart> groups;
    private final long length;
    private final byte[] plain = new byte[PIECE];
    private int at;
    private int count;
    /** Offset in the content of what comes behind the bytes in {@code plain}. */
    private long offset;
    /** The group that {@code offset} is in. */
    private int group;

    private long position;

    SplitInputStream(InputStream in, VaticReader reader, long start, long end) throws IOException {
        super(in, start, end);
        this.reader = reader;
        this.groups = reader.groupStarts();
        this.length = reader.length();
        while (group < groups.size() && begin(group) < start) {
            group++;
        }
        boolean none = group == groups.size();
        offset = none ? length : groups.get(group).offset();
        position = none ? Math.max(start, end + 1) : begin(group);
        setStart(start == 0 ? 0 : position);
    }

    private long begin(int which) {
        return which == 0 ? 0 : groups.get(which).position();
    }

    private boolean fill() throws IOException {
        if (offset >= length) {
            return false;
        }
        while (group + 1 < groups.size() && groups.get(group + 1).offset() <= offset) {
            group++;
        }
        long end = group + 1 < groups.size() ? groups.get(group + 1).offset() : length;
        try {
            count = reader.read(offset, plain, 0, (int) Math.min(PIECE, end - offset));
        } catch (VaticException error) {
            throw new IOException(error.getMessage(), error);
        }
        at = 0;
        offset += count;
        position = begin(group) + 1;
        return count > 0;
    }

    @Override
    public int read() throws IOException {
        return at < count || fill() ? plain[at++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] out, int start, int wanted) throws IOException {
        java.util.Objects.checkFromIndexSize(start, wanted, out.length);
        if (wanted == 0) {
            return 0;
        }
        if (at == count && !fill()) {
            return -1;
        }
        int step = Math.min(wanted, count - at);
        System.arraycopy(plain, at, out, start, step);
        at += step;
        return step;
    }

    @Override
    public long getPos() {
        return position;
    }

    @Override
    public void resetState() throws IOException {
        throw new IOException("a split cannot be read again");
    }

    @Override
    public void close() throws IOException {
        reader.close();
        super.close();
    }
}
