package dev.vatic.hadoop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.vatic.Options;
import dev.vatic.Vatic;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.io.BytesWritable;
import org.apache.hadoop.io.IntWritable;
import org.apache.hadoop.io.LongWritable;
import org.apache.hadoop.io.SequenceFile;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.hadoop.io.compress.CompressionInputStream;
import org.apache.hadoop.mapreduce.InputSplit;
import org.apache.hadoop.mapreduce.Job;
import org.apache.hadoop.mapreduce.RecordReader;
import org.apache.hadoop.mapreduce.TaskAttemptID;
import org.apache.hadoop.mapreduce.lib.input.FileInputFormat;
import org.apache.hadoop.mapreduce.lib.input.FileSplit;
import org.apache.hadoop.mapreduce.lib.input.TextInputFormat;
import org.apache.hadoop.mapreduce.task.TaskAttemptContextImpl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodecTest {
    private static final Configuration CONF = new Configuration();

    @TempDir
    Path folder;

    private static CompressionCodec codec(Configuration conf) {
        // By its name alone: the service loader finds it.
        return new CompressionCodecFactory(conf).getCodec(new org.apache.hadoop.fs.Path("x.vat"));
    }

    private Path write(List<String> lines, String end, Configuration conf) throws IOException {
        Path file = folder.resolve("lines.vat");
        try (OutputStream out = codec(conf).createOutputStream(Files.newOutputStream(file))) {
            for (String line : lines) {
                out.write(line.getBytes());
                out.write(end.getBytes());
            }
        }
        return file;
    }

    private static List<String> lines(int count, int longest) {
        Random random = new Random(5);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lines.add("line " + i + " " + Long.toString(random.nextLong(), 36).repeat(random.nextInt(longest)));
        }
        return lines;
    }

    private static Configuration small() {
        Configuration conf = new Configuration();
        conf.setInt(VaticCodec.LEVEL, 2);
        conf.set(VaticCodec.GROUP_SIZE, "16k");
        return conf;
    }

    /** All records of all splits of at most so many bytes, split by split. */
    private static List<String> readInSplits(Path file, long size, int[] splits) throws Exception {
        Job job = Job.getInstance(CONF);
        FileInputFormat.addInputPath(job, new org.apache.hadoop.fs.Path(file.toUri()));
        FileInputFormat.setMaxInputSplitSize(job, size);
        TextInputFormat format = new TextInputFormat();
        List<String> found = new ArrayList<>();
        for (InputSplit split : format.getSplits(job)) {
            splits[0]++;
            long at = ((FileSplit) split).getStart();
            TaskAttemptContextImpl task = new TaskAttemptContextImpl(job.getConfiguration(), new TaskAttemptID());
            try (RecordReader<LongWritable, Text> reader = format.createRecordReader(split, task)) {
                reader.initialize(split, task);
                int before = found.size();
                while (reader.nextKeyValue()) {
                    found.add(reader.getCurrentValue().toString());
                }
                assertTrue(at == 0 || found.size() >= before);
            }
        }
        return found;
    }

    @Test
    void everySplitOfEverySizeTogetherGivesEveryLineOnce() throws Exception {
        for (String end : new String[] {"\n", "\r\n"}) {
            List<String> lines = lines(4000, 4);
            Path file = write(lines, end, small());
            long size = Files.size(file);
            assertTrue(size > 30_000, "size " + size);
            for (long split : new long[] {7_000, 10_001, 20_000, size - 1, size}) {
                int[] splits = {0};
                assertEquals(lines, readInSplits(file, split, splits), "splits of " + split);
                assertTrue(splits[0] >= size / split, splits[0] + " splits of " + split);
            }
        }
    }

    @Test
    void splitsSmallerThanTheFrontOfAFile() throws Exception {
        Configuration conf = small();
        conf.set(VaticCodec.GROUP_SIZE, "4k");
        List<String> lines = lines(600, 3);
        Path file = write(lines, "\n", conf);
        for (long split : new long[] {9, 30, 97, 200, 399}) {
            assertEquals(lines, readInSplits(file, split, new int[1]), "splits of " + split);
        }
    }

    @Test
    void linesLongerThanGroupsAndLinesThatEndWithThem() throws Exception {
        Configuration conf = small();
        conf.set(VaticCodec.GROUP_SIZE, "4k");
        List<String> lines = new ArrayList<>(Collections.nCopies(40, "x".repeat(1023)));
        lines.addAll(List.of("y".repeat(20_000), "", "z".repeat(4095), "end"));
        lines.addAll(Collections.nCopies(40, "w".repeat(4095)));
        Path file = write(lines, "\n", conf);
        for (long split : new long[] {50, 100, 333, 1000}) {
            assertEquals(lines, readInSplits(file, split, new int[1]), "splits of " + split);
        }
    }

    @Test
    void framesInARowAndEmptyFiles() throws Exception {
        List<String> lines = lines(2000, 4);
        Path file = write(lines, "\n", small());
        byte[] once = Files.readAllBytes(file);
        Path twice = folder.resolve("twice.vat");
        Files.write(twice, once);
        Files.write(twice, Vatic.compress("tiny\n".getBytes()), java.nio.file.StandardOpenOption.APPEND);
        Files.write(twice, once, java.nio.file.StandardOpenOption.APPEND);
        List<String> expected = new ArrayList<>(lines);
        expected.add("tiny");
        expected.addAll(lines);
        assertEquals(expected, readInSplits(twice, 9_000, new int[1]));
        assertEquals(List.of(), readInSplits(write(List.of(), "\n", CONF), 9_000, new int[1]));
    }

    @Test
    void wholeStreams() throws Exception {
        byte[] text = String.join("\n", lines(1000, 4)).getBytes();
        CompressionCodec codec = codec(CONF);
        assertEquals(".vat", codec.getDefaultExtension());
        try (CompressionInputStream in = codec.createInputStream(new ByteArrayInputStream(Vatic.compress(text)))) {
            assertEquals(text[0], in.read());
            byte[] rest = in.readAllBytes();
            assertEquals(text.length - 1, rest.length);
        }
        try (InputStream in = codec.createInputStream(new ByteArrayInputStream(text))) {
            assertThrows(IOException.class, in::read);
        }
        assertThrows(
                IOException.class,
                () -> ((VaticCodec) codec).createInputStream(new ByteArrayInputStream(text), null, 0, 10, null));
    }

    @Test
    void groupsAreNoLargerThanBlocks() throws Exception {
        Configuration conf = new Configuration();
        conf.setInt(VaticCodec.LEVEL, 1);
        conf.set("dfs.blocksize", "64k");
        Path file = write(lines(5000, 4), "\n", conf);
        Vatic.info(file, Options.defaults()).get(0).groups().forEach(group -> assertTrue(group.length() <= 64 << 10));
    }

    @Test
    void sequenceFilesOfBlocks() throws Exception {
        org.apache.hadoop.fs.Path file = new org.apache.hadoop.fs.Path(folder.resolve("s.seq").toUri());
        for (SequenceFile.CompressionType type :
                List.of(SequenceFile.CompressionType.BLOCK, SequenceFile.CompressionType.RECORD)) {
            try (SequenceFile.Writer writer = SequenceFile.createWriter(
                    CONF,
                    SequenceFile.Writer.file(file),
                    SequenceFile.Writer.keyClass(IntWritable.class),
                    SequenceFile.Writer.valueClass(BytesWritable.class),
                    SequenceFile.Writer.compression(type, codec(CONF)))) {
                for (int i = 0; i < 300; i++) {
                    writer.append(new IntWritable(i), new BytesWritable(("value " + i).repeat(50).getBytes()));
                    if (i % 100 == 99) {
                        writer.sync();
                    }
                }
            }
            try (SequenceFile.Reader reader = new SequenceFile.Reader(CONF, SequenceFile.Reader.file(file))) {
                IntWritable key = new IntWritable();
                BytesWritable value = new BytesWritable();
                for (int i = 0; i < 300; i++) {
                    assertTrue(reader.next(key, value));
                    assertEquals(i, key.get());
                    assertArrayEquals(("value " + i).repeat(50).getBytes(), value.copyBytes());
                }
                assertTrue(!reader.next(key, value));
            }
        }
    }
}
