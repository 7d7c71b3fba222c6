"""Models of random numbers: useless for compression, and as exact as any.

`python -m vatic_train.random_model SEED OUT.vatm OUT.json` writes one, with tokens and checksums of their logits and
frequencies: a vector of the format.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .reference import HEAD, Ints, Network, Window, exp2_table, steps_table, turn_table
from .vatm import Model, Part, Tensor, write


def random_part(seed: int) -> Part:
    """A small network; its shape is random too."""
    rng = np.random.default_rng(seed)
    layers, kv_heads, group = (int(rng.integers(1, 4)) for _ in range(3))
    vocabulary, width, hidden = 257 + int(rng.integers(60)), 4 * int(rng.integers(8, 20)), 4 * int(rng.integers(5, 30))
    heads, context = kv_heads * group, int(rng.integers(10, 90))
    projected = (heads + 2 * kv_heads) * HEAD

    def weights(*shape: int) -> Tensor:
        return rng.normal(0, 40, shape).clip(-127, 127).astype(np.int8)

    def scales(size: float, *shape: int) -> NDArray[np.int32]:
        return (rng.uniform(0.5, 1.5, shape) * size).astype(np.int32)

    # Sums of products have about this size, so that what is scaled fills its bits and is sometimes clamped.
    def target(size: float, inputs: int, shift: int) -> float:
        return float(size * 2.0**shift / (40 * 40 * inputs**0.5))

    # Queries and keys have 1/64 of the unit of values.
    qkv_scale = scales(target(60 * 64, width, 20), layers, projected)
    qkv_scale[:, (heads + kv_heads) * HEAD :] //= 64
    tensors: dict[str, Tensor] = {
        "embed": weights(vocabulary, width),
        "embed_scale": scales(3000, vocabulary),
        "norm": scales(40 * 2**9, width).clip(-32768, 32767).astype(np.int16),
        "head_scale": scales(target(4 * 65536, width, 22), vocabulary),
        "attention_norm": scales(40 * 2**9, layers, width).clip(-32768, 32767).astype(np.int16),
        "ffn_norm": scales(40 * 2**9, layers, width).clip(-32768, 32767).astype(np.int16),
        "qkv": weights(layers, projected, width),
        "qkv_scale": qkv_scale,
        "out": weights(layers, width, heads * HEAD),
        "out_scale": scales(target(80_000, heads * HEAD, 16), layers, width),
        "up": weights(layers, 2 * hidden, width),
        # Small shifts are computed in 32 bits, large ones in 64.
        "up_scale": scales(target(60, width, 22), layers, 2 * hidden),
        "down": weights(layers, width, hidden),
        "down_scale": scales(target(80_000, hidden, 16), layers, width),
        "shifts": np.tile(np.array([40, 20, 16, 40, 22, 14, 16], np.uint8), (layers, 1)),
        "slopes": rng.integers(0, 300_000, (layers, heads), np.uint32),
        "gains": rng.integers(100, 1000, (layers, heads), np.uint16),
        "activation": rng.integers(-32768, 32767, (layers, 256)).astype(np.int16),
        "turn": turn_table(),
        "steps": steps_table(10_000.0),
        "exp2": exp2_table(),
    }
    if rng.integers(2):
        tensors["head"] = weights(vocabulary, width)
    if rng.integers(2):
        tensors["sinks"] = scales(40_000, layers, heads)
    lengths = np.zeros(vocabulary, np.uint16)
    lengths[:257] = 1
    lengths[256] = 2
    tensors["token_lengths"] = lengths
    tensors["token_bytes"] = np.concatenate([np.arange(256), [101, 32]]).astype(np.uint8)
    tensors["special_tokens"] = np.zeros(0, np.uint32)
    keys = {
        "profile": "vatic",
        "vocabulary": vocabulary,
        "layers": layers,
        "width": width,
        "heads": heads,
        "kv_heads": kv_heads,
        "hidden": hidden,
        "context": context,
        "epsilon": 1000,
        "norm_shift": 40,
        "head_shift": 22,
        "total": 1 << 30,
        "start": 256,
        "split": "words",
    }
    return Part({key: str(value) for key, value in keys.items()}, tensors)


def checksum(values: Ints) -> int:
    """A number that tells lists of numbers apart."""
    return sum((int(value) * (i + 1)) for i, value in enumerate(values)) % 2**64


def main() -> None:
    """Writes a vector."""
    seed, model, description = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
    part = random_part(seed)
    write(model, Model({"transformer": part}, {"name": f"random numbers, seed {seed}"}))
    network, window = Network(part), Window()
    tokens = [int(token) for token in np.random.default_rng(seed).integers(0, len(network.embed), 100)]
    rows = []
    for token in tokens:
        logits = network.logits(window, token)
        rows.append([checksum(logits), checksum(network.frequencies(logits))])
    columns = {
        "tokens": tokens,
        "logits": [str(row[0]) for row in rows],
        "frequencies": [str(row[1]) for row in rows],
    }
    description.write_text(json.dumps(columns) + "\n")


if __name__ == "__main__":
    main()
