package dev.vatic;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;

/** An archive that is open for reading: entries in the order of their names. */
public final class VaticArchive implements AutoCloseable, Iterable<ArchiveEntry> {
    private final Options options;
    private final Handle handle;
    private List<ArchiveEntry> entries;

    private VaticArchive(long number, Options options) {
        this.options = options;
        this.handle = new Handle(number, Native::archiveFree);
    }

    /**
     * Opens an archive.
     *
     * @param path its file
     * @return the archive
     */
    public static VaticArchive open(Path path) {
        return open(path, Options.defaults());
    }

    /**
     * Opens a sealed archive. <strong>The array is filled with zeros.</strong>
     *
     * @param path its file
     * @param password what opens it
     * @return the archive
     */
    public static VaticArchive open(Path path, char[] password) {
        return open(path, Options.ofPassword(password));
    }

    /**
     * Opens an archive.
     *
     * @param path its file
     * @param options settings; keys for one that is sealed
     * @return the archive
     */
    public static VaticArchive open(Path path, Options options) {
        byte[] utf8 = Text.path(path);
        return new VaticArchive(options.<Long>apply(settings -> Native.archiveFile(utf8, settings)), options);
    }

    /**
     * Opens the bytes of an archive, which are copied.
     *
     * @param data the bytes
     * @param options settings; keys for one that is sealed
     * @return the archive
     */
    public static VaticArchive of(byte[] data, Options options) {
        Objects.requireNonNull(data, "data");
        return new VaticArchive(options.<Long>apply(settings -> Native.archiveBytes(data, settings)), options);
    }

    /**
     * Packs files and folders into a new archive, which appears whole or not at all.
     *
     * @param target its file
     * @param inputs files and folders
     */
    public static void create(Path target, Collection<Path> inputs) {
        create(target, inputs, Options.defaults());
    }

    /**
     * Packs files and folders into a new sealed archive. <strong>The array is filled with zeros.</strong>
     *
     * @param target its file
     * @param inputs files and folders
     * @param password what will open it
     */
    public static void create(Path target, Collection<Path> inputs, char[] password) {
        create(target, inputs, Options.ofPassword(password));
    }

    /**
     * Packs files and folders into a new archive, which appears whole or not at all.
     *
     * @param target its file
     * @param inputs files and folders
     * @param options settings
     */
    public static void create(Path target, Collection<Path> inputs, Options options) {
        byte[] utf8 = Text.path(target);
        byte[][] list = Text.paths(inputs);
        options.apply(settings -> {
            Native.archiveCreate(utf8, list, settings);
            return null;
        });
    }

    /**
     * Adds files and folders to an archive. Contents that it has are not stored again.
     *
     * @param target its file
     * @param inputs files and folders
     * @param options settings
     */
    public static void append(Path target, Collection<Path> inputs, Options options) {
        byte[] utf8 = Text.path(target);
        byte[][] list = Text.paths(inputs);
        options.apply(settings -> {
            Native.archiveAppend(utf8, list, settings);
            return null;
        });
    }

    /**
     * All entries, in the order of their names.
     *
     * @return the entries
     */
    public synchronized List<ArchiveEntry> entries() {
        // Of one that is closed the library says so.
        int size = handle.use(Native::archiveSize);
        if (entries == null) {
            List<ArchiveEntry> list = new ArrayList<>(size);
            for (int i = 0; i < size; i++) {
                int index = i;
                byte[][] bytes = handle.use(number -> Native.archiveEntryBytes(number, index));
                long[] values = handle.use(number -> Native.archiveEntryValues(number, index));
                list.add(new ArchiveEntry(index, bytes, values));
            }
            entries = Collections.unmodifiableList(list);
        }
        return entries;
    }

    @Override
    public Iterator<ArchiveEntry> iterator() {
        return entries().iterator();
    }

    /**
     * The entry of this name.
     *
     * @param name the name
     * @return the entry
     * @throws UsageException if there is none: {@link ErrorCode#NOT_FOUND}
     */
    public ArchiveEntry entry(String name) {
        byte[] utf8 = Text.utf8(name);
        int index = handle.use(number -> Native.archiveFind(number, utf8));
        return entries().get(index);
    }

    /**
     * The content of an entry; a hard link has its target's.
     *
     * @param entry an entry of this archive
     * @return the content
     */
    public byte[] read(ArchiveEntry entry) {
        return options.relayed(() -> handle.use(number -> Native.archiveRead(number, entry.index())));
    }

    /**
     * The content of the entry of this name.
     *
     * @param name the name
     * @return the content
     */
    public byte[] read(String name) {
        return read(entry(name));
    }

    /**
     * Extracts what shell patterns match, or everything, to a folder. Nothing is written outside of the folder,
     * whatever the archive says.
     *
     * @param target the folder
     * @param patterns what to extract; everything if there are none
     * @return how many entries that were
     */
    public long extract(Path target, String... patterns) {
        byte[] utf8 = Text.path(target);
        byte[][] list = Text.list(patterns);
        return options.relayed(() -> handle.use(number -> Native.archiveExtract(number, utf8, list)));
    }

    /**
     * Extracts one entry to a folder; of a directory, all that is in it.
     *
     * @param entry an entry of this archive
     * @param target the folder
     * @return how many entries that were
     */
    public long extractEntry(ArchiveEntry entry, Path target) {
        byte[] utf8 = Text.path(target);
        return options.relayed(
                () -> handle.use(number -> Native.archiveExtractEntry(number, entry.index(), utf8)));
    }

    /** Decodes everything, and compares it with what the index says. */
    public void verify() {
        options.relayed(() -> handle.use(number -> {
            Native.archiveVerify(number);
            return null;
        }));
    }

    /** Lets go of the file. Again does no harm. */
    @Override
    public void close() {
        handle.close();
    }
}
