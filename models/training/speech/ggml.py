"""Writes the weights as a file of whisper.cpp."""

import struct

import numpy as np

from features import FILTERS, MEL_BANDS
from network import AUDIO_CONTEXT, TEXT_CONTEXT, sinusoids
from tokens import VOCABULARY_SIZE

MAGIC = 0x67676D6C
BLOCK = 32
QUANTISATION_VERSION = 2
# Name: (ggml_ftype of the file, ggml_type of its matrices).
FORMATS = {"f16": (1, 1), "q8_0": (7, 8)}


def quantised_q8_0(rows):
    """Blocks of 32 numbers: a scale as f16 and 32 signed bytes."""
    blocks = rows.reshape(-1, BLOCK).astype(np.float32)
    scale = np.abs(blocks).max(axis=1, keepdims=True) / 127
    numbers = np.round(blocks / np.where(scale == 0, 1, scale)).astype(np.int8)
    return np.concatenate([scale.astype("<f2").view(np.uint8), numbers.view(np.uint8)], axis=1).tobytes()


def encoded(array, kind):
    """Bytes of the array in that ggml type."""
    return {
        0: lambda: array.astype("<f4").tobytes(),
        1: lambda: array.astype("<f2").tobytes(),
        8: lambda: quantised_q8_0(array),
    }[kind]()


def convolution(weight):
    """From `(3 * inputs, outputs)` to `(outputs, inputs, 3)`."""
    return weight.reshape(3, -1, weight.shape[1]).transpose(2, 1, 0)


def tensors(weights, trained, matrix_type):
    """Name, array with the slowest dimension first, and ggml type of every tensor."""
    width = weights["encoder.ln_post.bias"].shape[0]
    yield "encoder.positional_embedding", sinusoids(AUDIO_CONTEXT, width), 0
    for name, weight in weights.items():
        if not name.startswith(("encoder.", "decoder.")):
            continue
        if name == "decoder.token_embedding.weight":
            rows = np.repeat(weight[-1:], VOCABULARY_SIZE, axis=0)
            rows[np.asarray(trained)] = weight[:-1]
            yield name, rows, matrix_type
        elif name.startswith("encoder.conv"):
            is_weight = name.endswith(".weight")
            yield name, convolution(weight) if is_weight else weight[:, None], 1 if is_weight else 0
        elif name == "decoder.positional_embedding" or weight.ndim == 1:
            yield name, weight, 0
        else:
            yield name, weight.T, matrix_type


def write(path, weights, shape, trained, token_table, format_name):
    """Writes header, mel filters, token table and tensors."""
    file_type, matrix_type = FORMATS[format_name]
    if format_name != "f16":
        file_type += 1000 * QUANTISATION_VERSION
    weights = {name: np.asarray(weight, np.float32) for name, weight in weights.items()}
    header = [
        MAGIC, VOCABULARY_SIZE,
        AUDIO_CONTEXT, shape.width, shape.heads, shape.encoder_layers,
        TEXT_CONTEXT, shape.width, shape.heads, shape.decoder_layers,
        MEL_BANDS, file_type,
    ]  # fmt: skip
    with open(path, "wb") as file:
        file.write(struct.pack("<12i", *header))
        file.write(struct.pack("<2i", *FILTERS.shape))
        file.write(FILTERS.astype("<f4").tobytes())
        file.write(struct.pack("<i", len(token_table)))
        for token in token_table:
            file.write(struct.pack("<i", len(token)) + token)
        for name, array, kind in tensors(weights, trained, matrix_type):
            file.write(struct.pack("<3i", array.ndim, len(name), kind))
            file.write(struct.pack(f"<{array.ndim}i", *reversed(array.shape)))
            file.write(name.encode() + encoded(np.ascontiguousarray(array), kind))
