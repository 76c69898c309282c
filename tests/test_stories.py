"""Every conversation in `tests/stories/` goes as it says."""

from __future__ import annotations

import pytest

from tests.stories_runner import play, stories

ALL = dict(stories())


@pytest.mark.parametrize("name", list(ALL))
def test_story(name: str) -> None:
    play(ALL[name])
