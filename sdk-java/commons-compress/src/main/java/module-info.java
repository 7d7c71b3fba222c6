/** The compressor {@code vatic} for Apache Commons Compress. */
module dev.vatic.commons {
    requires transitive dev.vatic;
    requires transitive org.apache.commons.compress;

    exports dev.vatic.commons;

    provides org.apache.commons.compress.compressors.CompressorStreamProvider with
            dev.vatic.commons.VaticProvider;
}
