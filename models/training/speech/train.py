"""Trains the demo speech model and writes it as a ggml file."""

import argparse
import csv
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

import ggml
import network
import tokens as whisper
from batches import Batcher, Windows
from hearing import held_out_word_error_rate

SEED = 20261120
SHAPE = network.Shape()
BATCH = {"brief": 14, "short": 10, "medium": 5, "long": 2}


@dataclass(frozen=True, eq=False)
class Phase:
    """A part of the training: up to which share of the steps, and what is heard in it."""

    until: float
    shares: dict
    # The windows with the softest background; until voice and letters are aligned, noise only delays.
    quietest: float = 1.0
    is_masked: bool = True


PHASES = (
    Phase(0.62, {"brief": 0.9, "short": 0.1, "medium": 0.0, "long": 0.0}, quietest=0.5, is_masked=False),
    Phase(1.0, {"brief": 0.35, "short": 0.2, "medium": 0.3, "long": 0.15}, quietest=0.7, is_masked=False),
)
PEAK_RATE = 1.4e-3
WARM_UP_STEPS = 150
# The last part of the steps, in which the rate falls to nothing.
DECAY_SHARE = 0.4
PHONEME_WEIGHT = 0.7
WORD_WEIGHT = 1.0
# The decoder would else guess sentences from the grammar for long before it listens along the sound.
GUIDE_WEIGHT = 1.0
GUIDE_FRAMES = 12
REPORT_EVERY = 100


def losses(weights, batch, unused_count):
    """The loss, and of it: mean cross entropy per token, CTC loss per phoneme, cross entropy per token of
    the frames alone; then the share of right tokens."""
    memory, bias = network.encode(weights, batch["mel"], SHAPE)
    hidden, heard = network.decode(weights, batch["seen"], memory, bias, SHAPE)
    scores = network.logits(weights, hidden, unused_count)
    entropy = optax.softmax_cross_entropy_with_integer_labels(scores, batch["wanted"])
    total = batch["weight"].sum()
    token_loss = (entropy * batch["weight"]).sum() / total
    right = ((scores.argmax(-1) == batch["wanted"]) * batch["weight"]).sum() / total
    frames = batch["mel"].shape[1] // 2
    spoken = network.linear(weights, "phonemes", memory[:, :frames])
    is_padding = batch["phonemes"] == 0
    phoneme_loss = optax.ctc_loss(spoken, jnp.zeros(spoken.shape[:2]), batch["phonemes"], is_padding.astype(jnp.float32))
    phoneme_loss = phoneme_loss.sum() / jnp.maximum((~is_padding).sum(), 1)
    # The frame in which a token is spoken should tell it: the decoder then has little more to do than copy.
    is_spoken = batch["place"] >= 0
    places = jnp.clip(batch["place"], 0, frames - 1).astype(jnp.int32)
    frame_of = jnp.take_along_axis(memory, places[..., None], axis=1)
    told = network.linear(weights, "words", frame_of) @ weights["decoder.token_embedding.weight"].T
    told = optax.softmax_cross_entropy_with_integer_labels(told, batch["wanted"])
    word_loss = (told * is_spoken).sum() / jnp.maximum(is_spoken.sum(), 1)
    loss = token_loss + PHONEME_WEIGHT * phoneme_loss + WORD_WEIGHT * word_loss
    return loss + GUIDE_WEIGHT * straying(heard, batch["place"]), (token_loss, phoneme_loss, word_loss, right)


def straying(heard, place):
    """The share of attention, 0 to 1, that lies elsewhere than where the wanted token is spoken
    (guided attention, Tachibana et al. 2018)."""
    distance = np.arange(heard[0].shape[2]) - place[..., None]
    away = 1 - jnp.exp(-jnp.square(distance / GUIDE_FRAMES))
    is_spoken = place >= 0
    total = jnp.maximum(is_spoken.sum(), 1)
    return sum((one * away).sum(-1) * is_spoken for one in heard).sum() / total


def optimiser(steps):
    """AdamW with a rate that rises, stays, and falls at the end."""
    decay_steps = int(DECAY_SHARE * steps)
    rate = optax.schedules.join_schedules(
        [
            optax.schedules.linear_schedule(0, PEAK_RATE, WARM_UP_STEPS),
            optax.schedules.constant_schedule(PEAK_RATE),
            optax.schedules.linear_schedule(PEAK_RATE, PEAK_RATE / 50, decay_steps),
        ],
        [WARM_UP_STEPS, steps - decay_steps],
    )
    return optax.chain(
        optax.clip_by_global_norm(1.0),
        optax.adamw(rate, b2=0.98, weight_decay=0.01, mask=lambda weights: {n: w.ndim == 2 for n, w in weights.items()}),
    )


