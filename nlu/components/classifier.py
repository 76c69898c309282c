"""The theme classifier: a fine-tuned sentence encoder with a softmax head, as one Rasa graph component."""

from __future__ import annotations

import json
import logging
from typing import Any

import numpy as np
from components.encoder import compile_encoder, load_bert, load_tokenizer, tokenise, weights_folder
from components.finetune import SCALE, Recipe, fine_tune
from components.text import normalise, pieces
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

logger = logging.getLogger(__name__)

WARM_UP = ("hello", "i can't stop thinking that they will leave me one day, and i don't know what to do about it")
SAFETY = ("crisis", "abuse")
WHOLE_WEIGHT = 0.5
"""Share of the whole message beside its pieces, in a long one."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SentenceEncoderClassifier(IntentClassifier, GraphComponent):
    """Says which label a message has. Long messages are read piece by piece as well, so that one sentence counts."""

    @staticmethod
    def required_packages() -> list[str]:
        return ["tensorflow", "transformers"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`weights`: folder or hub name of the encoder (None: the packaged one); the rest is the training recipe."""
        return {"weights": None, "temperature": 1.0, **Recipe().__dict__}

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, labels: list[str] | None = None
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._labels = labels or []
        self._head: tuple[np.ndarray, np.ndarray] | None = None
        self._folder = weights_folder(config["weights"])
        self._tokenizer = load_tokenizer(self._folder)
        self._bert = load_bert(self._folder)
        self._encode: Any = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoderClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fine-tune encoder and head on the intent examples, and store what changed."""
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        self._labels = sorted({example.get(INTENT) for example in examples})
        number = {label: index for index, label in enumerate(self._labels)}
        texts = [normalise(example.get(TEXT)) for example in examples]
        targets = np.array([number[example.get(INTENT)] for example in examples], dtype=np.int32)
        recipe = Recipe(**{name: self._config[name] for name in Recipe().__dict__})
        self._head = fine_tune(
            self._bert, self._tokenizer, texts, targets, len(self._labels), recipe, lambda line: print(line, flush=True)
        )
        self._persist(recipe)
        return self._resource

    def _changed_weights(self, frozen_layers: int) -> list[Any]:
        layers = self._bert.bert.encoder.layer[frozen_layers:]
        return [weight for layer in layers for weight in layer.weights]

    def _persist(self, recipe: Recipe) -> None:
        assert self._head is not None
        with self._model_storage.write_to(self._resource) as folder:
            arrays = {f"w{i}": weight.numpy() for i, weight in enumerate(self._changed_weights(recipe.frozen_layers))}
            np.savez(folder / "weights.npz", head=self._head[0], bias=self._head[1], **arrays)
            about = {"labels": self._labels, "frozen_layers": recipe.frozen_layers}
            (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SentenceEncoderClassifier:
        """The trained component, warmed up: the first message is answered as fast as the rest."""
        with model_storage.read_from(resource) as folder:
            about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
            component = cls(config, model_storage, resource, about["labels"])
            with np.load(folder / "weights.npz") as arrays:
                component._head = (arrays["head"], arrays["bias"])
                for index, weight in enumerate(component._changed_weights(about["frozen_layers"])):
                    weight.assign(arrays[f"w{index}"])
        component._rank(list(WARM_UP))
        return component

    def _rank(self, texts: list[str]) -> np.ndarray:
        """Probabilities of shape (texts, labels) for normalised texts."""
        assert self._head is not None
        if self._encode is None:
            self._encode = compile_encoder(self._bert)
        vectors = self._encode(*tokenise(self._tokenizer, texts)).numpy()
        logits = (vectors * SCALE @ self._head[0] + self._head[1]) / self._config["temperature"]
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def _of_message(self, text: str) -> np.ndarray:
        """Probabilities of one message. Danger in one piece of a long message is as loud as if it stood alone."""
        parts = pieces(text)
        rows = self._rank([normalise(part) for part in [text, *parts]])
        if not parts:
            return rows[0]
        combined = WHOLE_WEIGHT * rows[0] + (1 - WHOLE_WEIGHT) * rows[1:].mean(axis=0)
        for label in SAFETY:
            index = self._labels.index(label)
            combined[index] = max(combined[index], rows[:, index].max())
        return combined / combined.sum()

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and full ranking of each message."""
        for message in messages:
            probabilities = self._of_message(message.get(TEXT) or "")
            order = np.argsort(-probabilities)
            ranking = [{"name": self._labels[i], "confidence": float(probabilities[i])} for i in order]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing comes after this component; the examples stay as they are."""
        return training_data
