"""Trains the demonstration pack's dual encoder on generated scenes and their captions.

    train.py SCENES HELD_OUT OUTPUT [--steps 2000] [--seed 1]

SCENES and HELD_OUT are what `reeldex demo scenes` writes: raw RGB with a `.jsonl` beside it. The loss
is CLIP's over pictures and captions, where a caption counts for every picture of the batch that it is
true of, with small heads that name the attributes from either vector; the heads are thrown away.
"""
import argparse
import json
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

import towers

SIDE = towers.CONFIG["vision_config"]["image_size"]
LENGTH = towers.CONFIG["text_config"]["max_position_embeddings"]
MEAN, DEVIATION = np.array([0.45, 0.45, 0.45], np.float32), np.array([0.27, 0.27, 0.27], np.float32)
ATTRIBUTES = ["kind", "kit_colour", "second_colour", "people", "side", "weather", "daytime", "shot_size"]
START, END = "<|startoftext|>", "<|endoftext|>"
BATCH = 128


class Scenes:
    """Pictures with their attributes and captions."""

    def __init__(self, path):
        lines = [json.loads(line) for line in Path(str(path) + ".jsonl").read_text().splitlines()]
        pixels = np.memmap(path, np.uint8, "r")
        self.side = round((len(pixels) / len(lines) / 3) ** 0.5)
        self.pixels = pixels.reshape(len(lines), self.side, self.side, 3)
        self.attributes = [{name: line[name] for name in ATTRIBUTES} for line in lines]
        # A caption's attributes are those that it names.
        self.captions = [[(caption["text"], caption["names"]) for caption in line["captions"]] for line in lines]
        self.full = [line["full_caption"] for line in lines]


