"""The theme classifier as one Rasa graph component: a fine-tuned sentence encoder and an n-gram model, asked together."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from components.encoder import compile_encoder, load_bert, load_tokenizer, weights_folder, windows
from components.finetune import SCALE, Recipe, fine_tune, with_typos
from components.ngrams import NgramClassifier
from components.spelling import Speller, own_words
from components.text import normalise, pieces
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

WARM_UP = ("hello", "i can't stop thinking that they will leave me one day, and i don't know what to do about it")
SAFETY = ("crisis", "abuse")
LOUD = 0.9
"""From here danger in one piece of a long message counts."""
THINKABLE = 0.05
"""A piece is asked about only where the n-gram model holds danger this likely: none that both models together held
dangerous had less than 0.11."""


def _say(line: str) -> None:
    print(line, flush=True)


def combine(labels: Sequence[str], rows: np.ndarray) -> np.ndarray:
    """Probabilities of one message from those of the whole (first row) and of its pieces (the others, if any).

    What a message is about, the whole says best. Danger in one piece is as loud as if that piece stood alone.
    """
    result = rows[0].copy()
    for index in [labels.index(label) for label in SAFETY]:
        loudest = rows[:, index].max()
        if loudest >= max(LOUD, result[index]):
            result *= (1 - loudest) / max(1 - result[index], 1e-9)
            result[index] = loudest
    return result / result.sum()


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Probabilities along the last axis."""
    powers = np.exp((logits - logits.max(axis=-1, keepdims=True)) / temperature)
    return powers / powers.sum(axis=-1, keepdims=True)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ThemeClassifier(IntentClassifier, GraphComponent):
    """Says which label a message has. Long messages are read piece by piece as well, so that one sentence counts."""

    @staticmethod
    def required_packages() -> list[str]:
        return ["tensorflow", "transformers", "symspellpy", "sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`weights`: folder or hub name of the encoder (None: the packaged one). `encoder_share`: its say beside the
        n-gram model, 0 to 1. `temperature`: above 1 makes all less sure. The rest is the training recipe.
        """
        return {"weights": None, "encoder_share": 0.55, "temperature": 1.0, **Recipe().__dict__}

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._config = config
        self._recipe = Recipe(**{name: config[name] for name in Recipe().__dict__})
        self._model_storage = model_storage
        self._resource = resource
        folder = weights_folder(config["weights"])
        self._tokenizer = load_tokenizer(folder)
        self._bert = load_bert(folder)
        self.labels: list[str] = []
        self._own_words: dict[str, int] = {}
        self._speller: Speller | None = None
        self._head: tuple[np.ndarray, np.ndarray] | None = None
        self._ngrams: NgramClassifier | None = None
        self._encode: Any = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ThemeClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the intent examples, and store what changed."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        self.fit([example.get(TEXT) for example in examples], [example.get(INTENT) for example in examples])
        self._persist()
        return self._resource

    def fit(self, texts: Sequence[str], truth: Sequence[str], progress: Callable[[str], None] = _say) -> None:
        """Learn the words of `texts`, the n-gram model, and encoder and head."""
        self.labels = sorted(set(truth))
        self._own_words = own_words(normalise(text) for text in texts)
        self._speller = Speller(self._own_words)
        targets = np.array([self.labels.index(label) for label in truth], dtype=np.int32)
        progress("n-grams ...")
        rng = random.Random(self._recipe.random_seed)  # noqa: S311  (nothing secret)
        slipped = [with_typos(text, rng) for text in texts]
        self._ngrams = NgramClassifier.fit(
            [self._prepare(text) for text in [*texts, *slipped]], np.tile(targets, 2), self._recipe.random_seed
        )
        progress("encoder ...")
        self._head = fine_tune(
            self._bert, self._tokenizer, texts, self._prepare, targets, len(self.labels), self._recipe, progress
        )

    def _prepare(self, text: str) -> str:
        assert self._speller is not None
        return normalise(text, self._speller.correct)

    def _changed_weights(self, frozen_layers: int) -> list[Any]:
        layers = self._bert.bert.encoder.layer[frozen_layers:]
        return [weight for layer in layers for weight in layer.weights]

    def _persist(self) -> None:
        assert self._head is not None
        assert self._ngrams is not None
        frozen = self._recipe.frozen_layers
        with self._model_storage.write_to(self._resource) as folder:
            arrays = {f"w{i}": weight.numpy() for i, weight in enumerate(self._changed_weights(frozen))}
            np.savez(folder / "weights.npz", head=self._head[0], bias=self._head[1], **arrays)
            self._ngrams.save(folder / "ngrams.joblib")
            about = {"labels": self.labels, "frozen_layers": frozen, "own_words": self._own_words}
            (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ThemeClassifier:
        """The trained component, warmed up: the first message is answered as fast as the rest."""
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
            component.labels = about["labels"]
            component._speller = Speller(about["own_words"])
            component._ngrams = NgramClassifier.load(folder / "ngrams.joblib")
            with np.load(folder / "weights.npz") as arrays:
                component._head = (arrays["head"], arrays["bias"])
                for index, weight in enumerate(component._changed_weights(about["frozen_layers"])):
                    weight.assign(arrays[f"w{index}"])
        component.logits(WARM_UP[0])
        component.logits(" ".join(WARM_UP * 3))
        return component

    def logits(self, text: str) -> np.ndarray:
        """Logits of shape (1 + pieces, labels): the whole message, then the pieces of a long one that may hold danger.

        Both models' logarithms of probabilities, weighted: where one of them rules a label out, it is out.
        """
        assert self._ngrams is not None
        whole, *parts = [self._prepare(part) for part in [text, *pieces(text)]]
        spoken = self._ngrams.log_probabilities([whole, *parts])
        dangerous = spoken[1:, [self.labels.index(label) for label in SAFETY]].max(axis=1) >= np.log(THINKABLE)
        thinkable = [number for number, found in enumerate(dangerous) if found]
        spoken = spoken[[0, *(number + 1 for number in thinkable)]]
        share = self._config["encoder_share"]
        return share * np.log(softmax(self._encoder_logits(parts or [whole], thinkable))) + (1 - share) * spoken

    def _encoder_logits(self, parts: Sequence[str], wanted: Sequence[int]) -> np.ndarray:
        """Logits of the text that the parts make up, as far as the first window goes, and of the wanted parts within it."""
        assert self._head is not None
        if self._encode is None:
            self._encode = compile_encoder(self._bert)
        vectors = []
        for number, (ids, places) in enumerate(windows(self._tokenizer, parts)):
            shares = [np.full(len(ids), 1 / len(ids), dtype=np.float32)] if number == 0 else []
            for place in [place for part, place in places if part in wanted]:
                shares.append(np.zeros(len(ids), dtype=np.float32))
                shares[-1][place] = 1 / max(1, place.stop - place.start)
            if shares:
                vectors.append(self._encode(ids, np.array(shares)))
        return np.asarray(np.concatenate(vectors) * SCALE @ self._head[0] + self._head[1])

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and full ranking of each message."""
        for message in messages:
            rows = softmax(self.logits(message.get(TEXT) or ""), self._config["temperature"])
            probabilities = combine(self.labels, rows)
            order = np.argsort(-probabilities)
            ranking = [{"name": self.labels[i], "confidence": float(probabilities[i])} for i in order]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing comes after this component; the examples stay as they are."""
        return training_data
