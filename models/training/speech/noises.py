"""Synthesised sound that is no speech: what commentary is mixed with, and what must give no words."""

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

from speaking import SAMPLE_RATE_HZ


def coloured(rng, count, exponent):
    """Noise whose power falls with frequency to the power of `exponent`: 0 white, 1 pink, 2 brown."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequency = np.maximum(np.fft.rfftfreq(count, 1 / SAMPLE_RATE_HZ), 20)
    return unit(np.fft.irfft(spectrum * frequency ** (-exponent / 2), count))


def unit(sound):
    """The sound at a root mean square of 1."""
    return (sound / max(np.sqrt(np.mean(np.square(sound))), 1e-9)).astype(np.float32)


def filtered(sound, kind, hertz):
    return sosfilt(butter(2, hertz, kind, fs=SAMPLE_RATE_HZ, output="sos"), sound).astype(np.float32)


def swells(rng, count, least=0.15):
    """A slow envelope between `least` and 1."""
    points = rng.uniform(least, 1, max(4, count // SAMPLE_RATE_HZ * 2))
    return np.interp(np.linspace(0, len(points) - 1, count), np.arange(len(points)), points).astype(np.float32)


def crowd(rng, count, utterances):
    """Many voices played backwards over the rush of applause, rising and falling."""
    mix = np.zeros(count, np.float32)
    for _ in range(int(rng.integers(20, 50))):
        voice = utterances[rng.integers(len(utterances))].samples[::-1]
        voice = np.resize(voice, min(count, len(voice)))
        start = rng.integers(0, count - len(voice) + 1)
        mix[start : start + len(voice)] += voice * rng.uniform(0.3, 1)
    mix = filtered(mix, "bandpass", [250, 3500])
    rush = filtered(coloured(rng, count, rng.uniform(0, 1)), "bandpass", [400, 5000])
    return unit((unit(mix) * rng.uniform(0.2, 1) + unit(rush)) * swells(rng, count))


def music(rng, count):
    """Chords, a melody and sometimes a drum, in a random key and tempo."""
    beat = int(SAMPLE_RATE_HZ * rng.uniform(0.2, 0.6))
    root = rng.uniform(80, 220)
    scale = np.array([0, 2, 4, 5, 7, 9, 11]) if rng.random() < 0.5 else np.array([0, 2, 3, 5, 7, 8, 10])
    overtones = rng.uniform(0.2, 0.8) ** np.arange(1, 7)
    mix = np.zeros(count + beat * 4, np.float32)

    def tone(hertz, length, sharpness):
        time = np.arange(length) / SAMPLE_RATE_HZ
        waves = sum(
            strength * np.sin(2 * np.pi * hertz * number * time)
            for number, strength in enumerate(overtones, 1)
            if hertz * number < 7500
        )
        attack = np.minimum(1, np.arange(length) / (0.01 * SAMPLE_RATE_HZ))
        return waves * attack * np.exp(-time * sharpness)

    sharpness, has_drum = rng.uniform(0.5, 6), rng.random() < 0.5
    for number, start in enumerate(range(0, count, beat)):
        if number % 4 == 0:
            degree = rng.integers(7)
            for third in (0, 2, 4):
                step = scale[(degree + third) % 7] + 12 * ((degree + third) // 7)
                mix[start : start + beat * 4] += 0.5 * tone(root * 2 ** (step / 12), beat * 4, sharpness / 3)
        if rng.random() < 0.8:
            step = scale[rng.integers(7)] + 12 * rng.integers(1, 3)
            mix[start : start + beat] += tone(root * 2 ** (step / 12), beat, sharpness)
        if has_drum:
            hit = rng.standard_normal(beat) * np.exp(-np.arange(beat) / (0.03 * SAMPLE_RATE_HZ))
            mix[start : start + beat] += hit * (1.5 if number % 2 else 0.6)
    return unit(mix[:count])


def whistle(rng, count):
    """Blasts of a referee's whistle, or plain tones and horns."""
    mix = np.zeros(count, np.float32)
    for _ in range(int(rng.integers(1, 5))):
        length = int(SAMPLE_RATE_HZ * rng.uniform(0.1, 1.2))
        start = int(rng.integers(0, max(1, count - length)))
        time = np.arange(min(length, count - start)) / SAMPLE_RATE_HZ
        hertz = rng.choice([rng.uniform(2000, 3800), rng.uniform(150, 1500)])
        phase = 2 * np.pi * hertz * time + rng.uniform(0, 6) * np.sin(2 * np.pi * rng.uniform(10, 40) * time)
        mix[start : start + len(time)] += np.sin(phase) + 0.4 * np.sin(2 * phase)
    return unit(mix + 0.003 * rng.standard_normal(count))


def clicks(rng, count):
    """Short knocks: balls, blades, oars, footsteps."""
    mix = np.zeros(count, np.float32)
    period = int(SAMPLE_RATE_HZ * rng.uniform(0.15, 1.5))
    for start in range(int(rng.integers(0, period)), count, period):
        length = min(int(SAMPLE_RATE_HZ * rng.uniform(0.02, 0.15)), count - start)
        decay = np.exp(-np.arange(length) / (length / 5))
        mix[start : start + length] += rng.standard_normal(length) * decay * rng.uniform(0.3, 1)
    return unit(filtered(mix, "lowpass", rng.uniform(800, 6000)) + 0.001 * rng.standard_normal(count))


def hum(rng, count):
    """Engines, ventilation and mains."""
    time = np.arange(count) / SAMPLE_RATE_HZ
    base = rng.uniform(45, 140)
    tones = sum(np.sin(2 * np.pi * base * number * time) / number for number in range(1, 9))
    return unit(unit(tones) * swells(rng, count, 0.5) + coloured(rng, count, 2) * rng.uniform(0.1, 1))


KINDS = ("white", "pink", "brown", "crowd", "crowd", "music", "music", "whistle", "clicks", "hum")


def noise(kind, rng, count, utterances):
    """`count` samples of that kind at a root mean square of 1."""
    if kind in ("white", "pink", "brown"):
        return coloured(rng, count, {"white": 0, "pink": 1, "brown": 2}[kind]) * swells(rng, count, 0.5)
    if kind == "crowd":
        return crowd(rng, count, utterances)
    return {"music": music, "whistle": whistle, "clicks": clicks, "hum": hum}[kind](rng, count)


def reverberated(sound, rng):
    """The sound in a hall whose echo falls by 60 dB in 0.1 to 0.6 seconds."""
    seconds = rng.uniform(0.1, 0.6)
    count = int(seconds * SAMPLE_RATE_HZ)
    echo = rng.standard_normal(count) * np.exp(-6.9 * np.arange(count) / count)
    echo = echo / np.sqrt(np.sum(echo**2)) * rng.uniform(0.2, 0.8)
    echo[0] = 1
    return fftconvolve(sound, echo)[: len(sound)].astype(np.float32)
