"""Trains the demo speech model and writes it as a ggml file."""

import argparse
import csv
import time
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
from sentences import normalised_words

SEED = 20261120
SHAPE = network.Shape()
BATCH = {"brief": 28, "short": 20, "medium": 8, "long": 4}
# Shares of the steps, by window, before and after `LONG_FROM` of the training.
SHARES = (
    {"brief": 0.8, "short": 0.2, "medium": 0.0, "long": 0.0},
    {"brief": 0.4, "short": 0.25, "medium": 0.23, "long": 0.12},
)
LONG_FROM = 0.5
PEAK_RATE = 1.6e-3
WARM_UP_STEPS = 150
# The last part of the steps, in which the rate falls to nothing.
DECAY_SHARE = 0.4
PHONEME_WEIGHT = 0.3
REPORT_EVERY = 20


def losses(weights, batch, unused_count):
    """Mean cross entropy per learnt token, mean CTC loss per phoneme, share of right tokens."""
    memory, bias = network.encode(weights, batch["mel"], SHAPE)
    hidden = network.decode(weights, batch["seen"], memory, bias, SHAPE)
    scores = network.logits(weights, hidden, unused_count)
    entropy = optax.softmax_cross_entropy_with_integer_labels(scores, batch["wanted"])
    total = batch["weight"].sum()
    token_loss = (entropy * batch["weight"]).sum() / total
    right = ((scores.argmax(-1) == batch["wanted"]) * batch["weight"]).sum() / total
    frames = batch["mel"].shape[1] // 2
    spoken = network.linear(weights, "phonemes", memory[:, :frames])
    phoneme_loss = optax.ctc_loss(spoken, jnp.zeros(spoken.shape[:2]), batch["phonemes"], 1 - batch["unpadded"])
    phoneme_loss = phoneme_loss.sum() / jnp.maximum(batch["unpadded"].sum(), 1)
    return token_loss + PHONEME_WEIGHT * phoneme_loss, (token_loss, phoneme_loss, right)


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


@jax.jit
def next_rows(weights, memory, bias, seen, at, allowed):
    hidden = network.decode(weights, seen, memory, bias, SHAPE)
    hidden = jax.lax.dynamic_index_in_dim(hidden, at, axis=1, keepdims=False)
    return jnp.where(allowed, network.logits(weights, hidden, 1)[..., :-1], -jnp.inf).argmax(-1)


def heard(weights, batch, row_of, length):
    """Greedy decoding with times, without whisper.cpp's rules; rows of tokens per window."""
    memory, bias = jax.jit(partial(network.encode, shape=SHAPE))(weights, batch["mel"])
    seen = np.full((len(memory), length), row_of[whisper.END_OF_TEXT], np.int32)
    seen[:, :3] = batch["seen"][:, :3]
    allowed = np.ones(len(row_of), bool)
    allowed[row_of[whisper.NO_TIMESTAMPS]] = False
    for at in range(2, length - 1):
        seen[:, at + 1] = next_rows(weights, memory, bias, seen, at, allowed)
        if (seen[:, 3 : at + 2] == row_of[whisper.END_OF_TEXT]).any(axis=1).all():
            break
    return seen


def word_errors(said, written):
    """Fewest words to change, leave out or put in."""
    line = list(range(len(written) + 1))
    for word in said:
        above, line[0] = line[0], line[0] + 1
        for number, other in enumerate(written, 1):
            above, line[number] = line[number], min(line[number] + 1, line[number - 1] + 1, above + (word != other))
    return line[-1]


def check(weights, windows, batcher, trained, table):
    """Word error rate on sentences that are not trained on."""
    batch = batcher.batch(windows, np.arange(len(windows.described)), is_training=False)
    wrong = total = 0
    for rows, window in zip(heard(weights, batch, batcher.row_of, windows.max_tokens), windows.described):
        sequence = [trained[row] for row in rows[3:]]
        sequence = sequence[: sequence.index(whisper.END_OF_TEXT)] if whisper.END_OF_TEXT in sequence else sequence
        text = table.encoding.decode([token for token in sequence if token < whisper.TEXT_TOKENS])
        said = normalised_words(" ".join(segment["text"] for segment in window["segments"]))
        wrong += word_errors(said, normalised_words(text))
        total += len(said)
    return wrong / total


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder written by prepare.py")
    parser.add_argument("table", type=Path, help="Whisper's multilingual.tiktoken")
    parser.add_argument("model", type=Path, help="ggml file to write")
    parser.add_argument("log", type=Path, help="CSV file to write")
    parser.add_argument("--steps", type=int, default=1800)
    parser.add_argument("--format", choices=ggml.FORMATS, default="q8_0")
    options = parser.parse_args()
    table = whisper.Tokens(options.table)
    files = {"brief": "short", "short": "short", "medium": "medium", "long": "long"}
    windows = {kind: Windows(options.data, file, kind, table) for kind, file in files.items()}
    checked = Windows(options.data, "check", "short", table)
    texts = [text for one in [*windows.values(), checked] for text in one.texts()]
    trained = whisper.trained_tokens(texts, table)
    symbols = sorted({symbol for one in [*windows.values(), checked] for n in range(len(one.described)) for symbol in one.phonemes(n)})
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
    feeds = {name: batcher.epochs(windows[name], min(BATCH[name], len(windows[name].described))) for name in windows}
    chance, started, sums = np.random.default_rng([SEED, done]), time.monotonic(), []
    with open(options.log, "a" if done else "w", newline="") as file:
        log = csv.writer(file)
        if not done:
            log.writerow(["step", "seconds", "token_loss", "phoneme_loss", "right_tokens", "held_out_word_error_rate"])
        for number in range(done + 1, options.steps + 1):
            shares = SHARES[number > LONG_FROM * options.steps]
            name = str(chance.choice(list(shares), p=list(shares.values())))
            batch = batcher.batch(windows[name], next(feeds[name]))
            weights, state, parts = step(weights, state, batch)
            sums.append(parts)
            if number % REPORT_EVERY == 0 or number == options.steps:
                means = [f"{value:.4f}" for value in np.mean(np.array(sums, np.float32), axis=0)]
                is_checked = number % (5 * REPORT_EVERY) == 0 or number == options.steps
                rate = f"{check(weights, checked, batcher, trained, table):.4f}" if is_checked else ""
                log.writerow([number, round(time.monotonic() - started), *means, rate])
                file.flush()
                print(number, f"{time.monotonic() - started:.0f} s", *means, rate, flush=True)
                sums = []
            if number % 200 == 0 or number == options.steps:
                save(saved_path, number, weights, state)
                ggml.write(options.model, weights, SHAPE, trained, table.table(), options.format)


if __name__ == "__main__":
    main()
