"""What a transformer of profile `vatic` computes, in integers: `docs/transformer.md` as numpy.

Everything is 64-bit integers; there is no float on the way from a token to its frequency. One token at a time, without
any trick: this is what the engine in Rust is compared with.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .vatm import Part

Ints = NDArray[np.int64]

HEAD = 64
TURN = 4096


def rne(values: Ints, shift: int) -> Ints:
    """`values / 2^shift`, rounded to the nearest, halves to the even neighbour."""
    if shift == 0:
        return values
    odd = (values >> shift) & 1
    return (values + ((1 << (shift - 1)) - 1) + odd) >> shift


def clamp(values: Ints, most: int) -> Ints:
    """`values` within -most and most."""
    return np.clip(values, -most, most)


def turn_table() -> NDArray[np.int16]:
    """Cosines of a turn, as models usually have them."""
    return np.round(16384 * np.cos(2 * np.pi * np.arange(TURN) / TURN)).astype(np.int16)


def exp2_table() -> NDArray[np.uint32]:
    """Powers of two, as models usually have them."""
    return np.round(2.0 ** (31 - np.arange(256) / 256)).astype(np.uint32)


def steps_table(theta: float) -> NDArray[np.uint32]:
    """Angles from one position to the next, in 2^-32 turns."""
    return np.round(2.0**32 / (2 * np.pi) * theta ** (-np.arange(HEAD // 2) / (HEAD // 2))).astype(np.uint32)


@dataclass
class _Layer:
    attention_norm: Ints
    qkv: Ints
    qkv_scale: Ints
    slopes: Ints
    gains: Ints
    sinks: Ints | None
    out: Ints
    out_scale: Ints
    ffn_norm: Ints
    up: Ints
    up_scale: Ints
    activation: Ints
    down: Ints
    down_scale: Ints
    shifts: list[int]


@dataclass
class Window:
    """The tokens seen last, as keys and values of each layer."""

    position: int = 0
    past: list[list[tuple[Ints, Ints]]] = field(default_factory=list)


class Network:
    """A network as its part of a model says."""

    def __init__(self, part: Part) -> None:
        assert part.keys["profile"] == "vatic"
        tensors = {name: tensor.astype(np.int64) for name, tensor in part.tensors.items()}
        names = [name for name in _Layer.__dataclass_fields__ if name not in ("shifts", "sinks")]
        self.heads, self.kv_heads = part.number("heads"), part.number("kv_heads")
        self.context, self.total = part.number("context"), part.number("total")
        self.start = part.number("start")
        self.epsilon = part.number("epsilon")
        self.norm_shift, self.head_shift = part.number("norm_shift"), part.number("head_shift")
        self.embed, self.embed_scale = tensors["embed"], tensors["embed_scale"]
        self.norm = tensors["norm"]
        self.head, self.head_scale = tensors.get("head", self.embed), tensors["head_scale"]
        self.turn, self.steps, self.exp2 = tensors["turn"], tensors["steps"], tensors["exp2"]
        sinks = tensors.get("sinks")
        self.layers = [
            _Layer(
                **{name: tensors[name][i] for name in names},
                sinks=None if sinks is None else sinks[i],
                shifts=tensors["shifts"][i].tolist(),
            )
            for i in range(part.number("layers"))
        ]

    def logits(self, window: Window, token: int) -> Ints:
        """The logits of what follows `token`, which `window` takes in."""
        if not window.past:
            window.past = [[] for _ in self.layers]
        x = clamp(self.embed[token] * self.embed_scale[token], 2**24 - 1)
        for layer, past in zip(self.layers, window.past, strict=True):
            s = layer.shifts
            p = _scaled(layer.qkv, self._normed(x, layer.attention_norm, s[0]), layer.qkv_scale, s[1])
            p = p.reshape(self.heads + 2 * self.kv_heads, HEAD)
            turned = self._turned(clamp(p[: self.heads + self.kv_heads], 2**14 - 1), window.position)
            past.append((turned[self.heads :], clamp(p[self.heads + self.kv_heads :], 127)))
            del past[: -self.context]
            seen = self._attention(layer, turned[: self.heads], past)
            x = clamp(x + _scaled(layer.out, seen, layer.out_scale, s[2]), 2**24 - 1)
            u = clamp(_scaled(layer.up, self._normed(x, layer.ffn_norm, s[3]), layer.up_scale, s[4]), 127)
            gate, value = np.split(u, 2)
            d = clamp(rne(layer.activation[gate + 128] * value, s[5]), 127)
            x = clamp(x + _scaled(layer.down, d, layer.down_scale, s[6]), 2**24 - 1)
        window.position = (window.position + 1) % 2**32
        x = self._normed(x, self.norm, self.norm_shift)
        return clamp(_scaled(self.head, x, self.head_scale, self.head_shift), 2**30)

    def frequencies(self, logits: Ints) -> Ints:
        """The frequencies of all tokens."""
        t = (np.minimum(logits.max() - logits, 2**21) + 128) >> 8
        w = self.exp2[t & 255] >> (t >> 8)
        r = ((self.total - len(logits)) << 32) // int(w.sum())
        frequencies: Ints = 1 + ((w * r) >> 32)
        frequencies[logits.argmax()] += self.total - frequencies.sum()
        return frequencies

    def bits(self, tokens: list[int]) -> float:
        """How many bits these tokens take from the start on."""
        window, token, bits = Window(), self.start, 0.0
        for following in tokens:
            frequencies = self.frequencies(self.logits(window, token))
            bits -= math.log2(int(frequencies[following]) / self.total)
            token = following
        return bits

    def _normed(self, x: Ints, gain: Ints, shift: int) -> Ints:
        mean = int((x * x).sum()) // len(x) + self.epsilon
        root = math.isqrt(mean << 14)
        inverse = min(2**31 - 1, (2**38 + root // 2) // root)
        return clamp(rne(x * inverse * gain, shift), 127)

    def _turned(self, heads: Ints, position: int) -> Ints:
        angles = np.array([position * int(step) % 2**32 for step in self.steps], dtype=np.int64)
        index = ((angles + 2**19) % 2**32) >> 20
        cos, sin = self.turn[index], self.turn[(index - 1024) % TURN]
        a, b = heads[:, : HEAD // 2], heads[:, HEAD // 2 :]
        return clamp(rne(np.concatenate([a * cos - b * sin, a * sin + b * cos], axis=1), 20), 127)

    def _attention(self, layer: _Layer, queries: Ints, past: list[tuple[Ints, Ints]]) -> Ints:
        keys, values = np.stack([k for k, _ in past]), np.stack([v for _, v in past])
        seen = []
        for h, query in enumerate(queries):
            own = h * self.kv_heads // self.heads
            z = keys[:, own] @ query
            top = int(z.max()) if layer.sinks is None else max(int(z.max()), int(layer.sinks[h]))
            e = self._exponential(top - z, int(layer.slopes[h]))
            weight = int(e.sum())
            if layer.sinks is not None:
                weight += int(self._exponential(top - layer.sinks[h : h + 1], int(layer.slopes[h]))[0])
            seen.append(_quotients((e @ values[:, own]) * int(layer.gains[h]), 256 * weight))
        return np.concatenate(seen)

    def _exponential(self, distances: Ints, slope: int) -> Ints:
        t = np.array([min((int(d) * slope + 2**23) >> 24, 17 * 256) for d in distances], dtype=np.int64)
        e = np.minimum(65535, (self.exp2[t & 255] + 2**14) >> 15)
        values: Ints = np.clip(((65536 >> (t >> 8)) * e + 2**15) >> 16, 1, 65535)
        return values


def _scaled(matrix: Ints, x: Ints, scale: Ints, shift: int) -> Ints:
    products: Ints = (matrix @ x) * scale
    return rne(products, shift)


def _quotients(numerators: Ints, denominator: int) -> Ints:
    """Quotients as activations, halves to the even neighbour."""
    size = np.abs(numerators)
    quotient, rest = size // denominator, size % denominator
    up = (2 * rest > denominator) | ((2 * rest == denominator) & (quotient & 1 == 1))
    result: Ints = np.sign(numerators) * np.minimum(quotient + up, 127)
    return result
