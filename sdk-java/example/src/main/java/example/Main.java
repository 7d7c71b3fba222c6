package example;

import dev.vatic.Vatic;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.commons.compress.compressors.CompressorStreamFactory;

/** A round trip by each of the two ways. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) throws Exception {
        byte[] text = "it works ".repeat(1000).getBytes();
        System.out.println(Vatic.decompress(Vatic.compress(text)).length);

        CompressorStreamFactory factory = new CompressorStreamFactory();
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = factory.createCompressorOutputStream("vatic", packed)) {
            out.write(text);
        }
        try (InputStream in =
                factory.createCompressorInputStream("vatic", new ByteArrayInputStream(packed.toByteArray()))) {
            System.out.println(in.readAllBytes().length);
        }
    }
}
