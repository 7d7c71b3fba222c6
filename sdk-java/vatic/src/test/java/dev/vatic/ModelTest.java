package dev.vatic;

import static dev.vatic.Samples.fails;
import static dev.vatic.Samples.records;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelTest {
    private static VaticModel model;

    @BeforeAll
    static void train() {
        model = VaticModel.train(records(2000), 200_000);
    }

    @Test
    void modelsGoToFilesAndBack(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("m.vatm");
        model.save(file);
        assertThrows(FileAlreadyExistsException.class, () -> model.save(file));
        for (VaticModel again : List.of(VaticModel.load(file), VaticModel.of(model.toBytes()))) {
            assertEquals(model, again);
            assertEquals(model.hashCode(), again.hashCode());
            assertEquals(model.parts(), again.parts());
            assertEquals(model.metadata(), again.metadata());
            again.close();
            again.close();
            fails(ErrorCode.MISUSE, UsageException.class, again::id);
        }
        assertEquals(64, model.id().length());
        assertTrue(model.toString().contains(model.id().substring(0, 16)));
        Options small = Options.builder().set(Parameter.LIMIT_MODEL, 10).build();
        fails(ErrorCode.LIMIT, ResourceException.class, () -> VaticModel.load(file, small));
        Files.write(file, Samples.TEXT);
        assertThrows(DataException.class, () -> VaticModel.load(file));
        fails(ErrorCode.IO, FileException.class, () -> VaticModel.load(folder.resolve("no")));
        fails(ErrorCode.INVALID_OPTION, UsageException.class, () -> VaticModel.train(List.of()));
        assertThrows(NullPointerException.class, () -> VaticModel.train(Arrays.asList(new byte[1], null)));
    }

    @Test
    void modelsAreMadeOfOthers() throws Exception {
        Path vectors = Path.of("../../tests/vectors");
        List<String> both = List.of("primer", "transformer");
        try (VaticModel base = VaticModel.load(vectors.resolve("transformer/random-23.vatm"));
                VaticModel beside = VaticModel.trainBeside(base, records(20), 0);
                VaticModel joined = model.join(base)) {
            assertEquals(List.of("transformer"), base.parts());
            assertEquals(List.of("gates", "transformer"), beside.parts());
            Options options = Options.builder()
                    .set(Parameter.CODEC, Codec.NEURAL.number())
                    .model(beside)
                    .build();
            byte[] record = records(8).get(7);
            assertArrayEquals(record, Vatic.decompress(Vatic.compress(record, options), options));
            assertEquals(both, joined.parts());
            assertEquals(joined, base.join(model));
            fails(ErrorCode.INVALID_OPTION, UsageException.class, () -> joined.join(base));
            fails(ErrorCode.INVALID_OPTION, UsageException.class, () -> VaticModel.trainBeside(model, records(20), 0));
        }
        byte[] czm = Vatic.decompress(Files.readAllBytes(vectors.resolve("czip/flat.czm.vat")));
        try (VaticModel czip = VaticModel.ofCzm(czm)) {
            assertEquals(List.of("transformer"), czip.parts());
        }
        assertThrows(DataException.class, () -> VaticModel.ofCzm(Arrays.copyOf(czm, 5000)));
    }

    @Test
    void recordsComeBackAlone() {
        byte[] record = records(3000).get(2999);
        byte[] packed = model.compressRecord(record);
        assertTrue(packed.length < record.length / 2, packed.length + " of " + record.length);
        assertArrayEquals(record, model.decompressRecord(packed));
        try (VaticRecords tagged = model.records(Options.builder().set(Parameter.RECORD_TAG, 4).build())) {
            byte[] safe = tagged.compress(record);
            // Zero bytes at the end of a stream are left out, so a tag may take one more or less.
            assertTrue(Math.abs(packed.length + 4 - safe.length) <= 1, packed.length + " and " + safe.length);
            assertArrayEquals(record, tagged.decompress(safe));
            safe[0] ^= 0x55;
            assertThrows(DataException.class, () -> tagged.decompress(safe));
            assertArrayEquals(record, tagged.decompress(tagged.compress(record)));
            tagged.close();
            fails(ErrorCode.MISUSE, UsageException.class, () -> tagged.compress(record));
        }
        assertThrows(NullPointerException.class, () -> model.compressRecord(null));
    }

    @Test
    void batchesAreReadInAnyOrder() {
        List<byte[]> records = records(300);
        byte[] batch = model.compressMany(records);
        List<byte[]> back = model.decompressMany(batch);
        assertEquals(300, back.size());
        assertArrayEquals(records.get(299), back.get(299));
        fails(ErrorCode.MODEL_MISSING, DataException.class, () -> VaticBatch.of(batch, Options.defaults()));
        Options options = Options.builder().model(model).build();
        try (VaticBatch one = VaticBatch.of(batch, options)) {
            assertEquals(300, one.size());
            assertArrayEquals(records.get(150), one.get(150));
            assertThrows(IndexOutOfBoundsException.class, () -> one.get(300));
            assertThrows(IndexOutOfBoundsException.class, () -> one.get(-1));
        }
        byte[] embedded = model.compressMany(records, Options.builder().set(Parameter.EMBED_MODEL, true).build());
        assertEquals(300, VaticBatch.decompressMany(embedded, Options.defaults()).size());
        assertEquals(0, model.decompressMany(model.compressMany(List.of())).size());
    }

    @Test
    void filesStartWithTheModel() {
        byte[] data = Samples.bytes("{\"user\": 77, \"action\": \"login\", \"ok\": true}\n".repeat(3));
        Options options = Options.builder().level(8).model(model).build();
        byte[] packed = Vatic.compress(data, options);
        assertTrue(packed.length < Vatic.compress(data, Options.builder().level(8).build()).length);
        assertArrayEquals(data, Vatic.decompress(packed, options));
        fails(ErrorCode.MODEL_MISSING, DataException.class, () -> Vatic.decompress(packed));
    }

    @Test
    void threadsShareAModel() throws Exception {
        List<byte[]> records = records(250);
        byte[] expected = model.compressRecord(records.get(249));
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        Thread[] threads = new Thread[8];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> {
                for (byte[] record : records) {
                    if (!Arrays.equals(record, model.decompressRecord(model.compressRecord(record)))) {
                        failures.add(new AssertionError("another record"));
                    }
                }
            });
            threads[i].setUncaughtExceptionHandler((thread, error) -> failures.add(error));
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(List.of(), List.copyOf(failures));
        assertArrayEquals(expected, model.compressRecord(records.get(249)));
    }
}
