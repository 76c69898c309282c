"""`hearts helplines`, and which of its lines a person in danger is ever shown."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

from bot import cli
from bot.helpline_table import listing
from dialogues.content import load_content
from dialogues.helplines import MAX_AGE_DAYS, Country, describe, needs_finder, problems
from dialogues.numbers import lines
from dialogues.state import State
from dialogues.talk import Talk
from tests.stories_runner import BEGIN

HELPLINES = load_content().helplines
TODAY = date(2026, 11, 30)
FIRST_SEEN = min(service.verified_on for country in HELPLINES.countries for service in country.services)


def test_the_table_has_all_countries_and_every_service() -> None:
    table = listing(HELPLINES, TODAY)
    assert "30 countries" in table
    for country in HELPLINES.countries:
        assert f"{country.name} ({country.code})\n" in table
        for service in country.services:
            assert service.name in table
            assert (service.phone or service.web or service.text or service.chat or "") in table


def test_what_is_due_depends_on_the_day() -> None:
    last_good = FIRST_SEEN + timedelta(days=MAX_AGE_DAYS)
    assert "0 of them over 180 days old" in listing(HELPLINES, last_good)
    assert "becomes too old in 0 days" in listing(HELPLINES, last_good)
    late = listing(HELPLINES, last_good + timedelta(days=1))
    assert "over 180 days old" in late.split("CONFIRM: ")[1]
    assert not problems(HELPLINES, last_good)
    assert problems(HELPLINES, last_good + timedelta(days=1))


def test_only_what_is_due_and_only_one_country() -> None:
    whole, due = listing(HELPLINES, TODAY), listing(HELPLINES, TODAY, only_due=True)
    assert len(due) < len(whole)
    entries = [line for line in due.splitlines() if "; seen " in line]
    assert entries
    assert all("CONFIRM" in line for line in entries)
    one = listing(HELPLINES, TODAY, country="england")
    assert "Samaritans" in one
    assert "988lifeline" not in one
    with pytest.raises(ValueError, match="Atlantis"):
        listing(HELPLINES, TODAY, country="Atlantis")


def test_the_command_prints_it() -> None:
    result = CliRunner().invoke(cli.app, ["helplines", "--country", "IE"])
    assert result.exit_code == 0
    assert "Women's Aid" in result.output
    assert CliRunner().invoke(cli.app, ["helplines", "--country", "Atlantis"]).exit_code == 1


@pytest.mark.rule("A3")
@pytest.mark.parametrize("country", HELPLINES.countries, ids=lambda country: country.code)
@pytest.mark.parametrize("kind", ["crisis", "abuse", "perpetrator", "child"])
def test_unconfirmed_lines_are_never_shown_and_second_hand_ones_with_the_finder(country: Country, kind: str) -> None:
    talk = Talk(load_content(), State(country=country.code), BEGIN)
    shown = lines(talk, country, kind)  # type: ignore[arg-type]
    for service in country.services:
        if service.status == "U":
            assert describe(service) not in shown
            assert not service.phone or f" {service.phone}," not in shown
    services = [service for service in country.services if describe(service) in shown]
    assert HELPLINES.finder.url in shown
    if needs_finder(services):
        assert talk.phrase("safety.second_hand") in shown
    assert country.emergency[0] in shown