def make_tokenizer(texts):
    """CLIP's kind of tokenizer: lower case, words cut into byte pairs whose last carries `</w>`."""
    tokenizer = Tokenizer(models.BPE(unk_token=END, end_of_word_suffix="</w>", continuing_subword_prefix="", fuse_unk=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    words = Regex(r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(words, behavior="removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=2000, special_tokens=[START, END], end_of_word_suffix="</w>",
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def encode(tokenizer, texts):
    start, end = tokenizer.token_to_id(START), tokenizer.token_to_id(END)
    tokens, ends = np.full((len(texts), LENGTH), end, np.int32), np.zeros(len(texts), np.int32)
    for row, encoding in enumerate(tokenizer.encode_batch(texts, add_special_tokens=False)):
        ids = [start, *encoding.ids[: LENGTH - 2], end]
        tokens[row, : len(ids)], ends[row] = ids, len(ids) - 1
    return tokens, ends


class Labels:
    """Attributes as numbers, 0 where one is absent or not named."""

    def __init__(self, scenes):
        self.values = {name: sorted({str(a[name]) for a in scenes if a[name] is not None}) for name in ATTRIBUTES}
        self.sizes = [len(self.values[name]) + 1 for name in ATTRIBUTES]

    def of(self, attributes):
        known = [(self.values[name], attributes.get(name)) for name in ATTRIBUTES]
        return [values.index(str(value)) + 1 if str(value) in values else 0 for values, value in known]


def pixels_of(numbers, scenes, chosen):
    """Normalised pixels, cut out with a little jitter when `numbers` are given."""
    room = scenes.side - SIDE
    pixels = np.empty((len(chosen), SIDE, SIDE, 3), np.float32)
    for row, index in enumerate(chosen):
        down, right = (room // 2, room // 2) if numbers is None else numbers.integers(0, room + 1, 2)
        pixels[row] = scenes.pixels[index, down : down + SIDE, right : right + SIDE]
    if numbers is not None:
        pixels = pixels * numbers.uniform(0.85, 1.15, (len(chosen), 1, 1, 1)) + numbers.uniform(-12, 12, (len(chosen), 1, 1, 1))
    return ((np.clip(pixels, 0, 255) / 255 - MEAN) / DEVIATION).astype(np.float32)


def loss_of(parameters, heads, batch):
    pixels, tokens, ends, labels, named = batch
    seen, read = towers.see(parameters, pixels), towers.read(parameters, tokens, ends)
    logits = jnp.exp(jnp.minimum(parameters["logit_scale"], np.log(100))) * read @ seen.T
    # A caption is true of every picture that has all it names.
    fits = ((named[:, None] == 0) | (named[:, None] == labels[None])).all(-1).astype(jnp.float32)
    by_caption = -(fits / fits.sum(1, keepdims=True) * jax.nn.log_softmax(logits, 1)).sum(1).mean()
    by_picture = -(fits / fits.sum(0, keepdims=True) * jax.nn.log_softmax(logits, 0)).sum(0).mean()
    naming = 0.0
    for index, (of_picture, of_text) in enumerate(heads):
        for vectors, head, target in ((seen, of_picture, labels[:, index]), (read, of_text, named[:, index])):
            naming += -jnp.take_along_axis(jax.nn.log_softmax(vectors @ head * 10, 1), target[:, None], 1).mean()
    return (by_caption + by_picture) / 2 + 0.25 * naming, by_caption


def recall(parameters, tokenizer, scenes, count=200):
    """Shares of full captions whose scene is first, and among the first five, of groups of `count`."""
    first, five, total = 0, 0, 0
    see, read = jax.jit(towers.see), jax.jit(towers.read)
    for start in range(0, len(scenes.full) - count + 1, count):
        chosen = range(start, start + count)
        tokens, ends = encode(tokenizer, scenes.full[start : start + count])
        scores = np.asarray(read(parameters, tokens, ends) @ see(parameters, pixels_of(None, scenes, chosen)).T)
        ranks = (scores > np.diag(scores)[:, None]).sum(1)
        first, five, total = first + (ranks == 0).sum(), five + (ranks < 5).sum(), total + count
    return first / total, five / total


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("scenes")
    arguments.add_argument("held_out")
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--steps", type=int, default=2000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments = arguments.parse_args()
    numbers = np.random.default_rng(arguments.seed)
    scenes, held_out = Scenes(arguments.scenes), Scenes(arguments.held_out)
    tokenizer = make_tokenizer(text for captions in scenes.captions for text, _ in captions)
    labels = Labels(scenes.attributes)
    pictures = np.array([labels.of(attributes) for attributes in scenes.attributes], np.int32)
    texts = [[text for text, _ in captions] + [full] for captions, full in zip(scenes.captions, scenes.full)]
    named = [[labels.of(names) for _, names in captions] + [list(own)] for captions, own in zip(scenes.captions, pictures)]
    parameters = towers.initial(numbers, tokenizer.get_vocab_size())
    joint = towers.CONFIG["projection_dim"]
    heads = [tuple(numbers.normal(0, joint**-0.5, (joint, size)).astype(np.float32) for _ in range(2)) for size in labels.sizes]

    rates = optax.warmup_cosine_decay_schedule(0.0, 1e-3, arguments.steps // 30, arguments.steps, 2e-5)
    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.scale_by_adam(b2=0.98), optax.add_decayed_weights(0.02))
    state = optimiser.init((parameters, heads))

    @jax.jit
    def step(trained, state, batch, rate):
        (loss, contrast), gradients = jax.value_and_grad(lambda both: loss_of(*both, batch), has_aux=True)(trained)
        updates, state = optimiser.update(gradients, state, trained)
        return jax.tree.map(lambda value, update: value - rate * update, trained, updates), state, loss, contrast

    trained, begin = (parameters, heads), time.time()
    print("steps,minutes,loss,contrast,recall_at_1,recall_at_5", flush=True)
    for count in range(1, arguments.steps + 1):
        chosen = numbers.integers(0, len(pictures), BATCH)
        # Half of the captions name everything.
        picks = [len(texts[index]) - 1 if numbers.random() < 0.5 else numbers.integers(0, len(texts[index])) for index in chosen]
        tokens, ends = encode(tokenizer, [texts[index][pick] for index, pick in zip(chosen, picks)])
        # Two lengths, so that few programs are compiled and short texts cost little.
        tokens = tokens[:, :28] if ends.max() < 28 else tokens
        said = np.array([named[index][pick] for index, pick in zip(chosen, picks)], np.int32)
        batch = (pixels_of(numbers, scenes, chosen), tokens, ends, pictures[chosen], said)
        trained, state, loss, contrast = step(trained, state, batch, rates(count))
        if count % 100 == 0 or count == arguments.steps:
            first, five = recall(trained[0], tokenizer, held_out)
            minutes = (time.time() - begin) / 60
            print(f"{count},{minutes:.1f},{loss:.3f},{contrast:.3f},{first:.3f},{five:.3f}", flush=True)
    save(arguments.output, trained[0], tokenizer)


def save(output, parameters, tokenizer):
    output.mkdir(parents=True, exist_ok=True)
    start, end = tokenizer.token_to_id(START), tokenizer.token_to_id(END)
    config = json.loads(json.dumps(towers.CONFIG))
    config["text_config"] |= {"vocab_size": tokenizer.get_vocab_size(), "bos_token_id": start, "eos_token_id": end, "pad_token_id": end}
    preprocessor = {
        "do_resize": True, "size": {"shortest_edge": SIDE}, "do_center_crop": True, "crop_size": {"height": SIDE, "width": SIDE},
        "do_normalize": True, "resample": 3, "image_mean": MEAN.tolist(), "image_std": DEVIATION.tolist(),
        "image_processor_type": "CLIPImageProcessor",
    }
    (output / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (output / "preprocessor_config.json").write_text(json.dumps(preprocessor, indent=2) + "\n")
    tokenizer.save(str(output / "tokenizer.json"), pretty=False)
    save_file(towers.exported(parameters), output / "model.safetensors", {"format": "pt"})


if __name__ == "__main__":
    main()
