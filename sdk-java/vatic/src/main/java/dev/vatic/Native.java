package dev.vatic;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The functions of the native library. Objects of it are numbers from 1 on; a number of no object, or of another
 * class, gives {@link ErrorCode#MISUSE}. Texts and paths are UTF-8, lists of them arrays of arrays.
 */
final class Native {
    static {
        NativeLibrary.load();
    }

    private Native() {}

    /** Called by the library, for what it could not do. */
    static void fail(int code, byte[] message, long needed) {
        throw ErrorCode.of(code).exception(new String(message, StandardCharsets.UTF_8), needed);
    }

    static native int abiVersion();

    static native int formatVersion();

    static native byte[] version();

    static native long settings(int[] numbers, long[] values, long[] models, long[] keys, Object progress);

    static native void settingsFree(long settings);

    static native long keyPassword(byte[] text);

    static native long keyRaw(byte[] data);

    static native long keyRecipient(byte[] text);

    static native long keyIdentity(byte[] text);

    static native void keyFree(long key);

    static native byte[] generateRaw();

    static native byte[][] generateIdentity();

    static native byte[] compress(byte[] data, int offset, int length, long settings);

    static native byte[] decompress(byte[] data, int offset, int length, long settings);

    static native int compressBuffer(
            ByteBuffer source, int at, int length, ByteBuffer target, int to, int room, long settings);

    static native int decompressBuffer(
            ByteBuffer source, int at, int length, ByteBuffer target, int to, int room, long settings);

    static native long compressBound(long length);

    static native long contentLength(byte[] data);

    static native byte[] hash(byte[] data);

    static native byte[] info(byte[] path, byte[] data, long settings);

    static native long readerFile(byte[] path, long settings);

    static native long readerBytes(byte[] data, long settings);

    static native long readerChannel(Object source, long length, long settings);

    static native long[] readerStarts(long reader);

    static native long readerLength(long reader);

    static native int readerRead(long reader, long position, byte[] out, int offset, int length);

    static native void readerFree(long reader);

    static native long encoder(long settings);

    static native byte[] encoderPush(long encoder, byte[] data, int offset, int length, int op);

    static native void encoderFree(long encoder);

    static native long decoder(long settings);

    static native int decoderPull(
            long decoder, byte[] data, int length, boolean end, byte[] out, int offset, int room);

    static native void decoderFree(long decoder);

    static native long modelFile(byte[] path, long settings);

    static native long modelBytes(byte[] data, long settings);

    static native long modelCzm(byte[] data, long settings);

    static native long modelJoin(long first, long second);

    static native long modelTrain(byte[][] samples, long size, long beside);

    static native byte[] modelToBytes(long model);

    static native byte[] modelId(long model);

    static native byte[][] modelMetadata(long model);

    static native byte[][] modelParts(long model);

    static native void modelFree(long model);

    static native long records(long model, long settings);

    static native byte[] recordsCompress(long records, byte[] record);

    static native byte[] recordsDecompress(long records, byte[] packed);

    static native void recordsFree(long records);

    static native byte[] compressMany(byte[][] list, long model, long settings);

    static native byte[][] decompressMany(byte[] data, long settings);

    static native long batch(byte[] data, long settings);

    static native long batchSize(long batch);

    static native byte[] batchGet(long batch, int index);

    static native void batchFree(long batch);

    static native void archiveCreate(byte[] target, byte[][] inputs, long settings);

    static native void archiveAppend(byte[] target, byte[][] inputs, long settings);

    static native long archiveFile(byte[] path, long settings);

    static native long archiveBytes(byte[] data, long settings);

    static native int archiveSize(long archive);

    static native byte[][] archiveEntryBytes(long archive, int index);

    static native long[] archiveEntryValues(long archive, int index);

    static native int archiveFind(long archive, byte[] name);

    static native byte[] archiveRead(long archive, int index);

    static native long archiveExtract(long archive, byte[] target, byte[][] patterns);

    static native long archiveExtractEntry(long archive, int index, byte[] target);

    static native void archiveVerify(long archive);

    static native void archiveFree(long archive);
}
