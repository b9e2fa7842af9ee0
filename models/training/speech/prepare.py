"""Speaks the sentences, mixes the windows and writes both to a folder for the training."""

import argparse
import json
import multiprocessing
import random
import time
from pathlib import Path

import numpy as np

import noises
from sentences import held_out_sentences, training_sentences
from speaking import SAMPLE_RATE_HZ, random_voice, speak_all
from windows import WINDOW_FRAMES, quiet_window, speech_window

SEED = 20261120
SENTENCES_PER_LANGUAGE = 8000
JUMBLED_SHARE = 0.12
QUIET_SHARE = 0.09
NOISE_SECONDS = 40
NOISES = 60
WINDOWS = {"short": 16_000, "medium": 3_000, "long": 1_000}
CHECKED_WINDOWS = 96


def spoken(language, sentences, seed, workers):
    """The sentences, each in a random voice."""
    rng = random.Random(f"voices {language} {seed}")
    return speak_all([(language, text, *random_voice(language, rng)) for text in sentences], workers)


def mixed(job):
    """One window; its random numbers depend on its own number alone."""
    kind, number, is_check = job
    rng = np.random.default_rng([SEED, is_check, WINDOW_FRAMES[kind], number])
    frames = WINDOW_FRAMES[kind]
    if rng.random() < QUIET_SHARE and not is_check:
        return quiet_window(rng, BANK, frames)
    return speech_window(rng, CHECK_UTTERANCES if is_check else UTTERANCES, BANK, frames)


def write_windows(folder, name, kind, count, is_check, workers):
    jobs = [(kind, number, is_check) for number in range(count)]
    shape = (count, 2 * WINDOW_FRAMES[kind], 80)
    mels = np.lib.format.open_memmap(folder / f"{name}.npy", "w+", np.float16, shape)
    described = []
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        for number, window in enumerate(pool.imap(mixed, jobs, chunksize=16)):
            mels[number] = window.mel
            segments = [vars(segment) for segment in window.segments]
            described.append({"language": window.language, "segments": segments})
    mels.flush()
    (folder / f"{name}.json").write_text(json.dumps(described, ensure_ascii=False))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--share", type=float, default=1.0, help="of the full amount of data")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    global UTTERANCES, CHECK_UTTERANCES, BANK
    count = int(SENTENCES_PER_LANGUAGE * options.share)
    UTTERANCES = {
        language: spoken(language, training_sentences(language, count, JUMBLED_SHARE, SEED), SEED, options.workers)
        for language in ("en", "fr")
    }
    CHECK_UTTERANCES = {
        language: spoken(language, held_out_sentences(language, 100, SEED), SEED + 1, options.workers)
        for language in ("en", "fr")
    }
    seconds = sum(len(one.samples) for both in UTTERANCES.values() for one in both) / SAMPLE_RATE_HZ
    print(f"spoken {2 * count} sentences, {seconds / 3600:.1f} h, after {time.monotonic() - started:.0f} s", flush=True)
    rng = np.random.default_rng(SEED)
    everyone = UTTERANCES["en"] + UTTERANCES["fr"]
    BANK = [
        noises.noise(noises.KINDS[number % len(noises.KINDS)], rng, NOISE_SECONDS * SAMPLE_RATE_HZ, everyone)
        for number in range(NOISES)
    ]
    write_windows(options.folder, "check", "short", CHECKED_WINDOWS, True, options.workers)
    for kind, full_count in WINDOWS.items():
        write_windows(options.folder, kind, kind, max(8, int(full_count * options.share)), False, options.workers)
        print(f"mixed {kind} windows after {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
