"""A trained network as the part `transformer` of a model: the integers that training computed with."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn

from .network import EMBED as EMBED_FACTOR
from .network import GATE, GATED, HEAD, LOGIT, MEAN, NORM, TURNED, VALUE, Layer, Network
from .reference import exp2_table, steps_table, turn_table
from .tokens import START, spellings
from .vatm import Part, Tensor

Floats = NDArray[np.float64]

# Steps of the residual in 1.
RESIDUAL = 2.0**15
# Of the engine: scales have at most 30 bits; small shifts are computed in 32 bits.
SCALE_BITS = 30
SHIFT_MAX = 47
SHORT_SHIFT = 23
ACTIVE = 4096


def export(network: Network, tokenizer: Tokenizer) -> Part:
    """The part; its window is as long as the network's context."""
    shape = network.shape
    layers = [_layer(network.layer(i)) for i in range(shape.layers)]
    tensors: dict[str, Tensor] = {name: np.stack([layer[name] for layer in layers]) for name in layers[0]}
    embed, units = _whole(network.embed)
    head_scale, head_shift = _scales(units * (math.log2(math.e) * 65536 * LOGIT / NORM))
    norm, norm_shift = _gains(network.norm.gain)
    tensors |= {
        "embed": embed,
        "embed_scale": np.round(units * EMBED_FACTOR * RESIDUAL).clip(1, 1 << 17).astype(np.int32),
        "norm": norm,
        "head_scale": head_scale,
        "slopes": _all_heads(
            shape.layers, shape.heads, math.log2(math.e) / (TURNED * TURNED * HEAD**0.5) * 2**32, np.uint32
        ),
        "gains": _all_heads(shape.layers, shape.heads, 256 * MEAN, np.uint16),
        "sinks": _all_heads(shape.layers, shape.heads, 0, np.int32),
        "activation": np.tile(_activation(), (shape.layers, 1)),
        "turn": turn_table(),
        "steps": steps_table(shape.theta),
        "exp2": exp2_table(),
    }
    texts = spellings(tokenizer)
    tensors |= {
        "token_lengths": np.array([len(text) for text in texts], np.uint16),
        "token_bytes": np.frombuffer(b"".join(texts), np.uint8),
        "special_tokens": np.zeros(0, np.uint32),
    }
    keys = {
        "profile": "vatic",
        "vocabulary": shape.vocabulary,
        "layers": shape.layers,
        "width": shape.width,
        "heads": shape.heads,
        "kv_heads": shape.kv_heads,
        "hidden": shape.hidden,
        "context": shape.context,
        "epsilon": round(1e-6 * RESIDUAL * RESIDUAL),
        "norm_shift": norm_shift,
        "head_shift": head_shift,
        "total": 1 << 30,
        "start": tokenizer.token_to_id(START),
        "split": "words",
    }
    return Part({key: str(value) for key, value in keys.items()}, tensors)


def _layer(layer: Layer) -> dict[str, Tensor]:
    attention_norm, s0 = _gains(layer.attention_norm.gain)
    qkv, units = _whole(layer.query, layer.key, layer.value)
    turned = HEAD * (layer.heads + layer.kv_heads)
    # Queries and keys have 1/64 of an activation's unit before they are turned.
    wanted = np.full(len(units), VALUE / NORM)
    wanted[:turned] = 64 * TURNED / NORM
    qkv_scale, s1 = _scales(units * wanted)
    out, units = _whole(layer.out)
    out_scale, s2 = _scales(units * (RESIDUAL / (VALUE * MEAN)))
    ffn_norm, s3 = _gains(layer.ffn_norm.gain)
    up, units = _whole(layer.gate, layer.up)
    up_scale, s4 = _scales(units * (GATE / NORM), SHORT_SHIFT)
    s5 = round(math.log2(ACTIVE * GATE / GATED))
    down, units = _whole(layer.down)
    down_scale, s6 = _scales(units * (RESIDUAL / GATED))
    return {
        "attention_norm": attention_norm,
        "qkv": qkv,
        "qkv_scale": qkv_scale,
        "out": out,
        "out_scale": out_scale,
        "ffn_norm": ffn_norm,
        "up": up,
        "up_scale": up_scale,
        "down": down,
        "down_scale": down_scale,
        "shifts": np.array([s0, s1, s2, s3, s4, s5, s6], np.uint8),
    }


def _array(parameter: nn.Parameter) -> Floats:
    return parameter.detach().to("cpu", torch.float64).numpy()


def _whole(*parameters: nn.Parameter) -> tuple[NDArray[np.int8], Floats]:
    """Rows as whole numbers, and the unit of each, as `network.quantised` has them."""
    rows = torch.cat([parameter.detach().float() for parameter in parameters]).cpu()
    units = (rows.abs().amax(1) / 127).clamp_min(1e-12)
    whole = (rows / units[:, None]).round()
    integers: NDArray[np.int8] = whole.to(torch.int8).numpy()
    return integers, units.double().numpy()


def _gains(gain: nn.Parameter) -> tuple[NDArray[np.int16], int]:
    factors = _array(gain) * NORM
    shift = min(60, 31 + math.floor(math.log2(32767 / max(1e-9, float(np.abs(factors).max())))))
    gains: NDArray[np.int16] = np.round(factors * 2.0 ** (shift - 31)).astype(np.int16)
    return gains, shift


def _scales(factors: Floats, most: int = SHIFT_MAX) -> tuple[NDArray[np.int32], int]:
    shift = min(most, math.floor(SCALE_BITS - math.log2(float(factors.max()))))
    scales: NDArray[np.int32] = np.round(factors * 2.0**shift).astype(np.int32)
    return scales, shift


def _activation() -> NDArray[np.int16]:
    gates = np.arange(-128, 128) / GATE
    table: NDArray[np.int16] = np.round(gates / (1 + np.exp(-gates)) * ACTIVE).astype(np.int16)
    return table


def _all_heads(layers: int, heads: int, value: float, dtype: type[np.generic]) -> Tensor:
    values: Tensor = np.full((layers, heads), round(value)).astype(dtype)
    return values
