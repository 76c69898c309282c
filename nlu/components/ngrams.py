"""The classifier's second voice: which words and bits of words a message is made of.

Linear logistic models over TF-IDF of words, pairs of words and runs of letters. It knows nothing of meaning, so it errs
elsewhere than the sentence encoder: together they are right more often than either (docs/nlu.md has the figures).
"""

from __future__ import annotations

import warnings
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

    def __init__(self, features: FeatureUnion, model: SGDClassifier) -> None:
        self._features = features
        self._model = model

    @classmethod
    def fit(cls, texts: Sequence[str], targets: np.ndarray, random_seed: int) -> NgramClassifier:
        """Learn from `texts` and `targets` (0..classes-1). Some seconds for ten thousand texts."""
        features = make_union(
            TfidfVectorizer(token_pattern=_WORD, ngram_range=(1, 2), min_df=2, sublinear_tf=True, dtype=np.float32),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), min_df=3, sublinear_tf=True, dtype=np.float32),
        )
        model = SGDClassifier(
            loss="log_loss", alpha=5e-6, max_iter=12, tol=None, average=True, random_state=random_seed, n_jobs=2
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a token pattern and an analyzer of letters is on purpose
            model.fit(features.fit_transform(texts), targets)
        model.coef_ = model.coef_.astype(np.float32)
        # What was only needed to go on training is half the file.
        for name in ("standard_coef_", "standard_intercept_", "average_coef_", "average_intercept_"):
            if hasattr(model, name):
                delattr(model, name)
        for _, each in features.transformer_list:
            each.__dict__.pop("stop_words_", None)
        return cls(features, model)

    def log_probabilities(self, texts: Sequence[str]) -> np.ndarray:
        """Logarithms of the probabilities, shape (texts, classes)."""
        return np.log(np.maximum(self._model.predict_proba(self._features.transform(texts)), 1e-6))

    def save(self, file: Path) -> None:
        joblib.dump((self._features, self._model), file, compress=3)

    @classmethod
    def load(cls, file: Path) -> NgramClassifier:
        return cls(*joblib.load(file))
