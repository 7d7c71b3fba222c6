package dev.vatic;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/**
 * Finds and loads the native library.
 *
 * <p>The property {@code vatic.library.path} names it, or the folder that it is in; nothing else is tried then.
 * Otherwise it comes out of the jar with the classifier of this machine, through a temporary file; where there is no
 * such jar, {@code java.library.path} is searched. The property {@code vatic.temp.folder} names another folder for
 * temporary files.
 */
final class NativeLibrary {
    private static final String PATH = "vatic.library.path";
    private static final String TEMP = "vatic.temp.folder";

    private NativeLibrary() {}

    static void load() {
        String given = System.getProperty(PATH);
        if (given != null) {
            loadGiven(Paths.get(given));
        } else {
            String resource = "dev/vatic/native/" + classifier() + "/" + System.mapLibraryName("vatic_java");
            URL found = find(resource);
            if (found != null) {
                loadResource(found);
            } else {
                loadInstalled(resource);
            }
        }
        check();
    }

    /** The machine, as jars are named. */
    static String classifier() {
        String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        String system = os.startsWith("windows") ? "windows" : os.startsWith("mac") ? "osx" : os.replaceAll("[^a-z0-9]", "");
        switch (arch) {
            case "amd64":
            case "x86-64":
                return system + "-x86_64";
            case "arm64":
            case "aarch64":
                return system + "-aarch_64";
            default:
                return system + "-" + arch;
        }
    }

    private static URL find(String resource) {
        // Through the loader, which looks into other modules' jars too: names with "native" in them are no packages.
        ClassLoader loader = NativeLibrary.class.getClassLoader();
        return loader == null ? ClassLoader.getSystemResource(resource) : loader.getResource(resource);
    }

    private static void loadGiven(Path path) {
        Path file = Files.isDirectory(path) ? path.resolve(System.mapLibraryName("vatic_java")) : path;
        if (!Files.isRegularFile(file)) {
            throw new UnsatisfiedLinkError("vatic: the property " + PATH + " leads to " + file + ", which is no file");
        }
        System.load(file.toAbsolutePath().toString());
    }

    private static void loadInstalled(String resource) {
        try {
            System.loadLibrary("vatic_java");
        } catch (UnsatisfiedLinkError error) {
            UnsatisfiedLinkError clear = new UnsatisfiedLinkError(
                    "vatic: no native library for " + classifier() + ": put the jar vatic-" + Versions.LIBRARY + "-"
                            + classifier() + ".jar on the class path (it has " + resource
                            + "), or name the library with the property " + PATH);
            clear.initCause(error);
            throw clear;
        }
    }

    private static void loadResource(URL found) {
        Path file = null;
        try {
            String folder = System.getProperty(TEMP);
            String end = "-" + System.mapLibraryName("vatic_java");
            // Nobody else can write to it, or foresee its name.
            file = folder == null
                    ? Files.createTempFile("vatic-", end)
                    : Files.createTempFile(Paths.get(folder), "vatic-", end);
            try (InputStream in = found.openStream()) {
                Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
            }
            System.load(file.toAbsolutePath().toString());
        } catch (IOException error) {
            UnsatisfiedLinkError clear = new UnsatisfiedLinkError(
                    "vatic: the native library cannot be unpacked: " + error + "; the property " + TEMP
                            + " names another folder for it, " + PATH + " an unpacked one");
            clear.initCause(error);
            throw clear;
        } finally {
            remove(file);
        }
    }

    /** A loaded library needs its file no more, but where the system says so. */
    private static void remove(Path file) {
        if (file == null) {
            return;
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException error) {
            file.toFile().deleteOnExit();
        }
    }

    private static void check() {
        int abi = Native.abiVersion();
        String version = new String(Native.version(), StandardCharsets.UTF_8);
        if (abi != Versions.ABI || !version.equals(Versions.LIBRARY)) {
            throw new UnsatisfiedLinkError("vatic: the native library is version " + version + " (ABI " + abi
                    + "), and the classes are version " + Versions.LIBRARY + " (ABI " + Versions.ABI + ")");
        }
    }
}