def save(path, number, weights, state):
    """Keeps what is needed to go on after an interruption."""
    leaves = jax.tree.leaves((weights, state))
    partial_path = path.with_suffix(".part.npz")
    np.savez(partial_path, number=number, **{str(at): leaf for at, leaf in enumerate(leaves)})
    partial_path.replace(path)


def resumed(path, weights, state):
    """The number of steps done with their weights and state; nothing done where there is no file."""
    if not path.exists():
        return 0, weights, state
    with np.load(path) as saved:
        leaves = [jnp.asarray(saved[str(at)]) for at in range(len(saved.files) - 1)]
        number = int(saved["number"])
    return number, *jax.tree.unflatten(jax.tree.structure((weights, state)), leaves)


def make_step(update, unused_count):
    @partial(jax.jit, donate_argnums=(0, 1))
    def step(weights, state, batch):
        gradient, parts = jax.grad(losses, has_aux=True)(weights, batch, unused_count)
        changes, state = update(gradient, state, weights)
        return optax.apply_updates(weights, changes), state, parts

    return step


def feeds_of(windows, batcher):
    """For each phase and length the numbers of the windows of the next batches."""
    feeds = {}
    for kind, one in windows.items():
        order = one.by_loudness_of_background()
        for phase in PHASES:
            numbers = order[: max(BATCH[kind], int(phase.quietest * len(order)))]
            feeds[phase, kind] = batcher.epochs(numbers, min(BATCH[kind], len(numbers)))
    return feeds


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder written by prepare.py")
    parser.add_argument("table", type=Path, help="Whisper's multilingual.tiktoken")
    parser.add_argument("model", type=Path, help="ggml file to write")
    parser.add_argument("log", type=Path, help="CSV file to write")
    parser.add_argument("--steps", type=int, default=11000)
    parser.add_argument("--format", choices=ggml.FORMATS, default="q8_0")
    options = parser.parse_args()
    table = whisper.Tokens(options.table)
    files = {"brief": "short", "short": "short", "medium": "medium", "long": "long"}
    windows = {kind: Windows(options.data, file, kind, table) for kind, file in files.items()}
    checked = Windows(options.data, "check", "short", table)
    everything = [*windows.values(), checked]
    trained = whisper.trained_tokens([text for one in everything for text in one.texts()], table)
    symbols = sorted({symbol for one in everything for n in range(len(one.described)) for symbol in one.phonemes(n)})
    batcher = Batcher(trained, symbols, SEED)
    unused_count = whisper.VOCABULARY_SIZE - len(trained)
    first_time = trained.index(whisper.FIRST_TIMESTAMP)
    weights = network.initial(SHAPE, len(trained), first_time, 301, len(symbols) + 1, SEED)
    print(f"{len(trained)} tokens, {len(symbols)} phonemes, {sum(w.size for w in weights.values())} weights", flush=True)
    chain = optimiser(options.steps)
    state, step = chain.init(weights), make_step(chain.update, unused_count)
    saved_path = options.model.with_suffix(".npz")
    done, weights, state = resumed(saved_path, weights, state)
    batcher.rng = np.random.default_rng([SEED, done])
    feeds = feeds_of(windows, batcher)
    chance, started, sums = np.random.default_rng([SEED, done]), time.monotonic(), []
    with open(options.log, "a" if done else "w", newline="") as file:
        log = csv.writer(file)
        if not done:
            log.writerow(["step", "seconds", "token_loss", "phoneme_loss", "word_loss", "right_tokens", "held_out_word_error_rate"])
        for number in range(done + 1, options.steps + 1):
            phase = next(phase for phase in PHASES if number <= phase.until * options.steps)
            kind = str(chance.choice(list(phase.shares), p=list(phase.shares.values())))
            batch = batcher.batch(windows[kind], next(feeds[phase, kind]), is_masked=phase.is_masked)
            weights, state, parts = step(weights, state, batch)
            sums.append(parts)
            if number % REPORT_EVERY == 0 or number == options.steps:
                means = [f"{value:.4f}" for value in np.mean(np.array(sums, np.float32), axis=0)]
                is_checked = number % (5 * REPORT_EVERY) == 0 or number == options.steps
                rate = f"{held_out_word_error_rate(weights, checked, batcher, trained, table, SHAPE):.4f}" if is_checked else ""
                log.writerow([number, round(time.monotonic() - started), *means, rate])
                file.flush()
                print(number, f"{time.monotonic() - started:.0f} s", *means, rate, flush=True)
                sums = []
            if number % 100 == 0 or number == options.steps:
                save(saved_path, number, weights, state)
                ggml.write(options.model, weights, SHAPE, trained, table.table(), options.format)


if __name__ == "__main__":
    main()
