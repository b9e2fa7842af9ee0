"""Whisper's encoder and decoder in JAX, with the names and the arithmetic that whisper.cpp has."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from features import MEL_BANDS

AUDIO_CONTEXT = 1500
TEXT_CONTEXT = 448
# Silence after the window is constant but for its position: one frame of fifty stands for all of them.
SILENCE_STRIDE = 50


@dataclass(frozen=True)
class Shape:
    """Sizes; 4 encoder layers, because whisper.cpp knows no fewer, and not 2 decoder layers,
    because it takes those for a distilled model without times."""

    width: int = 128
    heads: int = 2
    encoder_layers: int = 4
    decoder_layers: int = 3


def sinusoids(length, width):
    """Positions of the encoder: sines, then cosines, with wavelengths from 2 pi to 20,000 pi."""
    scales = np.exp(-np.log(10_000) / (width // 2 - 1) * np.arange(width // 2))
    angles = np.arange(length)[:, None] * scales
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def initial(shape, trained_rows, first_time_row, times, phonemes, seed):
    """Random weights; matrices are `(inputs, outputs)`, the last embedding row is the unused tokens'."""
    rng, width, weights = np.random.default_rng(seed), shape.width, {}

    def matrix(name, inputs, outputs, has_bias=True):
        weights[name + ".weight"] = rng.normal(0, inputs**-0.5, (inputs, outputs))
        if has_bias:
            weights[name + ".bias"] = np.zeros(outputs)

    def norm(name):
        weights[name + ".weight"], weights[name + ".bias"] = np.ones(width), np.zeros(width)

    def block(name, has_cross):
        for part in ("attn", "cross_attn") if has_cross else ("attn",):
            norm(f"{name}.{part}_ln")
            for role in ("query", "key", "value", "out"):
                matrix(f"{name}.{part}.{role}", width, width, role != "key")
        norm(f"{name}.mlp_ln")
        matrix(f"{name}.mlp.0", width, 4 * width)
        matrix(f"{name}.mlp.2", 4 * width, width)

    matrix("encoder.conv1", 3 * MEL_BANDS, width)
    matrix("encoder.conv2", 3 * width, width)
    for layer in range(shape.encoder_layers):
        block(f"encoder.blocks.{layer}", False)
    norm("encoder.ln_post")
    for layer in range(shape.decoder_layers):
        block(f"decoder.blocks.{layer}", True)
    norm("decoder.ln")
    weights["decoder.positional_embedding"] = rng.normal(0, 0.02, (TEXT_CONTEXT, width))
    embedding = rng.normal(0, 0.05, (trained_rows + 1, width))
    # Neighbouring times begin as neighbours.
    embedding[first_time_row : first_time_row + times] = 0.07 * sinusoids(times, width)
    weights["decoder.token_embedding.weight"] = embedding
    # These two only help training: phonemes and words read off the encoder's frames.
    matrix("phonemes", width, phonemes)
    matrix("words", width, width)
    return {name: jnp.asarray(value, jnp.float32) for name, value in weights.items()}


def gelu(x):
    return jax.nn.gelu(x, approximate=True)


def linear(weights, name, x):
    x = x @ weights[name + ".weight"]
    bias = weights.get(name + ".bias")
    return x if bias is None else x + bias


def layer_norm(weights, name, x):
    x = x - x.mean(-1, keepdims=True)
    x = x * jax.lax.rsqrt((x * x).mean(-1, keepdims=True) + 1e-5)
    return x * weights[name + ".weight"] + weights[name + ".bias"]


def attention(weights, name, x, memory, bias, heads):
    def split(y):
        return y.reshape(y.shape[0], y.shape[1], heads, -1).transpose(0, 2, 1, 3)

    query, key, value = (
        split(linear(weights, f"{name}.{role}", source))
        for role, source in (("query", x), ("key", memory), ("value", memory))
    )
    scores = query @ key.transpose(0, 1, 3, 2) * query.shape[-1] ** -0.5 + bias
    # The sum is divided by after the product: on a processor that saves a pass over all pairs.
    shares = jnp.exp(scores - jax.lax.stop_gradient(scores.max(-1, keepdims=True)))
    total = shares.sum(-1, keepdims=True)
    mixed = (shares @ value) / total
    # The first head's attention is what training guides along the sound.
    return linear(weights, f"{name}.out", mixed.transpose(0, 2, 1, 3).reshape(x.shape)), (shares / total)[:, 0]


