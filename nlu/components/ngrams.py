"""The classifier's second voice: which words and bits of words a message is made of.

Linear logistic models over TF-IDF of words, pairs of words and runs of letters. It knows nothing of meaning, so it errs
elsewhere than the sentence encoder: together they are right more often than either (docs/nlu.md has the figures).
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import joblib
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import FeatureUnion, make_union

_WORD = r"[\w']+"


class NgramClassifier:
    """`fit`, then `log_probabilities`; texts are normalised ones."""

    def __init__(self, features: FeatureUnion, weights: np.ndarray, bias: np.ndarray) -> None:
        self._features = features
        self._weights = weights
        self._bias = bias
        self._readers = []
        first = 0
        for _, each in features.transformer_list:
            self._readers.append((each.build_analyzer(), each.vocabulary_, each.idf_, first))
            first += len(each.vocabulary_)

    @classmethod
    def fit(cls, texts: Sequence[str], targets: np.ndarray, random_seed: int) -> NgramClassifier:
        """Learn from `texts` and `targets` (0..classes-1). Some seconds for ten thousand texts."""
        features = make_union(
            TfidfVectorizer(token_pattern=_WORD, ngram_range=(1, 2), min_df=2, sublinear_tf=True, dtype=np.float32),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=3, sublinear_tf=True, dtype=np.float32),
        )
        model = SGDClassifier(
            loss="log_loss", alpha=5e-6, max_iter=8, tol=None, average=True, random_state=random_seed, n_jobs=2
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a token pattern and an analyzer of letters is on purpose
            model.fit(features.fit_transform(texts), targets)
        for _, each in features.transformer_list:
            each.__dict__.pop("stop_words_", None)
        # One row a feature: a message's few features are then read in one piece of memory each.
        return cls(features, np.ascontiguousarray(model.coef_.T, dtype=np.float32), model.intercept_)

    def log_probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """Logarithms of the probabilities, shape (texts, classes)."""
        odds = np.array([self._odds(text) for text in texts])
        each = 1 / (1 + np.exp(-odds))  # one model against the rest per class; shares of their sum are probabilities
        return np.log(np.maximum(each / each.sum(axis=1, keepdims=True), 1e-6))

    def _odds(self, text: str) -> np.ndarray:
        """What `features.transform([text]) @ weights + bias` gives, in a quarter of the time: for one text at a time the
        vectorizers' matrices and checks cost more than the counting."""
        odds = self._bias
        for analyse, vocabulary, rarity, first in self._readers:
            counts = Counter(vocabulary[each] for each in analyse(text) if each in vocabulary)
            if counts:
                columns = np.fromiter(counts, dtype=np.intp)
                values = (1 + np.log(np.fromiter(counts.values(), dtype=np.float64))) * rarity[columns]
                odds = odds + values / np.sqrt(values @ values) @ self._weights[first + columns]
        return odds

    def save(self, file: Path) -> None:
        joblib.dump((self._features, self._weights, self._bias), file, compress=3)

    @classmethod
    def load(cls, file: Path) -> NgramClassifier:
        return cls(*joblib.load(file))
