"""Fine-tuning of the sentence encoder together with a softmax head over the labels. Pure TensorFlow, no Rasa."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from components.encoder import mean_pool, tokenise

_NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk", "k": "jl",
    "l": "ko", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb",
    "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """How to train: passes over the data, examples a step, peak learning rates, and what stays frozen."""

    epochs: int = 3
    batch_size: int = 32
    learning_rate: float = 1e-4
    head_learning_rate: float = 2e-3
    warmup: float = 0.1
    frozen_layers: int = 2
    dropout: float = 0.1
    label_smoothing: float = 0.05
    typo_share: float = 0.25
    easy: float = 0.9
    """An example that was this sure in the last pass is left out of the next one ..."""
    easy_share_kept: float = 0.4
    """... but for this share of them, so that nothing is forgotten: the time goes to what is still hard."""
    random_seed: int = 7


def with_typos(text: str, rng: random.Random) -> str:
    """`text` as a hurried thumb types it: one or two letters swapped, dropped, doubled or hit beside."""
    chars = list(text)
    for _ in range(rng.randint(1, 2 if len(chars) < 60 else 4)):
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


def _batches(
    tokenizer: Any, texts: list[str], sureness: np.ndarray, recipe: Recipe, rng: random.Random
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """One epoch in shuffled batches (ids, mask, numbers of the examples) of texts of similar length, so that little
    is spent on padding. `sureness`: probability of the right label in the last pass, per example.
    """
    noisy = [with_typos(text, rng) if rng.random() < recipe.typo_share else text for text in texts]
    kept = [i for i in range(len(texts)) if sureness[i] < recipe.easy or rng.random() < recipe.easy_share_kept]
    order = sorted(kept, key=lambda i: len(noisy[i]) + rng.random() * 24)
    starts = list(range(0, len(order), recipe.batch_size))
    rng.shuffle(starts)
    result = []
    for start in starts:
        chosen = order[start : start + recipe.batch_size]
        ids, mask = tokenise(tokenizer, [noisy[i] for i in chosen])
        result.append((ids, mask, np.array(chosen)))
    return result


def _rate(done: float, warmup: float) -> float:
    """Share of the peak learning rate when `done` (0 to 1) of the training is over: up, then down in a line."""
    return min(done / warmup + 0.01, (1.02 - done) / (1.02 - warmup))


def fine_tune(
    bert: Any,
    tokenizer: Any,
    texts: list[str],
    labels: np.ndarray,
    classes: int,
    recipe: Recipe,
    progress: Callable[[str], None] = lambda line: None,
) -> tuple[np.ndarray, np.ndarray]:
    """Train `bert` in place on `texts` (normalised) and `labels` (int, 0..classes-1).

    Returns the head: weights of shape (384, classes) and bias of shape (classes,).
    """
    import tensorflow as tf

    tf.random.set_seed(recipe.random_seed)
    np.random.seed(recipe.random_seed)
    rng = random.Random(recipe.random_seed)  # noqa: S311  (nothing secret)
    core = bert.bert
    core.embeddings.trainable = False
    for layer in core.encoder.layer[: recipe.frozen_layers]:
        layer.trainable = False
    encoder_weights = [w for layer in core.encoder.layer[recipe.frozen_layers :] for w in layer.trainable_weights]
    initial = tf.random.normal([384, classes], stddev=0.05, seed=recipe.random_seed)
    weights, bias = tf.Variable(initial), tf.Variable(tf.zeros([classes]))
    encoder_optimizer = tf.keras.optimizers.Adam(recipe.learning_rate, clipnorm=1.0)
    head_optimizer = tf.keras.optimizers.Adam(recipe.head_learning_rate)
    share = tf.keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
    signature = [
        tf.TensorSpec([None, None], tf.int32),
        tf.TensorSpec([None, None], tf.int32),
        tf.TensorSpec([None], tf.int32),
    ]

    @tf.function(input_signature=signature)
    def train_step(ids: Any, mask: Any, target: Any) -> Any:
        with tf.GradientTape() as tape:
            hidden = bert(input_ids=ids, attention_mask=mask, training=True).last_hidden_state
            pooled = tf.nn.dropout(mean_pool(hidden, mask) * SCALE, recipe.dropout)
            logits = pooled @ weights + bias
            loss = share(tf.one_hot(target, classes), logits)
        gradients = tape.gradient(loss, [*encoder_weights, weights, bias])
        encoder_optimizer.apply_gradients(zip(gradients[:-2], encoder_weights))
        head_optimizer.apply_gradients(zip(gradients[-2:], [weights, bias]))
        return loss, tf.gather(tf.nn.softmax(logits), target, batch_dims=1)

    sureness = np.zeros(len(texts), dtype=np.float32)
    for epoch in range(recipe.epochs):
        losses = []
        batches = _batches(tokenizer, texts, sureness, recipe, rng)
        for number, (ids, mask, chosen) in enumerate(batches, 1):
            rate = _rate((epoch + (number - 1) / len(batches)) / recipe.epochs, recipe.warmup)
            encoder_optimizer.learning_rate.assign(rate * recipe.learning_rate)
            head_optimizer.learning_rate.assign(rate * recipe.head_learning_rate)
            loss, sure = train_step(ids, mask, labels[chosen])
            losses.append(float(loss))
            sureness[chosen] = sure.numpy()
            if number % 40 == 0 or number == len(batches):
                recent = float(np.mean(losses[-40:]))
                progress(f"epoch {epoch + 1}/{recipe.epochs}  step {number}/{len(batches)}  loss {recent:.3f}")
    return weights.numpy(), bias.numpy()


SCALE = 8.0
"""Sentence vectors have length 1; scaled up so that a softmax over their products can be sure of itself."""
