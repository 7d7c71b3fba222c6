/**
 * Lossless neural compression.
 *
 * <p>{@link dev.vatic.Vatic} compresses and restores in one call, {@link dev.vatic.VaticOutputStream} and {@link
 * dev.vatic.VaticInputStream} do it in pieces as the streams of {@code java.util.zip} do. Beyond it: {@link
 * dev.vatic.VaticArchive}, {@link dev.vatic.Key} for encryption, {@link dev.vatic.VaticModel} with {@link
 * dev.vatic.VaticRecords} for small records, and {@link dev.vatic.VaticReader} for parts of a file.
 *
 * <p>Failures are {@link dev.vatic.VaticException}s, unchecked, with a {@link dev.vatic.ErrorCode}; streams throw
 * {@link dev.vatic.VaticIOException} with the same code. Arguments that are null or out of range get the exceptions
 * that Java has for them. An object serves one thread at a time if nothing else is said; a second one gets {@link
 * dev.vatic.ErrorCode#BUSY}.
 */
package dev.vatic;
