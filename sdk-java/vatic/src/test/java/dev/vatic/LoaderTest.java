package dev.vatic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each case is a VM of its own: a library is loaded once. */
class LoaderTest {
    @TempDir
    Path folder;

    /** A program that prints a round trip. */
    public static final class Program {
        private Program() {}

        /**
         * Prints what comes back.
         *
         * @param arguments none
         */
        public static void main(String[] arguments) {
            System.out.println(new String(Vatic.decompress(Vatic.compress("it works".getBytes()))));
        }
    }

    private static String classPath(boolean withLibrary) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> withLibrary || !entry.endsWith("native"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Path library() throws IOException {
        Path root = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> entry.endsWith("native"))
                .map(Path::of)
                .findFirst()
                .orElseThrow();
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(Files::isRegularFile).findFirst().orElseThrow();
        }
    }

    private String run(boolean withLibrary, String... properties) throws Exception {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java"));
        command.addAll(List.of(properties));
        command.addAll(List.of("-cp", classPath(withLibrary), Program.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        process.waitFor();
        return output;
    }

    @Test
    void fromTheClassPathThroughATemporaryFile() throws Exception {
        assertEquals("it works\n", run(true, "-Dvatic.temp.folder=" + folder));
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(0, left.count());
        }
    }

    @Test
    void fromWhereThePropertySays() throws Exception {
        Path library = library();
        assertEquals("it works\n", run(false, "-Dvatic.library.path=" + library));
        assertEquals("it works\n", run(false, "-Dvatic.library.path=" + library.getParent()));
        assertEquals("it works\n", run(false, "-Djava.library.path=" + library.getParent()));
        String wrong = run(true, "-Dvatic.library.path=/nowhere");
        assertTrue(wrong.contains("vatic.library.path leads to"), wrong);
    }

    @Test
    void errorsSayWhatToDo() throws Exception {
        String missing = run(false);
        assertTrue(missing.contains("put the jar vatic-" + Versions.LIBRARY + "-" + NativeLibrary.classifier()), missing);
        String full = run(true, "-Dvatic.temp.folder=" + folder.resolve("nowhere"));
        assertTrue(full.contains("vatic.temp.folder names another folder"), full);
    }
}
