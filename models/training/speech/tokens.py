"""Whisper's multilingual tokens, and the few of them that the demo model is trained on."""

import base64
from pathlib import Path

import tiktoken

VOCABULARY_SIZE = 51_865
TEXT_TOKENS = 50_257
END_OF_TEXT = 50_257
START = 50_258
LANGUAGES = {"en": 50_259, "fr": 50_265}
TRANSCRIBE = 50_359
NO_SPEECH = 50_362
NO_TIMESTAMPS = 50_363
FIRST_TIMESTAMP = 50_364
# A time token counts 0.02 s; the model learns every fifth, because commentary needs no finer time.
TIMESTAMP_STEP = 5
PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


class Tokens:
    """Text to tokens and back."""

    def __init__(self, table: Path):
        lines = table.read_text().splitlines()
        self.ranks = {base64.b64decode(line.split()[0]): int(line.split()[1]) for line in lines}
        self.encoding = tiktoken.Encoding("whisper", pat_str=PATTERN, mergeable_ranks=self.ranks, special_tokens={})

    def encode(self, text):
        """Tokens of a sentence; like every text of Whisper it begins with a space."""
        return self.encoding.encode(" " + text.strip())

    def decode(self, tokens):
        """The text without times and marks."""
        known = [token for token in tokens if token < TEXT_TOKENS]
        return self.encoding.decode(known)

    def table(self):
        """The bytes of each token in the order of their numbers."""
        return sorted(self.ranks, key=self.ranks.get)


def timestamp(seconds):
    """The time token next to a time from the window's start, in steps of 0.1 s."""
    steps = round(seconds / (0.02 * TIMESTAMP_STEP))
    return FIRST_TIMESTAMP + TIMESTAMP_STEP * max(0, min(300, steps))


def trained_tokens(texts, tokens):
    """All tokens that occur as a target, in ascending order; the rest share one row of weights."""
    used = {END_OF_TEXT, START, TRANSCRIBE, NO_SPEECH, NO_TIMESTAMPS, *LANGUAGES.values()}
    used |= {FIRST_TIMESTAMP + TIMESTAMP_STEP * step for step in range(301)}
    for text in texts:
        used.update(tokens.encode(text))
    return sorted(used)
