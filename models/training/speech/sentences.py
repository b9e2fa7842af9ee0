"""Makes sentences of the demo grammars and keeps some of them away from training."""

import hashlib
import random
import re
import tomllib
from collections import Counter
from pathlib import Path

GRAMMARS = Path(__file__).resolve().parents[3] / "src/demo/grammar"
GRAMMAR_FILES = {"en": "english.toml", "fr": "french.toml"}
SLOT = re.compile(r"\{(\w+)\}")
# One sentence in this many is never trained on, if enough others share its pattern.
HELD_OUT_OF = 10
MIN_SIBLINGS = 20
# Patterns without many choices would otherwise fill the training.
MAX_REPEATS = 6


class Grammar:
    """Sentences of one language."""

    def __init__(self, language):
        text = (GRAMMARS / GRAMMAR_FILES[language]).read_text(encoding="utf-8")
        parsed = tomllib.loads(text)
        self.start, self.rules = parsed["start"], parsed["rules"]
        self.words = sorted(
            {
                word
                for alternatives in self.rules.values()
                for alternative in alternatives
                for word in SLOT.sub(" ", alternative).replace(".", " ").replace("!", " ").split()
                if word[0].isalpha()
            }
        )

    def expand(self, rule, rng):
        """A random sentence, and how many others the same pattern makes at least."""
        alternatives = self.rules[rule]
        siblings = 1 if rule == self.start or rule.startswith("about_") else len(alternatives)
        if rule in ("highlight", "general"):
            siblings = 1

        def fill(slot):
            nonlocal siblings
            text, inner = self.expand(slot[1], rng)
            siblings *= inner
            return text

        return SLOT.sub(fill, rng.choice(alternatives)), siblings

    def sentence(self, rng):
        """A random sentence and whether it is held out."""
        text, siblings = self.expand(self.start, rng)
        digest = hashlib.sha256(text.encode()).digest()
        return text, siblings >= MIN_SIBLINGS and digest[0] % HELD_OUT_OF == 0

    def jumble(self, rng):
        """Words of the grammar in no order, so that the decoder must listen and not guess."""
        words = [rng.choice(self.words) for _ in range(rng.randint(3, 7))]
        text = " ".join(words)
        return text[0].upper() + text[1:] + "."


def training_sentences(language, count, jumbled_share, seed):
    """`count` sentences that are not held out, the same one a few times at most."""
    grammar, rng = Grammar(language), random.Random(f"train {language} {seed}")
    found, repeats = [], Counter()
    while len(found) < count:
        if rng.random() < jumbled_share:
            text, is_held_out = grammar.jumble(rng), False
        else:
            text, is_held_out = grammar.sentence(rng)
        if not is_held_out and repeats[text] < MAX_REPEATS:
            found.append(text)
            repeats[text] += 1
    return found


def held_out_sentences(language, count, seed):
    """`count` different sentences that no training run ever sees."""
    grammar, rng = Grammar(language), random.Random(f"held out {language} {seed}")
    found = {}
    while len(found) < count:
        text, is_held_out = grammar.sentence(rng)
        if is_held_out:
            found[text] = None
    return list(found)


def normalised_words(text):
    """Lower-case words without punctuation, as the word error rate counts them."""
    return re.findall(r"[\w'-]+", text.lower().replace("’", "'"))


def word_errors(said, written):
    """Fewest words to change, leave out or put in."""
    line = list(range(len(written) + 1))
    for word in said:
        above, line[0] = line[0], line[0] + 1
        for number, other in enumerate(written, 1):
            above, line[number] = line[number], min(line[number] + 1, line[number - 1] + 1, above + (word != other))
    return line[-1]
