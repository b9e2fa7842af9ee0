"""Batches of windows with their targets, in an order that the seed alone decides."""

import json

import numpy as np

import tokens as whisper
from network import TEXT_CONTEXT

WITHOUT_TIMES_SHARE = 0.15
# A part of the tokens that the decoder sees is wrong, so that it learns to listen.
MISLED_SHARE = 0.25
MAX_TOKENS = {"brief": 32, "short": 48, "medium": 96, "long": 208}
MAX_PHONEMES = {"brief": 64, "short": 96, "medium": 224, "long": 512}
# Short windows whose speech ends early are cut to this many features (10 ms each): most of them hold
# one sentence, and the time a step takes grows with the window.
BRIEF_FEATURES = 360
NOWHERE = -1


def kind_of(window, file):
    """Which length a window of that file is trained at."""
    if file != "short":
        return "short" if file == "check" else file
    last = max((segment["end_seconds"] for segment in window["segments"]), default=0)
    return "brief" if last < BRIEF_FEATURES / 100 - 0.1 else "short"


class Windows:
    """All windows of one length."""

    def __init__(self, folder, file, kind, table):
        self.kind = kind
        self.mels = np.load(folder / f"{file}.npy", mmap_mode="r")
        self.features = BRIEF_FEATURES if kind == "brief" else self.mels.shape[1]
        described = json.loads((folder / f"{file}.json").read_text())
        self.numbers = [number for number, window in enumerate(described) if kind_of(window, file) == kind]
        self.described = [described[number] for number in self.numbers]
        self.max_tokens = min(MAX_TOKENS[kind], TEXT_CONTEXT)
        for window in self.described:
            for segment in window["segments"]:
                segment["tokens"] = table.encode(segment["text"])
                segment["places"] = places(segment, table)

    def by_loudness_of_background(self):
        """Numbers of the windows, those with the least sound around the voice first."""
        sketches = (self.mels[number, : self.features : 9, ::3] for number in self.numbers)
        medians = [np.median(sketch) - sketch.max() for sketch in sketches]
        return np.argsort(medians, kind="stable")

    def mel(self, number):
        return self.mels[self.numbers[number], : self.features].astype(np.float32)

    def texts(self):
        return [segment["text"] for window in self.described for segment in window["segments"]]

    def phonemes(self, number):
        return " ".join(segment["phonemes"] for segment in self.described[number]["segments"])


def places(segment, table):
    """The frame in which each token is spoken, if every letter takes as long."""
    lengths = np.array([len(table.encoding.decode_single_token_bytes(token)) for token in segment["tokens"]])
    middles = (np.cumsum(lengths) - lengths / 2) / lengths.sum()
    start, end = segment["start_seconds"], segment["end_seconds"]
    return [50 * float(start + share * (end - start)) for share in middles]


def target(window, with_times):
    """Prompt and text of a window, which of the tokens are to be learnt, and in which frame each is
    spoken (`NOWHERE` for those that are not)."""
    language, segments = whisper.LANGUAGES[window["language"]], window["segments"]
    prompt = [whisper.START, language, whisper.TRANSCRIBE]
    # Where nobody speaks, the token after the start is the no-speech token, not a language.
    learnt = [False, True, True]
    if not with_times:
        prompt.append(whisper.NO_TIMESTAMPS)
        learnt.append(False)
        body = [token for segment in segments for token in segment["tokens"]]
        spoken = [place for segment in segments for place in segment["places"]]
    elif segments:
        body, spoken = [], []
        for segment in segments:
            body.append(whisper.timestamp(segment["start_seconds"]))
            body += segment["tokens"]
            body.append(whisper.timestamp(segment["end_seconds"]))
            spoken += [50 * segment["start_seconds"], *segment["places"], 50 * segment["end_seconds"]]
    else:
        body, spoken = [whisper.FIRST_TIMESTAMP], [NOWHERE]
    body.append(whisper.END_OF_TEXT)
    return prompt + body, learnt + [True] * len(body), [NOWHERE] * len(prompt) + spoken + [NOWHERE]


class Batcher:
    """Makes batches as arrays of rows of the trained tokens."""

    def __init__(self, trained, symbols, seed):
        self.row_of = {token: row for row, token in enumerate(trained)}
        self.text_rows = np.array([row for token, row in self.row_of.items() if token < whisper.TEXT_TOKENS])
        self.symbol_of = {symbol: number for number, symbol in enumerate(symbols, 1)}
        self.rng = np.random.default_rng(seed)

    def epochs(self, numbers, size):
        """The numbers, `size` at a time, in a new random order each time round."""
        while True:
            order = self.rng.permutation(numbers)
            for start in range(0, len(order) - size + 1, size):
                yield order[start : start + size]

    def batch(self, windows, numbers, is_training=True, is_masked=True):
        count, length = len(numbers), windows.max_tokens
        end = self.row_of[whisper.END_OF_TEXT]
        seen = np.full((count, length), end, np.int32)
        wanted = np.full((count, length), end, np.int32)
        weight = np.zeros((count, length), np.float32)
        place = np.full((count, length), NOWHERE, np.float32)
        phonemes = np.zeros((count, MAX_PHONEMES[windows.kind]), np.int32)
        mels = np.stack([windows.mel(number) for number in numbers])
        for row, number in enumerate(numbers):
            window = windows.described[number]
            has_speech = bool(window["segments"])
            with_times = not is_training or self.rng.random() >= WITHOUT_TIMES_SHARE
            sequence, learnt, spoken = target(window, with_times)
            rows = np.array([self.row_of[token] for token in sequence], np.int32)
            learnt = np.array(learnt, np.float32)
            if not has_speech:
                rows_wanted = rows.copy()
                rows_wanted[1] = self.row_of[whisper.NO_SPEECH]
            else:
                rows_wanted = rows
            size = min(len(rows), length + 1) - 1
            seen[row, :size], wanted[row, :size] = rows[:size], rows_wanted[1 : size + 1]
            weight[row, :size] = learnt[1 : size + 1]
            place[row, :size] = spoken[1 : size + 1]
            symbols = [self.symbol_of[symbol] for symbol in windows.phonemes(number)]
            symbols = symbols[: phonemes.shape[1]]
            phonemes[row, : len(symbols)] = symbols
        if is_training:
            mels = self.masked(mels) if is_masked else mels
            misled = (self.rng.random(seen.shape) < MISLED_SHARE) & np.isin(seen, self.text_rows)
            seen = np.where(misled, self.rng.choice(self.text_rows, seen.shape), seen).astype(np.int32)
        tokens = {"seen": seen, "wanted": wanted, "weight": weight, "place": place}
        return {"mel": mels, "phonemes": phonemes, **tokens}

    def masked(self, mels):
        """Another level, and for half of the windows bands and moments that are missing (SpecAugment)."""
        mels = mels + self.rng.uniform(-0.2, 0.2, (len(mels), 1, 1)).astype(np.float32)
        for number in np.flatnonzero(self.rng.random(len(mels)) < 0.5):
            mean = mels[number].mean()
            for _ in range(2):
                width, start = self.rng.integers(0, 12), self.rng.integers(0, 70)
                mels[number, :, start : start + width] = mean
            for _ in range(mels.shape[1] // 250):
                width, start = self.rng.integers(0, 16), self.rng.integers(0, mels.shape[1] - 16)
                mels[number, start : start + width] = mean
        return mels
