"""Fine-tuning of the sentence encoder together with a softmax head over the labels. Pure TensorFlow, no Rasa."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from components.encoder import compile_lower, mean_pool, run_layers, tokenise

TRAINED_TOKENS = 64
"""Word pieces of a text that are trained on: the few longer letters would take a tenth of the time."""
LAST_RATE, AVERAGED = 0.3, 0.1
"""The learning rate stays at that share of its peak to the end, and what the weights were over that last share of the
steps is averaged: less depends on which examples came last."""
_NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk", "k": "jl",
    "l": "ko", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb",
    "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """How to train: passes over the data, examples a step, peak learning rates, and what stays frozen."""

    epochs: int = 3
    batch_size: int = 64
    learning_rate: float = 3e-4
    head_learning_rate: float = 3e-3
    warmup: float = 0.1
    frozen_layers: int = 4
    dropout: float = 0.1
    """Of the sentence vector."""
    label_smoothing: float = 0.05
    typo_share: float = 0.2
    easy: float = 0.8
    """An example that was this sure in the last pass is left out of the next one ..."""
    easy_share_kept: float = 0.15
    """... but for this share of them, so that nothing is forgotten: the time goes to what is still hard."""
    random_seed: int = 7


def with_typos(text: str, rng: random.Random) -> str:
    """`text` as a hurried thumb types it: a slip in about 40 letters, swapped, dropped, doubled, hit beside or unspaced."""
    chars = list(text)
    for _ in range(rng.randint(1, 2 + len(chars) // 40)):
        spots = [i for i, char in enumerate(chars) if char in string.ascii_letters]
        if len(spots) < 4:
            break
        i = rng.choice(spots)
        kind = rng.random()
        if kind < 0.25 and i + 1 < len(chars):
            chars[i], chars[i + 1] = chars[i + 1], chars[i]
        elif kind < 0.5:
            chars[i] = ""
        elif kind < 0.7:
            chars[i] = rng.choice(_NEIGHBOURS.get(chars[i].lower(), chars[i]))
        elif kind < 0.85:
            chars[i] *= 2
        else:
            spaces = [j for j, char in enumerate(chars) if char == " "]
            if spaces:
                chars[rng.choice(spaces)] = ""
        chars = list("".join(chars))
    return "".join(chars)


class _Reader:
    """Gives texts as the token vectors that the trained layers start from. What the frozen layers below make of a text
    without slips never changes, so it is kept: a third of the work."""

    def __init__(self, bert: Any, tokenizer: Any, frozen_layers: int) -> None:
        self._tokenizer = tokenizer
        self._lower = compile_lower(bert, frozen_layers)

    def read(self, texts: Sequence[str]) -> list[np.ndarray]:
        """Token vectors per text, (tokens, 384) in half precision."""
        result: list[np.ndarray] = [np.empty(0)] * len(texts)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for start in range(0, len(order), 64):
            chosen = order[start : start + 64]
            ids, mask = tokenise(self._tokenizer, [texts[i] for i in chosen], TRAINED_TOKENS)
            hidden = self._lower(ids, mask).numpy().astype(np.float16)
            for row, i in enumerate(chosen):
                result[i] = hidden[row, : mask[row].sum()]
        return result


def _padded(vectors: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Vectors (texts, most tokens, 384) and their mask."""
    longest = max(len(each) for each in vectors)
    hidden = np.zeros((len(vectors), longest, vectors[0].shape[1]), dtype=np.float32)
    mask = np.zeros((len(vectors), longest), dtype=np.int32)
    for row, each in enumerate(vectors):
        hidden[row, : len(each)] = each
        mask[row, : len(each)] = 1
    return hidden, mask


def _batches(lengths: Sequence[int], sureness: np.ndarray, recipe: Recipe, rng: random.Random) -> list[list[int]]:
    """One epoch in shuffled batches (numbers of the examples) of texts of similar length, so that little is spent on
    padding. `sureness`: probability of the right label in the last pass, per example.
    """
    kept = [i for i in range(len(lengths)) if sureness[i] < recipe.easy or rng.random() < recipe.easy_share_kept]
    order = sorted(kept, key=lambda i: lengths[i] + rng.random() * 6)
    batches = [order[start : start + recipe.batch_size] for start in range(0, len(order), recipe.batch_size)]
    rng.shuffle(batches)
    return batches


def _rate(done: float, warmup: float) -> float:
    """Share of the peak learning rate when `done` (0 to 1) of the training is over: up, then down to LAST_RATE."""
    return min(done / warmup + 0.01, max(LAST_RATE, (1.02 - done) / (1.02 - warmup)))


