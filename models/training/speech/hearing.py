"""Greedy decoding in JAX, to see during training how well the model hears."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

import network
import tokens as whisper
from sentences import normalised_words, word_errors


@partial(jax.jit, static_argnames="shape")
def next_rows(weights, memory, bias, seen, at, allowed, shape):
    hidden, _ = network.decode(weights, seen, memory, bias, shape)
    hidden = jax.lax.dynamic_index_in_dim(hidden, at, axis=1, keepdims=False)
    return jnp.where(allowed, network.logits(weights, hidden, 1)[..., :-1], -jnp.inf).argmax(-1)


def heard(weights, batch, row_of, length, shape):
    """Greedy decoding with times, without whisper.cpp's rules; rows of tokens per window."""
    memory, bias = jax.jit(network.encode, static_argnames="shape")(weights, batch["mel"], shape=shape)
    seen = np.full((len(memory), length), row_of[whisper.END_OF_TEXT], np.int32)
    seen[:, :3] = batch["seen"][:, :3]
    allowed = np.ones(len(row_of), bool)
    allowed[row_of[whisper.NO_TIMESTAMPS]] = False
    for at in range(2, length - 1):
        seen[:, at + 1] = next_rows(weights, memory, bias, seen, at, allowed, shape)
        if (seen[:, 3 : at + 2] == row_of[whisper.END_OF_TEXT]).any(axis=1).all():
            break
    return seen


def held_out_word_error_rate(weights, windows, batcher, trained, table, shape):
    """Word error rate on sentences that are not trained on."""
    batch = batcher.batch(windows, np.arange(len(windows.described)), is_training=False)
    wrong = total = 0
    for rows, window in zip(heard(weights, batch, batcher.row_of, windows.max_tokens, shape), windows.described):
        sequence = [trained[row] for row in rows[3:]]
        sequence = sequence[: sequence.index(whisper.END_OF_TEXT)] if whisper.END_OF_TEXT in sequence else sequence
        text = table.encoding.decode([token for token in sequence if token < whisper.TEXT_TOKENS])
        said = normalised_words(" ".join(segment["text"] for segment in window["segments"]))
        wrong += word_errors(said, normalised_words(text))
        total += len(said)
    return wrong / total
