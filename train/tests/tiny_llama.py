"""A network of the Llama family that numpy trains in a minute, in a folder as Hugging Face has it.

`python tests/tiny_llama.py FOLDER STEPS TEXT...` trains one on files. Tokens are bytes, and 0 starts a text.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
# What becomes of a change behind a step: the change in front of it.
Back = Callable[[Floats], Floats]

WIDTH, HEADS, KV_HEADS, HEAD, HIDDEN, LAYERS, VOCABULARY = 128, 2, 1, 64, 320, 2, 257
EPSILON, THETA = 1e-5, 10_000.0
MATRICES = {
    "self_attn.q_proj": (HEADS * HEAD, WIDTH),
    "self_attn.k_proj": (KV_HEADS * HEAD, WIDTH),
    "self_attn.v_proj": (KV_HEADS * HEAD, WIDTH),
    "self_attn.o_proj": (WIDTH, HEADS * HEAD),
    "mlp.gate_proj": (HIDDEN, WIDTH),
    "mlp.up_proj": (HIDDEN, WIDTH),
    "mlp.down_proj": (WIDTH, HIDDEN),
}


class Llama:
    """The network, and the gradients of its weights."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.weights: dict[str, Floats] = {"model.embed_tokens": _normal(rng, (VOCABULARY, WIDTH), 0.1)}
        self.weights["model.norm"] = np.ones(WIDTH, np.float32)
        for i in range(LAYERS):
            for name, shape in MATRICES.items():
                self.weights[f"model.layers.{i}.{name}"] = _normal(rng, shape, shape[1] ** -0.5)
            for name in ("input_layernorm", "post_attention_layernorm"):
                self.weights[f"model.layers.{i}.{name}"] = np.ones(WIDTH, np.float32)
        self.gradients: dict[str, Floats] = {}

    def loss(self, tokens: NDArray[np.int64], targets: NDArray[np.int64]) -> float:
        """The mean cost of the targets in nats; leaves gradients."""
        self.gradients = {name: np.zeros_like(weights) for name, weights in self.weights.items()}
        length = tokens.shape[1]
        angles = np.arange(length)[:, None] * THETA ** (-np.arange(HEAD // 2) / (HEAD // 2))
        self.cos, self.sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
        embed = self.weights["model.embed_tokens"]
        x: Floats = embed[tokens]
        tape: list[Back] = []
        for i in range(LAYERS):
            x, attention = self._attend(f"model.layers.{i}.", x)
            x, feed = self._feed(f"model.layers.{i}.", x)
            tape += [attention, feed]
        normed, norm_back = self._norm("model.norm", x)
        logits = normed @ embed.T
        odds = np.exp(logits - logits.max(-1, keepdims=True))
        odds /= odds.sum(-1, keepdims=True)
        rows, columns = np.ogrid[: tokens.shape[0], :length]
        loss = -np.log(odds[rows, columns, targets] + 1e-30).mean()
        odds[rows, columns, targets] -= 1
        odds /= targets.size
        self.gradients["model.embed_tokens"] += _flat(odds).T @ _flat(normed)
        change = norm_back(odds @ embed)
        for back in reversed(tape):
            change = back(change)
        np.add.at(self.gradients["model.embed_tokens"], tokens, change)
        return float(loss)

    def _linear(self, name: str, x: Floats) -> tuple[Floats, Back]:
        weights = self.weights[name]

        def back(change: Floats) -> Floats:
            self.gradients[name] += _flat(change).T @ _flat(x)
            result: Floats = change @ weights
            return result

        return x @ weights.T, back

    def _norm(self, name: str, x: Floats) -> tuple[Floats, Back]:
        gain = self.weights[name]
        inverse = 1 / np.sqrt((x * x).mean(-1, keepdims=True) + EPSILON)
        unit = x * inverse

        def back(change: Floats) -> Floats:
            self.gradients[name] += (change * unit).reshape(-1, WIDTH).sum(0)
            change = change * gain
            result: Floats = inverse * (change - unit * (change * unit).mean(-1, keepdims=True))
            return result

        return unit * gain, back

    def _turn(self, heads: Floats, sign: int) -> Floats:
        a, b = np.split(heads, 2, -1)
        cos, sin = self.cos[:, None], sign * self.sin[:, None]
        return np.concatenate([a * cos - b * sin, a * sin + b * cos], -1)

    def _attend(self, layer: str, x: Floats) -> tuple[Floats, Back]:
        batch, length, _ = x.shape
        n, norm_back = self._norm(layer + "input_layernorm", x)
        q, q_back = self._linear(layer + "self_attn.q_proj", n)
        k, k_back = self._linear(layer + "self_attn.k_proj", n)
        v, v_back = self._linear(layer + "self_attn.v_proj", n)
        q, k, v = (part.reshape(batch, length, -1, HEAD) for part in (q, k, v))
        q, k = self._turn(q, 1), self._turn(k, 1)
        group = HEADS // KV_HEADS
        wide_k, wide_v = np.repeat(k, group, 2), np.repeat(v, group, 2)
        scores = np.einsum("bqhd,bkhd->bhqk", q, wide_k) / 8
        scores = np.where(np.tril(np.ones((length, length), bool)), scores, -1e9)
        p = np.exp(scores - scores.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        o = np.einsum("bhqk,bkhd->bqhd", p, wide_v).reshape(batch, length, -1)
        y, out_back = self._linear(layer + "self_attn.o_proj", o)

        def narrow(change: Floats) -> Floats:
            result: Floats = change.reshape(batch, length, KV_HEADS, group, HEAD).sum(3)
            return result

        def back(change: Floats) -> Floats:
            seen = out_back(change).reshape(batch, length, HEADS, HEAD)
            weight = np.einsum("bqhd,bkhd->bhqk", seen, wide_v)
            score = p * (weight - (weight * p).sum(-1, keepdims=True)) / 8
            to_q = self._turn(np.einsum("bhqk,bkhd->bqhd", score, wide_k), -1)
            to_k = self._turn(narrow(np.einsum("bhqk,bqhd->bkhd", score, q)), -1)
            to_v = narrow(np.einsum("bhqk,bqhd->bkhd", p, seen))
            flat = [part.reshape(batch, length, -1) for part in (to_q, to_k, to_v)]
            return change + norm_back(q_back(flat[0]) + k_back(flat[1]) + v_back(flat[2]))

        return x + y, back

    def _feed(self, layer: str, x: Floats) -> tuple[Floats, Back]:
        n, norm_back = self._norm(layer + "post_attention_layernorm", x)
        gate, gate_back = self._linear(layer + "mlp.gate_proj", n)
        up, up_back = self._linear(layer + "mlp.up_proj", n)
        sigmoid: Floats = (1 / (1 + np.exp(-gate))).astype(np.float32)
        y, down_back = self._linear(layer + "mlp.down_proj", gate * sigmoid * up)

        def back(change: Floats) -> Floats:
            gated = down_back(change)
            to_gate = gate_back(gated * up * sigmoid * (1 + gate * (1 - sigmoid)))
            return change + norm_back(to_gate + up_back(gated * gate * sigmoid))

        return x + y, back


def _normal(rng: np.random.Generator, shape: tuple[int, ...], size: float) -> Floats:
    return (rng.normal(0, size, shape)).astype(np.float32)


def _flat(x: Floats) -> Floats:
    return x.reshape(-1, x.shape[-1])


def train(text: bytes, steps: int, seed: int = 1, batch: int = 8, length: int = 96) -> tuple[Llama, float]:
    """Trains on the text with Adam; the network, and its mean cost in bits over the last steps."""
    rng, llama = np.random.default_rng(seed), Llama(seed)
    data = np.frombuffer(text, np.uint8).astype(np.int64) + 1
    moments = {name: (np.zeros_like(w), np.zeros_like(w)) for name, w in llama.weights.items()}
    losses = []
    for step in range(1, steps + 1):
        at = rng.integers(0, len(data) - length, batch)
        rows = np.stack([np.concatenate([[0], data[start : start + length]]) for start in at])
        losses.append(llama.loss(rows[:, :-1], rows[:, 1:]))
        rate = 3e-3 * min(1.0, step / 20) * (1 - 0.9 * step / steps)
        for name, gradient in llama.gradients.items():
            mean, square = moments[name]
            mean += 0.1 * (gradient - mean)
            square += 0.02 * (gradient * gradient - square)
            fair = (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.98**step)) + 1e-8)
            llama.weights[name] -= np.float32(rate) * fair
    return llama, float(np.mean(losses[-10:]) / np.log(2))


def save(llama: Llama, folder: Path) -> None:
    """Writes what `vatic model import` reads."""
    folder.mkdir(parents=True, exist_ok=True)
    header: dict[str, object] = {}
    data = b""
    for name, weights in llama.weights.items():
        raw = weights.astype("<f4").tobytes()
        offsets = [len(data), len(data) + len(raw)]
        header[f"{name}.weight"] = {"dtype": "F32", "shape": list(weights.shape), "data_offsets": offsets}
        data += raw
    encoded = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(len(encoded).to_bytes(8, "little") + encoded + data)
    config = {
        "hidden_size": WIDTH,
        "intermediate_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "head_dim": HEAD,
        "max_position_embeddings": 256,
        "rms_norm_eps": EPSILON,
        "rope_theta": THETA,
        "tie_word_embeddings": True,
        "bos_token_id": 0,
    }
    (folder / "config.json").write_text(json.dumps(config))
    seen = [*range(33, 127), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(256, 512))
    letters = [chr(byte if byte in seen else next(others)) for byte in range(256)]
    vocab = {"<s>": 0, **{letter: byte + 1 for byte, letter in enumerate(letters)}}
    added = [{"id": 0, "content": "<s>", "special": True}]
    tokenizer = {"model": {"type": "BPE", "vocab": vocab, "merges": []}, "added_tokens": added}
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))


def main() -> None:
    """Trains one and says what it has learnt."""
    text = b"".join(Path(name).read_bytes() for name in sys.argv[3:])
    llama, bits = train(text, int(sys.argv[2]))
    save(llama, Path(sys.argv[1]))
    print(f"{bits:.3f} bits a byte")


if __name__ == "__main__":
    main()
