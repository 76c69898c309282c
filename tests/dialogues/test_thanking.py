"""What somebody writes about a kindness becomes a message to the one who did it."""

from __future__ import annotations

import pytest

from dialogues.thanking import shape

BEGIN = "Something I've been meaning to say. "


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("she made me tea when i was tired", f"{BEGIN}You made me tea when I was tired. Thank you."),
        ("thank you for waiting with me because i was scared", "Thank you for waiting with me because I was scared."),
        ("You called me back, busy as you were.", f"{BEGIN}You called me back, busy as you were. Thank you."),
        (
            "my husband did the dishes because he saw i was tired",
            f"{BEGIN}You did the dishes because you saw I was tired. Thank you.",
        ),
        ("making me laugh on tuesday", "Thank you for making me laugh on tuesday."),
        ("I want to thank him for fixing my bike", "Thank you for fixing my bike."),
        ("he always listens to me", f"{BEGIN}You always listen to me. Thank you."),
        ("he's been so patient", f"{BEGIN}You have been so patient. Thank you."),
        ("tell her that she is patient with me", f"{BEGIN}You are patient with me. Thank you."),
        ("i liked the soup you made", f"{BEGIN}I liked the soup you made. Thank you for that."),
        ("for being there", "Thank you for being there."),
        ("thanks", None),
        ("him", None),
        ("", None),
        ("...", None),
    ],
)
def test_words_become_a_message(words: str, message: str | None) -> None:
    assert shape(words) == message
