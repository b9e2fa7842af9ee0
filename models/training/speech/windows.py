"""Puts utterances, noise and silence together to the windows that the model is trained on."""

from dataclasses import dataclass, field

import numpy as np
from scipy.signal import lfilter

import noises
from features import log_mel
from speaking import SAMPLE_RATE_HZ

# Frames of 20 ms that the encoder makes of a window: 5, 12 and 30 seconds.
WINDOW_FRAMES = {"short": 250, "medium": 600, "long": 1500}
# whisper.cpp takes no first time later than this.
MAX_FIRST_SECONDS = 1.0


@dataclass
class Segment:
    """A sentence and where in the window it is said."""

    start_seconds: float
    end_seconds: float
    text: str
    phonemes: str


@dataclass
class Window:
    """What the model hears and what it should write; no segments mean no speech."""

    language: str
    mel: np.ndarray
    segments: list = field(default_factory=list)


def arranged(rng, utterances, seconds):
    """Utterances of one language one after the other, as many as chance and the window allow."""
    language = ("en", "fr")[rng.integers(2)]
    own = utterances[language]
    mix = np.zeros(int(seconds * SAMPLE_RATE_HZ), np.float32)
    at = rng.uniform(0.02, 0.45) if rng.random() < 0.85 else rng.uniform(0, MAX_FIRST_SECONDS)
    wanted = 1 if rng.random() < 0.3 else rng.integers(1, 2 + int(seconds // 2.5))
    segments = []
    while len(segments) < wanted:
        one = own[rng.integers(len(own))]
        start, count = int(at * SAMPLE_RATE_HZ), len(one.samples)
        if start + count > len(mix):
            if segments:
                break
            continue
        mix[start : start + count] = one.samples * rng.uniform(0.6, 1)
        end = at + count / SAMPLE_RATE_HZ
        segments.append(Segment(at, end, one.text, one.phonemes))
        at = end + (rng.uniform(0.1, 0.7) if rng.random() < 0.8 else rng.uniform(0.7, 2))
    # Stretches of speech end 0.2 s after the voice; some windows go on in silence or noise.
    tail = rng.uniform(0.1, 0.4) if rng.random() < 0.7 else rng.uniform(0.4, 4)
    sound_end = min(len(mix), int((segments[-1].end_seconds + tail) * SAMPLE_RATE_HZ))
    return language, mix, segments, sound_end


def coloured_voice(sound, rng):
    """The voice as rooms, microphones and lines change it."""
    if rng.random() < 0.3:
        sound = noises.reverberated(sound, rng)
    if rng.random() < 0.5:
        sound = lfilter([1, rng.uniform(-0.6, 0.5)], [1], sound).astype(np.float32)
    if rng.random() < 0.15:
        sound = noises.filtered(sound, "bandpass", [rng.uniform(80, 300), rng.uniform(3200, 7000)])
    return sound


def speech_window(rng, utterances, bank, frames):
    """A window with speech, most of them over noise 3 to 35 dB softer than the voice."""
    seconds = frames / 50
    language, mix, segments, sound_end = arranged(rng, utterances, seconds)
    mix = coloured_voice(mix, rng)
    level = np.sqrt(np.mean(np.square(mix[np.abs(mix) > 0.01]))) if np.any(np.abs(mix) > 0.01) else 0.1
    if rng.random() < 0.75:
        for _ in range(int(rng.integers(1, 3))):
            decibels = rng.uniform(3, 20) if rng.random() < 0.6 else rng.uniform(20, 35)
            mix += cut(rng, bank, len(mix)) * level * 10 ** (-decibels / 20)
    mix[sound_end:] = 0
    return Window(language, finished(mix, rng, frames), segments)


def quiet_window(rng, bank, frames):
    """A window without speech: noise, music, tones, or nearly nothing."""
    count = int(frames / 50 * SAMPLE_RATE_HZ)
    kind = rng.random()
    if kind < 0.1:
        mix = np.zeros(count, np.float32)
    elif kind < 0.2:
        mix = rng.standard_normal(count).astype(np.float32) * 10 ** rng.uniform(-5, -2.5)
    else:
        mix = cut(rng, bank, count)
        if rng.random() < 0.4:
            mix = mix + cut(rng, bank, count) * rng.uniform(0.1, 1)
        mix = coloured_voice(noises.unit(mix), rng) * 0.1
    mix[int(rng.uniform(0.2, 1.6) * count) :] = 0
    return Window(("en", "fr")[rng.integers(2)], finished(mix, rng, frames))


def cut(rng, bank, count):
    """A random piece of a random noise of the bank."""
    sound = bank[rng.integers(len(bank))]
    start = rng.integers(0, len(sound) - count + 1)
    return sound[start : start + count]


def finished(mix, rng, frames):
    """Features at a random level, sometimes clipped."""
    peak = max(np.abs(mix).max(), 1e-9)
    gain = 10 ** rng.uniform(-1.2, 0) / peak if peak > 0.01 else 1
    if rng.random() < 0.05:
        gain *= 2
    return log_mel(np.clip(mix * gain, -1, 1), 2 * frames).astype(np.float16)