class _Mean:
    """The mean of variables over the steps that were added."""

    def __init__(self, variables: Sequence[Any]) -> None:
        self._variables = variables
        self._sums = [np.zeros(each.shape, dtype=np.float64) for each in variables]
        self._steps = 0

    def add(self) -> None:
        self._steps += 1
        for total, each in zip(self._sums, self._variables):
            total += each.numpy()

    def put_back(self) -> None:
        """Give the variables their means."""
        for total, each in zip(self._sums, self._variables):
            each.assign((total / self._steps).astype(np.float32))


def fine_tune(
    bert: Any,
    tokenizer: Any,
    texts: Sequence[str],
    prepare: Callable[[str], str],
    labels: np.ndarray,
    classes: int,
    recipe: Recipe,
    progress: Callable[[str], None] = lambda line: None,
) -> tuple[np.ndarray, np.ndarray]:
    """Train `bert` in place on `texts` (as people wrote them; `prepare` normalises) and `labels` (0..classes-1).

    Returns the head: weights of shape (384, classes) and bias of shape (classes,).
    """
    import tensorflow as tf

    tf.random.set_seed(recipe.random_seed)
    np.random.seed(recipe.random_seed)
    rng = random.Random(recipe.random_seed)  # noqa: S311  (nothing secret)
    layers = bert.bert.encoder.layer[recipe.frozen_layers :]
    encoder_weights = [weight for layer in layers for weight in layer.trainable_weights]
    initial = tf.random.normal([384, classes], stddev=0.05, seed=recipe.random_seed)
    weights, bias = tf.Variable(initial), tf.Variable(tf.zeros([classes]))
    encoder_optimizer = tf.keras.optimizers.Adam(recipe.learning_rate, clipnorm=1.0)
    head_optimizer = tf.keras.optimizers.Adam(recipe.head_learning_rate)
    share = tf.keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
    signature = [
        tf.TensorSpec([None, None, None], tf.float32),
        tf.TensorSpec([None, None], tf.int32),
        tf.TensorSpec([None], tf.int32),
    ]

    @tf.function(input_signature=signature)
    def train_step(hidden: Any, mask: Any, target: Any) -> Any:
        with tf.GradientTape() as tape:
            vectors = run_layers(layers, hidden, mask)
            pooled = tf.nn.dropout(mean_pool(vectors, mask) * SCALE, recipe.dropout)
            logits = pooled @ weights + bias
            loss = share(tf.one_hot(target, classes), logits)
        gradients = tape.gradient(loss, [*encoder_weights, weights, bias])
        encoder_optimizer.apply_gradients(zip(gradients[:-2], encoder_weights))
        head_optimizer.apply_gradients(zip(gradients[-2:], [weights, bias]))
        return loss, tf.gather(tf.nn.softmax(logits), target, batch_dims=1)

    reader = _Reader(bert, tokenizer, recipe.frozen_layers)
    plain = reader.read([prepare(text) for text in texts])
    sureness = np.zeros(len(texts), dtype=np.float32)
    mean = _Mean([*encoder_weights, weights, bias])
    for epoch in range(recipe.epochs):
        losses = []
        batches = _batches([len(each) for each in plain], sureness, recipe, rng)
        slipped = [i for chosen in batches for i in chosen if rng.random() < recipe.typo_share]
        noisy = dict(zip(slipped, reader.read([prepare(with_typos(texts[i], rng)) for i in slipped])))
        for number, chosen in enumerate(batches, 1):
            hidden, mask = _padded([noisy.get(i, plain[i]) for i in chosen])
            done = (epoch + (number - 1) / len(batches)) / recipe.epochs
            rate = _rate(done, recipe.warmup)
            encoder_optimizer.learning_rate.assign(rate * recipe.learning_rate)
            head_optimizer.learning_rate.assign(rate * recipe.head_learning_rate)
            loss, sure = train_step(hidden, mask, labels[chosen])
            losses.append(float(loss))
            sureness[chosen] = sure.numpy()
            if done >= 1 - AVERAGED:
                mean.add()
            if number % 40 == 0 or number == len(batches):
                recent = float(np.mean(losses[-40:]))
                progress(f"epoch {epoch + 1}/{recipe.epochs}  step {number}/{len(batches)}  loss {recent:.3f}")
    mean.put_back()
    return weights.numpy(), bias.numpy()


SCALE = 8.0
"""Sentence vectors have length 1; scaled up so that a softmax over their products can be sure of itself."""
