package example;

import dev.vatic.hadoop.VaticCodec;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Reads a folder of .vat text in parallel, splits within files, and writes one back. */
public final class Job {
    private static final int FILES = 3;
    private static final int LINES = 100_000;

    private Job() {}

    private static void write(Path file, int from) throws IOException {
        Configuration conf = new Configuration();
        conf.setInt(VaticCodec.LEVEL, 2);
        conf.set(VaticCodec.GROUP_SIZE, "256k");
        VaticCodec codec = new VaticCodec();
        codec.setConf(conf);
        try (OutputStream out = codec.createOutputStream(Files.newOutputStream(file))) {
            for (int i = from; i < from + LINES; i++) {
                out.write((i + "," + Integer.toHexString(i * 0x9E3779B1) + ",some text of a line\n").getBytes());
            }
        }
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    private static long sum(JavaRDD<String> lines) {
        return lines.map(line -> Long.parseLong(line.substring(0, line.indexOf(',')))).reduce(Long::sum);
    }

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        Path in = Files.createDirectories(folder.resolve("in"));
        for (int i = 0; i < FILES; i++) {
            write(in.resolve("part-" + i + ".vat"), i * LINES);
        }
        long count = (long) FILES * LINES;
        long expected = count * (count - 1) / 2;
        SparkConf conf = new SparkConf()
                .setAppName("vatic")
                .setMaster("local[4]")
                .set("spark.ui.enabled", "false")
                .set("spark.hadoop.mapreduce.input.fileinputformat.split.minsize", "1")
                .set("spark.sql.files.maxPartitionBytes", "200k");
        try (SparkSession spark = SparkSession.builder().config(conf).getOrCreate();
                JavaSparkContext context = new JavaSparkContext(spark.sparkContext())) {
            JavaRDD<String> lines = context.textFile(in.toString(), 16);
            check(lines.getNumPartitions() > FILES, lines.getNumPartitions() + " partitions of the RDD");
            long busy = lines.mapPartitions(part -> List.of(part.hasNext()).iterator()).filter(some -> some).count();
            check(busy > FILES, busy + " partitions with lines");
            check(lines.count() == count && sum(lines) == expected, "other lines in the RDD");

            Path out = folder.resolve("out");
            lines.saveAsTextFile(out.toString(), VaticCodec.class);
            check(sum(context.textFile(out.toString())) == expected, "other lines in the files written");

            Path table = folder.resolve("table");
            spark.read().text(in.toString()).write().option("compression", VaticCodec.class.getName()).text(table.toString());
            check(spark.read().text(table.toString()).count() == count, "another table");
            try (Stream<Path> files = Stream.concat(Files.list(out), Files.list(table))) {
                List<String> names = files.map(file -> file.getFileName().toString())
                        .filter(name -> name.startsWith("part-"))
                        .collect(Collectors.toList());
                check(names.size() > FILES && names.stream().allMatch(name -> name.endsWith(".vat")), names.toString());
            }
            System.out.println(lines.getNumPartitions() + " partitions of " + FILES + " files, " + count + " lines");
        }
    }
}
