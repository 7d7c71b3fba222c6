"""The network that is trained: `docs/transformer.md` in floating point, with its roundings in the loop.

Activations are whole numbers within -127 and 127 on the way into every matrix, and so are weights, with a scale for
each output; both are exact in bfloat16. Roundings and clamps let gradients pass (Bengio et al. 2013,
"straight-through"), clamps only within their range. So what is trained is what the engine computes, but for sums that
bfloat16 rounds on their way out of a matrix; `export` only writes the integers down.

Units are fixed: gains of norms and the scales of outputs learn to fill them. There is one sink for each head, whose
logit is 0 and whose value is nothing (Miller 2023, "Attention is off by one"): a window that slides must not lean on
its first token.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from . import teacher

HEAD = 64
# What 1 is as an activation: of norms, queries and keys, values, gates, and of gates times values.
NORM = 32.0
TURNED = 16.0
VALUE = 32.0
GATE = 16.0
GATED = 32.0
# Means of values are smaller than values.
MEAN = 2.0
# What an embedding is multiplied with on its way into the residual.
EMBED = 16.0
# What a product of the last norm and an embedding is multiplied with: a token does not begin with foretelling itself.
LOGIT = 0.25


@dataclass(frozen=True)
class Shape:
    """Sizes of a network."""

    vocabulary: int
    layers: int
    width: int
    heads: int
    kv_heads: int
    hidden: int
    context: int
    theta: float = 10_000.0

    def weights(self) -> int:
        """How many weights matrices have: about the bytes of the model."""
        attention = self.width * HEAD * (2 * self.heads + 2 * self.kv_heads)
        return self.vocabulary * self.width + self.layers * (attention + 3 * self.width * self.hidden)

    def as_dict(self) -> dict[str, int | float]:
        """For checkpoints."""
        return asdict(self)


def through(exact: Tensor, smooth: Tensor) -> Tensor:
    """The values of `exact`, the gradient of `smooth`."""
    return smooth + (exact - smooth).detach()


def act(x: Tensor) -> Tensor:
    """An activation: a whole number within -127 and 127."""
    x = x.clamp(-127, 127)
    return through(x.round(), x)


def quantised(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Rows as whole numbers, and the scale of each."""
    scale = (weight.detach().abs().amax(1) / 127).clamp_min(1e-12)
    whole = weight / scale[:, None]
    return through(whole.round(), whole), scale


def project(x: Tensor, weights: list[Tensor]) -> Tensor:
    """`x`, whole numbers, times matrices on top of each other."""
    whole, scale = quantised(torch.cat(weights) if len(weights) > 1 else weights[0])
    return F.linear(x.bfloat16(), whole.bfloat16()).float() * scale


def turns(shape: Shape, length: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines of positions: [length, 32] each."""
    steps = shape.theta ** (-torch.arange(HEAD // 2, dtype=torch.float64) / (HEAD // 2))
    angles = torch.arange(length, dtype=torch.float64)[:, None] * steps
    return angles.cos().float(), angles.sin().float()


class Norm(nn.Module):
    """RMSNorm to activations."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """Whole numbers."""
        scale = torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6)
        return act(x * scale * (self.gain * NORM))


class Layer(nn.Module):
    """Attention, then the feed-forward layer."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads, self.kv_heads = shape.heads, shape.kv_heads
        width = shape.width

        def matrix(outputs: int, inputs: int, size: float = 1.0) -> nn.Parameter:
            return nn.Parameter(torch.randn(outputs, inputs) * (size / inputs**0.5))

        self.attention_norm = Norm(width)
        self.query = matrix(HEAD * shape.heads, width)
        self.key = matrix(HEAD * shape.kv_heads, width)
        self.value = matrix(HEAD * shape.kv_heads, width)
        self.out = matrix(width, HEAD * shape.heads, 0.1)
        self.ffn_norm = Norm(width)
        self.gate = matrix(shape.hidden, width)
        self.up = matrix(shape.hidden, width)
        self.down = matrix(width, shape.hidden, 0.1)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        """The residual behind the layer: [batch, length, width]."""
        x = x + project(self.attention(x, cos, sin, mask), [self.out]) / (VALUE * MEAN)
        hidden = project(self.ffn_norm(x), [self.gate, self.up]) / NORM
        gate, value = hidden.chunk(2, dim=-1)
        active = F.silu(act(gate * GATE) / GATE)
        gated = act(active * act(value * GATE) * (GATED / GATE))
        return x + project(gated, [self.down]) / GATED

    def attention(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
        """What heads see, as activations."""
        batch, length, _ = x.shape
        projected = project(self.attention_norm(x), [self.query, self.key, self.value]) / NORM
        projected = projected.view(batch, length, -1, HEAD).transpose(1, 2)
        turned, value = torch.split(projected, [self.heads + self.kv_heads, self.kv_heads], dim=1)
        a, b = turned.chunk(2, dim=-1)
        turned = act(torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1) * TURNED).bfloat16()
        query, key = torch.split(turned, [self.heads, self.kv_heads], dim=1)
        group = self.heads // self.kv_heads
        # The sink is a key and a value of zeros in front.
        key = F.pad(key, (0, 0, 1, 0)).repeat_interleave(group, dim=1)
        value = F.pad(act(value * VALUE).bfloat16(), (0, 0, 1, 0)).repeat_interleave(group, dim=1)
        scale = 1 / (TURNED * TURNED * HEAD**0.5)
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, scale=scale)
        return act(seen.transpose(1, 2).reshape(batch, length, -1).float() * MEAN)


class Network(nn.Module):
    """Tokens to logits."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Parameter(torch.randn(shape.vocabulary, shape.width) / shape.width**0.5)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits, in nats, of what follows each token: [batch, length, vocabulary]."""
        length = tokens.shape[1]
        cos, sin = turns(self.shape, length)
        place = torch.arange(length)
        distance = place[:, None] - place[None, :]
        mask = F.pad((distance >= 0) & (distance < self.shape.context), (1, 0), value=True)
        whole, scale = quantised(self.embed)
        x = F.embedding(tokens, whole * scale[:, None]) * EMBED
        cos, sin, mask = (t.to(x.device) for t in (cos, sin, mask))
        for layer in self.layers:
            x = layer(x, cos, sin, mask)
        products = F.linear(self.norm(x).bfloat16(), whole.bfloat16())
        return products.float() * (scale * (LOGIT / NORM))

    def loss(self, tokens: Tensor) -> Tensor:
        """Mean nats of each token but the first: tokens are [batch, length + 1]."""
        logits = self(tokens[:, :-1])
        return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())

    def taught(self, tokens: Tensor, said: teacher.Said, weighing: teacher.Weighing) -> tuple[Tensor, Tensor]:
        """The loss beside a teacher, and without it: see `teacher.loss`."""
        logits = self(tokens[:, :-1])
        return teacher.loss(logits.flatten(0, 1), tokens[:, 1:].flatten(), said, weighing)

    def layer(self, i: int) -> Layer:
        """A layer, with its type."""
        return cast(Layer, self.layers[i])
