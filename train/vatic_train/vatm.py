"""`.vatm` files: safetensors with one JSON text of vatic's in the header. See `docs/model.md`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Tensor = NDArray[np.generic]

_TYPES: dict[str, np.dtype[np.generic]] = {
    "U8": np.dtype("<u1"),
    "I8": np.dtype("<i1"),
    "U16": np.dtype("<u2"),
    "I16": np.dtype("<i2"),
    "U32": np.dtype("<u4"),
    "I32": np.dtype("<i4"),
    "U64": np.dtype("<u8"),
    "I64": np.dtype("<i8"),
}
_NAMES = {dtype: name for name, dtype in _TYPES.items()}


@dataclass
class Part:
    """Tensors that belong together, and the keys that say how to read them."""

    keys: dict[str, str]
    tensors: dict[str, Tensor]

    def number(self, key: str) -> int:
        """The key's value as a number."""
        return int(self.keys[key])


@dataclass
class Model:
    """The parts of a model, and what it says about itself."""

    parts: dict[str, Part]
    info: dict[str, str] = field(default_factory=dict)


def write(path: Path, model: Model) -> None:
    """Writes a model."""
    parts = {name: part.keys for name, part in sorted(model.parts.items())}
    text = json.dumps({"version": 0, "parts": parts, "info": model.info}, sort_keys=True)
    header: dict[str, object] = {"__metadata__": {"vatic": text}}
    data = bytearray()
    for part_name, part in sorted(model.parts.items()):
        for name, tensor in sorted(part.tensors.items()):
            raw = np.ascontiguousarray(tensor).astype(tensor.dtype.newbyteorder("<"))
            start = len(data)
            data += raw.tobytes()
            header[f"{part_name}.{name}"] = {
                "dtype": _NAMES[raw.dtype],
                "shape": list(raw.shape),
                "data_offsets": [start, len(data)],
            }
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    path.write_bytes(len(encoded).to_bytes(8, "little") + encoded + bytes(data))


def read(path: Path) -> Model:
    """Reads a model that is trusted: nothing is checked but what Python checks anyway."""
    raw = path.read_bytes()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + length])
    about = json.loads(header.pop("__metadata__")["vatic"])
    model = Model({name: Part(keys, {}) for name, keys in about["parts"].items()}, about.get("info", {}))
    for full_name, info in header.items():
        part, name = full_name.split(".", 1)
        start, end = info["data_offsets"]
        dtype: np.dtype[np.generic] = _TYPES[info["dtype"]]
        values: Tensor = np.frombuffer(raw[8 + length + start : 8 + length + end], dtype)
        model.parts[part].tensors[name] = values.reshape(info["shape"])
    return model
