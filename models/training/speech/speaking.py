"""Speaks sentences by espeak-ng and says which phonemes it spoke."""

import os
import subprocess
import tempfile
import wave
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.signal import resample_poly

SAMPLE_RATE_HZ = 16_000
VOICES = {
    "en": ["en-gb", "en-us", "en-gb", "en-us", "en-gb-scotland", "en-gb-x-rp"],
    "fr": ["fr-fr", "fr-fr", "fr-fr", "fr-be", "fr-ch"],
}
VARIANTS = ["", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+f1", "+f2", "+f3", "+f5"]
# No training sentence is spoken by this one.
HELD_OUT_VARIANT = "+f4"
# Stress and length carry no letters; without them the phonemes of both languages are some fifty.
UNSPOKEN_MARKS = str.maketrans("", "", "ˈˌː-\u200d()")


@dataclass
class Utterance:
    """One sentence as it was spoken."""

    language: str
    text: str
    phonemes: str
    samples: np.ndarray


def random_voice(language, rng):
    """A voice with its speed in words per minute and its pitch, as espeak-ng takes them."""
    voice = rng.choice(VOICES[language]) + rng.choice(VARIANTS)
    return voice, rng.randint(132, 190), rng.randint(25, 75)


def speak(language, text, voice, speed, pitch):
    """The sentence at 16 kHz without silence before and after, and its phonemes."""
    descriptor, path = tempfile.mkstemp(suffix=".wav")
    os.close(descriptor)
    try:
        command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--ipa", "-w", path, text]
        result = subprocess.run(command, check=True, capture_output=True)
        with wave.open(path) as sound:
            assert sound.getframerate() == 22_050 and sound.getnchannels() == 1
            raw = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
    finally:
        os.unlink(path)
    samples = resample_poly(raw.astype(np.float32) / 32768, 320, 441).astype(np.float32)
    loud = np.flatnonzero(np.abs(samples) > 0.005)
    phonemes = " ".join(result.stdout.decode().split()).translate(UNSPOKEN_MARKS)
    return Utterance(language, text, phonemes, samples[loud[0] : loud[-1] + 1])


def speak_all(requests, workers):
    """Speaks many requests `(language, text, voice, speed, pitch)` at the same time, in their order."""
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda request: speak(*request), requests))
