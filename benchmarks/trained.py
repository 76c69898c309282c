"""Our classifier for Rasa's own stack, as it was trained for the bot: training it once more would take minutes for the same."""

from __future__ import annotations

import tarfile
from pathlib import Path, PurePosixPath
from typing import Any

from components.classifier import ThemeClassifier
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.training_data import TrainingData


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class TrainedThemeClassifier(ThemeClassifier):
    """A ThemeClassifier that takes over what an archived model has learned."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """As of ThemeClassifier, and `model`: the archive's path."""
        return {**ThemeClassifier.get_default_config(), "model": None}

    def train(self, training_data: TrainingData) -> Resource:
        """Unpack the archive's files of the classifier. Raises FileNotFoundError where there is no such archive."""
        with self._model_storage.write_to(self._resource) as folder, tarfile.open(self._config["model"]) as archive:
            for member in archive:
                path = PurePosixPath(member.name)
                if member.isfile() and path.parent.name.endswith("ThemeClassifier0"):
                    content = archive.extractfile(member)
                    assert content is not None
                    Path(folder / path.name).write_bytes(content.read())
        return self._resource
