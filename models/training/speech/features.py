"""Log-mel features exactly as whisper.cpp computes them."""

import numpy as np

MEL_BANDS = 80
FRAME_SAMPLES = 400
HOP_SAMPLES = 160
SPECTRUM_BINS = FRAME_SAMPLES // 2 + 1


def slaney_mel_filters(sample_rate_hz=16_000):
    """Triangles of equal area, linear below 1 kHz and logarithmic above (Slaney, Auditory Toolbox, 1998)."""
    step_hz, break_hz, log_step = 200 / 3, 1000.0, np.log(6.4) / 27
    break_mel = break_hz / step_hz

    def to_mel(hz):
        return np.where(hz < break_hz, hz / step_hz, break_mel + np.log(np.maximum(hz, 1) / break_hz) / log_step)

    def to_hz(mel):
        return np.where(mel < break_mel, mel * step_hz, break_hz * np.exp((mel - break_mel) * log_step))

    edges = to_hz(np.linspace(0, to_mel(np.float64(sample_rate_hz / 2)), MEL_BANDS + 2))
    bins = np.linspace(0, sample_rate_hz / 2, SPECTRUM_BINS)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    area = 2 / (edges[2:] - edges[:-2])
    return (np.maximum(0, np.minimum(rising, falling)) * area[:, None]).astype(np.float32)


FILTERS = slaney_mel_filters()
WINDOW = (0.5 * (1 - np.cos(2 * np.pi * np.arange(FRAME_SAMPLES) / FRAME_SAMPLES))).astype(np.float32)


def log_mel(samples, frames):
    """The first `frames` frames of 10 ms, `(frames, 80)`, of sound that silence follows."""
    half = FRAME_SAMPLES // 2
    needed = (frames - 1) * HOP_SAMPLES + FRAME_SAMPLES
    padded = np.concatenate([samples[1 : half + 1][::-1], samples[: needed - half]])
    padded = np.pad(padded, (0, max(0, needed - len(padded)))).astype(np.float32)
    pieces = np.lib.stride_tricks.sliding_window_view(padded, FRAME_SAMPLES)[::HOP_SAMPLES][:frames]
    spectrum = np.fft.rfft(pieces * WINDOW, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    bands = np.log10(np.maximum(power.astype(np.float32) @ FILTERS.T, 1e-10))
    return (np.maximum(bands, bands.max() - 8) + 4) / 4
