"""`hearts check`: the picture of the guides, and what the command line prints."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from typer.testing import CliRunner

from bot import check
from bot.cli import app
from bot.graph import arrows, draw
from dialogues.content import load_content

SVG = "{http://www.w3.org/2000/svg}"


def test_the_picture_shows_every_step_and_every_branch() -> None:
    content = load_content()
    picture = Xml.fromstring(draw(content))
    texts = [element.text or "" for element in picture.iter(f"{SVG}text")]
    for guide in content.guides.values():
        assert any(text.startswith(guide.title) for text in texts)
        assert {step.id for step in guide.steps} <= set(texts)
    drawn = [path for path in picture.iter(f"{SVG}path") if path.get("marker-end")]
    assert len(drawn) == sum(len(arrows(guide)) for guide in content.guides.values())


def test_the_boxes_of_one_guide_do_not_lie_on_each_other() -> None:
    picture = Xml.fromstring(draw(load_content()))
    for group in picture.iter(f"{SVG}g"):
        boxes = [[float(box.get(key, 0)) for key in ("x", "y", "width", "height")] for box in group.iter(f"{SVG}rect")]
        for number, (x, y, width, height) in enumerate(boxes):
            for other_x, other_y, other_width, other_height in boxes[:number]:
                beside = x + width <= other_x or other_x + other_width <= x
                assert beside or y + height <= other_y or other_y + other_height <= y


def test_a_picture_that_is_out_of_date_fails_the_check(tmp_path: Path) -> None:
    picture = tmp_path / "guides.svg"
    content = load_content()
    assert "hearts check --graph" in next(check.of_picture(content, picture))
    picture.write_text(draw(content), encoding="utf-8")
    assert list(check.of_picture(content, picture)) == []
    picture.write_text(draw(content).replace("lowest", "highest"), encoding="utf-8")
    assert "not up to date" in next(check.of_picture(content, picture))


def test_the_command_draws_and_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "problems", lambda: [])
    result = CliRunner().invoke(app, ["check", "--coverage", "--graph", str(tmp_path / "all.svg")])
    assert result.exit_code == 0
    assert "healing 1.1  honest_talk" in result.output
    assert (tmp_path / "all.svg").read_text(encoding="utf-8") == draw(load_content())


def test_a_picture_that_cannot_be_written_is_told_without_a_traceback(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["check", "--graph", str(tmp_path / "no" / "all.svg")])
    assert result.exit_code == 1
    assert "Traceback" not in result.output


def test_the_command_fails_on_a_helpline_that_is_too_old_or_has_no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    content = load_content()
    first = content.helplines.countries[0]
    without = first.model_copy(update={"emergency_source": ""})
    helplines = content.helplines.model_copy(update={"countries": (without, *content.helplines.countries[1:])})
    for name in ("of_texts", "_of_guides", "_of_buttons", "_of_phrases", "_of_prompts", "_of_examples", "of_picture"):
        monkeypatch.setattr(check, name, lambda *_: ())  # what has nothing to do with helplines, and takes time
    seen = max(service.verified_on for country in content.helplines.countries for service in country.services)
    assert [line for line in check.problems(seen) if "helpline" in line or "days old" in line] == []
    assert any("is over 180 days old" in line for line in check.problems(seen + timedelta(days=181)))
    monkeypatch.setattr(check, "load_content", lambda: content.model_copy(update={"helplines": helplines}))
    assert any("US emergency" in line and "source is missing" in line for line in check.problems(seen))
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 1
    assert "source is missing" in result.output
