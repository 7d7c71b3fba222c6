package dev.vatic.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.vatic.Options;
import dev.vatic.Parameter;
import dev.vatic.Vatic;
import dev.vatic.VaticModel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ShippedModelTest {
    private static final String PROSE = "It was the only house in the village that had a garden of its own. ";
    private static final Map<ShippedModel, String> SAMPLES =
            Map.of(
                    ShippedModel.CODE, "    for (int i = 0; i < n; i++) {\n        return self.value;\n    }\n",
                    ShippedModel.EN, PROSE.repeat(20),
                    ShippedModel.JSON, "{\"id\": 4711, \"name\": \"example\", \"active\": true}",
                    ShippedModel.LOG, "2024-05-06 07:08:09 INFO [main] org.apache.example.Server: Connection refused",
                    ShippedModel.TEXT, PROSE);

    private static byte[] sample(ShippedModel model) {
        return SAMPLES.get(model).getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource
    void eachMakesItsKindSmaller(ShippedModel shipped) {
        byte[] text = sample(shipped);
        try (VaticModel model = shipped.load()) {
            assertEquals(shipped.name().toLowerCase(Locale.ROOT), model.metadata().get("name"));
            Options options = Options.builder().set(Parameter.LEVEL, 8).model(model).build();
            byte[] packed = Vatic.compress(text, options);
            byte[] without = Vatic.compress(text, Options.builder().set(Parameter.LEVEL, 8).build());
            assertTrue(packed.length * 10 < without.length * 9, shipped + ": " + packed.length);
            assertArrayEquals(text, Vatic.decompress(packed, options));
        }
    }
}
