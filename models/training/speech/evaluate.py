"""Measures a finished model through whisper.cpp on speech that it was not trained on."""

import argparse
import csv
import random
import time
from pathlib import Path

import numpy as np
from pywhispercpp.model import Model

import noises
from sentences import held_out_sentences, normalised_words, word_errors
from speaking import HELD_OUT_VARIANT, SAMPLE_RATE_HZ, VOICES, random_voice, speak_all

SEED = 7_402_911
SENTENCES = 220
OTHER_VOICE_SENTENCES = 110
LONG_STRETCHES = 20
QUIET_CLIPS = 64
CROWD_DECIBELS = 10
# What Reeldex sets, see src/inference/speech/whisper.rs.
SETTINGS = dict(
    no_context=True, token_timestamps=True, suppress_blank=True, temperature=0.0, temperature_inc=0.2,
    entropy_thold=2.4, logprob_thold=-1.0, no_speech_thold=0.6, greedy={"best_of": 5},
    print_progress=False, print_timestamps=False,
)  # fmt: skip


def stretched(pieces, rng):
    """Utterances with pauses, and 0.2 s before and after, as a voice detector cuts them."""
    parts, times, at = [np.zeros(3200, np.float32)], [], 3200
    for number, piece in enumerate(pieces):
        if number:
            pause = np.zeros(rng.randint(4000, 12_000), np.float32)
            parts.append(pause)
            at += len(pause)
        parts.append(piece.samples * 0.5 / np.abs(piece.samples).max())
        times.append((at / SAMPLE_RATE_HZ, (at + len(piece.samples)) / SAMPLE_RATE_HZ))
        at += len(piece.samples)
    return np.concatenate([*parts, np.zeros(3200, np.float32)]), " ".join(piece.text for piece in pieces), times


class Tally:
    """Wrong words, words, and how far off the times are."""

    def __init__(self):
        self.wrong = self.words = self.stretches = 0
        self.late, self.examples = [], []

    def add(self, model, language, sound, text, times):
        segments = model.transcribe(padded(sound), language=language)
        written = " ".join(segment.text for segment in segments)
        said = normalised_words(text)
        wrong = word_errors(said, normalised_words(written))
        self.wrong, self.words, self.stretches = self.wrong + wrong, self.words + len(said), self.stretches + 1
        if wrong:
            self.examples.append(f"{wrong} wrong: {text!r} -> {written!r}")
        if len(segments) == len(times):
            for segment, (start, end) in zip(segments, times):
                self.late += [abs(segment.t0 / 100 - start), abs(segment.t1 / 100 - end)]


def padded(sound):
    return np.pad(sound, (0, max(0, SAMPLE_RATE_HZ - len(sound)))).astype(np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("figures", type=Path, help="CSV file to write")
    parser.add_argument("--share", type=float, default=1.0, help="of the full amount of test speech")
    options = parser.parse_args()
    model = Model(str(options.model), n_threads=2, context_params={"flash_attn": False}, **SETTINGS)
    noise_rng, figures = np.random.default_rng(SEED), []
    right = asked = 0
    every = []

    def note(what, tally):
        rate, late = tally.wrong / tally.words, np.mean(tally.late) if tally.late else float("nan")
        figures.append([what, tally.stretches, tally.words, f"{rate:.4f}", f"{late:.2f}"])
        print(*figures[-1], flush=True)
        for example in tally.examples[:6]:
            print("   ", example)

    for language in ("en", "fr"):
        rng = random.Random(f"evaluation {language}")
        count, other = int(SENTENCES * options.share), int(OTHER_VOICE_SENTENCES * options.share)
        sentences = held_out_sentences(language, count, SEED)
        spoken = speak_all([(language, text, *random_voice(language, rng)) for text in sentences], 2)
        strange = speak_all(
            [
                (language, text, rng.choice(VOICES[language]) + HELD_OUT_VARIANT, rng.randint(140, 180), 50)
                for text in sentences[:other]
            ],
            2,
        )
        every += spoken
        clean, crowded, unknown, long = Tally(), Tally(), Tally(), Tally()
        for number, one in enumerate(spoken):
            sound, text, times = stretched([one], rng)
            clean.add(model, language, sound, text, times)
            if number < other:
                level = np.sqrt(np.mean(np.square(sound))) * 10 ** (-CROWD_DECIBELS / 20)
                crowd = noises.crowd(noise_rng, len(sound), spoken) * level
                crowded.add(model, language, sound + crowd, text, times)
        for one in strange:
            unknown.add(model, language, *stretched([one], rng))
        for _ in range(int(LONG_STRETCHES * options.share)):
            long.add(model, language, *stretched(rng.sample(spoken, rng.randint(4, 8)), rng))
        for one in [*spoken[:60], *strange[:30]]:
            (code, _), _ = model.auto_detect_language(padded(stretched([one], rng)[0]))
            right, asked = right + (code == language), asked + 1
        note(f"{language}, sentences never trained on", clean)
        note(f"{language}, over a crowd {CROWD_DECIBELS} dB softer", crowded)
        note(f"{language}, a voice never trained on", unknown)
        note(f"{language}, stretches of 4 to 8 sentences", long)
    figures.append(["language rightly detected", asked, right, f"{right / asked:.4f}", ""])
    print(*figures[-1])
    words = clips = 0
    kinds = ["silence", "white", "pink", "brown", "crowd", "music", "whistle", "clicks", "hum"]
    for number in range(int(QUIET_CLIPS * options.share)):
        kind, seconds = kinds[number % len(kinds)], int(noise_rng.integers(2, 25))
        count = seconds * SAMPLE_RATE_HZ
        sound = np.zeros(count, np.float32) if kind == "silence" else noises.noise(kind, noise_rng, count, every)
        segments = model.transcribe((sound * 0.05).astype(np.float32), language="auto")
        written = normalised_words(" ".join(segment.text for segment in segments))
        words, clips = words + len(written), clips + bool(written)
        if written:
            print("   ", kind, seconds, "s:", *written)
    figures.append(["words heard where nobody speaks", int(QUIET_CLIPS * options.share), words, clips, ""])
    print(*figures[-1])
    started = time.monotonic()
    for one in every[:10]:
        model.transcribe(padded(one.samples), language="en")
    figures.append(["seconds per transcription, two threads", 10, "", f"{(time.monotonic() - started) / 10:.2f}", ""])
    print(*figures[-1])
    with open(options.figures, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["what", "stretches", "words", "word_error_rate_or_share", "mean_time_error_seconds"])
        writer.writerows(figures)


if __name__ == "__main__":
    main()