def feed_forward(weights, name, x):
    inner = gelu(linear(weights, f"{name}.mlp.0", layer_norm(weights, f"{name}.mlp_ln", x)))
    return x + linear(weights, f"{name}.mlp.2", inner)


def convolved(weights, mel):
    """Both convolutions as products of neighbouring frames; halves the number of frames."""
    x = jnp.pad(mel, ((0, 0), (1, 1), (0, 0)))
    x = jnp.concatenate([x[:, :-2], x[:, 1:-1], x[:, 2:]], axis=-1)
    x = jnp.pad(gelu(linear(weights, "encoder.conv1", x)), ((0, 0), (1, 1), (0, 0)))
    x = jnp.concatenate([x[:, :-2:2], x[:, 1:-1:2], x[:, 2::2]], axis=-1)
    return gelu(linear(weights, "encoder.conv2", x))


def encode(weights, mel, shape):
    """Frames of the window and of the silence up to 30 s, with the logarithm of what each counts."""
    frames = mel.shape[1] // 2
    # whisper.cpp raises everything to 8 (here 8/4) below the loudest; below 1e-10 there is nothing.
    floor = jnp.maximum(mel.max(axis=(1, 2), keepdims=True) - 2, -1.5)
    silence = jnp.broadcast_to(floor, (mel.shape[0], 8, mel.shape[2]))
    x = convolved(weights, jnp.concatenate([mel, silence], axis=1))
    places = np.arange(frames + SILENCE_STRIDE // 2, AUDIO_CONTEXT, SILENCE_STRIDE)
    quiet = jnp.broadcast_to(x[:, frames + 1 : frames + 2], (x.shape[0], len(places), x.shape[2]))
    x = jnp.concatenate([x[:, :frames], quiet], axis=1)
    x = x + sinusoids(AUDIO_CONTEXT, shape.width)[np.concatenate([np.arange(frames), places])]
    counts = np.concatenate([np.ones(frames), np.full(len(places), SILENCE_STRIDE)])
    bias = np.log(counts).astype(np.float32)
    for layer in range(shape.encoder_layers):
        name = f"encoder.blocks.{layer}"
        normed = layer_norm(weights, f"{name}.attn_ln", x)
        x = x + attention(weights, f"{name}.attn", normed, normed, bias, shape.heads)[0]
        x = feed_forward(weights, name, x)
    return layer_norm(weights, "encoder.ln_post", x), bias


def decode(weights, rows, memory, memory_bias, shape):
    """What the decoder makes of each token, before the output embedding, and per layer where its first
    head listened, `(windows, tokens, frames)`."""
    heard = []
    x = weights["decoder.token_embedding.weight"][rows]
    x = x + weights["decoder.positional_embedding"][: rows.shape[1]]
    causal = np.triu(np.full((rows.shape[1],) * 2, -1e9, np.float32), 1)
    for layer in range(shape.decoder_layers):
        name = f"decoder.blocks.{layer}"
        normed = layer_norm(weights, f"{name}.attn_ln", x)
        x = x + attention(weights, f"{name}.attn", normed, normed, causal, shape.heads)[0]
        normed = layer_norm(weights, f"{name}.cross_attn_ln", x)
        mixed, listening = attention(weights, f"{name}.cross_attn", normed, memory, memory_bias, shape.heads)
        x = feed_forward(weights, name, x + mixed)
        heard.append(listening)
    return layer_norm(weights, "decoder.ln", x), heard


def logits(weights, hidden, unused_count):
    """One logit per trained token; the last stands for all unused ones together."""
    scores = hidden @ weights["decoder.token_embedding.weight"].T
    return scores.at[..., -1].add(jnp.log(float(unused_count)))
