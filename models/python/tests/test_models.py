import pytest
import vatic

import vatic_models

SAMPLES = {
    "code": b"    for (int i = 0; i < n; i++) {\n        return self.value;\n    }\n",
    "en": b"It was the only house in the village that had a garden of its own. " * 20,
    "json": b'{"id": 4711, "name": "example", "active": true}',
    "log": b"2024-05-06 07:08:09,123 INFO [main] org.apache.example.Server: Connection refused",
    "text": b"It was the only house in the village that had a garden of its own.",
}


def test_there_are_these() -> None:
    assert vatic_models.names() == sorted(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_each_makes_its_kind_smaller(name: str) -> None:
    model = vatic_models.load(name)
    assert vatic_models.load(name) is model
    assert model.metadata["name"] == name
    text = SAMPLES[name]
    packed = vatic.compress(text, level=8, models=[model])
    assert len(packed) * 10 < len(vatic.compress(text, level=8)) * 9
    assert vatic.decompress(packed, models=[model]) == text


def test_others_there_are_not() -> None:
    with pytest.raises(KeyError, match="there are code, en"):
        vatic_models.load("logs")
