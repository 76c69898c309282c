"""The numbers given to people in danger: what is shown, how it is said, that no digit changes unnoticed."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from dialogues.helplines import (
    DEFAULT_PATH,
    MAX_AGE_DAYS,
    Country,
    Helplines,
    Kind,
    Service,
    describe,
    due,
    load_helplines,
    needs_finder,
    problems,
)

TODAY = date(2026, 12, 1)
LINES = load_helplines()
SERVICES = [service for country in LINES.countries for service in country.services]
each_country = pytest.mark.parametrize("country", LINES.countries, ids=lambda country: country.code)

# The second entry of every number, typed from the care notes apart from the file. Whoever changes a number
# there changes it here too, so that a slip in one fails. E emergency, C crisis, A abuse, P perpetrator;
# mark; then phone, t: text, w: WhatsApp, @ site.
SECOND_ENTRY = """
US E 911 | C V 988 t:988 @988lifeline.org | A V 1-800-799-7233 t:START to 88788 @thehotline.org
CA E 911 | C V 9-8-8 t:9-8-8 | A V @sheltersafe.ca | A S 1-866-863-0511
GB E 999 | C V 116 123 | C S t:SHOUT to 85258 | A S 0808 2000 247 | A S 0808 801 0327 | P V 0808 802 4040
IE E 112/999 | C V 116 123 | A V 1800 341 900
AU E 000 | C V 13 11 14 t:0477 13 11 14 | A V 1800 737 732 | A S t:0458 737 732
NZ E 111 | C V 1737 t:1737 | C S 0508 828 865 | A S 0800 456 450
DE E 112/110 | C S 0800 1110111 | C S 0800 1110222 | A V 116 016 @hilfetelefon.de
AT E 112/133 | C S 142 | A S 0800 222 555
CH E 112/117 | C V 143 | A S @opferhilfe-schweiz.ch | A U 142
FR E 112/17 | C V 3114 | A S 3919
BE E 112/101 | C S 1813 | C S 0800 32 123 | C S 02 648 40 14 | A V 1712 | A V 0800 30 030
NL E 112 | C S 113 @113.nl | C S 0800-0113 | A V 0800-2000
ES E 112 | C S 024 | A S 016 w:600 000 016
PT E 112 | C S 1411 | A V 800 202 148 t:3060
IT E 112 | C S 02 2327 2327 w:324 011 7252 | A S 1522
SE E 112 | C S 90101 | A V 020-50 50 50
NO E 112/113 | C S 116 123 | C S 22 40 00 40 | A S 116 006
DK E 112 | C S 70 201 201 | A V 1888
FI E 112 | C V 09 2525 0111 | C V 09 2525 0116 | A V 080 005 005
PL E 112 | C S 800 70 2222 | C S 116 123 | A S 800 12 00 02
IN E 112 | C S 14416 | C S 1800-89-14416 | A S 181
ZA E 112/10111 | C V 0800 567 567 | A V 0800 428 428 | A V *120*7867#
BR E 192/190 | C S 188 | A S 180
MX E 911 | C S 55 5259 8121 | A S 079 option 1
AR E 911 | C S 135 | A S 144
JP E 110/119 | C S 0120-279-338 | C S 0800-300-8355 | A V 0120-279-889 | A V #8008
KR E 112/119 | C S 109 | A S 1366
SG E 999/995 | C S 1767 w:9151 1767 | A S 1800 777 0000
UA E 112 | C V 7333 | A S 15 47
IL E 100/101 | C S 1201 | A S 118
"""

WRONG = "1-800-273-8255, 1800-221-4444, 141, 1393, 0570-0-55210, 08000 116 016, 1850 60 90 90, 801 12 00 02"
WRONG += ", 199 284 284, 0800 150 150, 1552"
"""Numbers that circulate although they changed or never were right; they stand nowhere, in notes neither."""


def entry(service: Service) -> str:
    parts = [service.kind[0].upper(), service.status, service.phone, service.menu]
    parts += [service.text and f"t:{service.text}", service.whatsapp and f"w:{service.whatsapp}"]
    parts += [f"@{site}" for site in (service.chat, service.web) if site]
    return " ".join(part for part in parts if part)


def service(**fields: Any) -> Service:
    base = {"kind": "crisis", "name": "Line", "source": "a.org", "verified_on": TODAY, "status": "V"}
    return Service.model_validate(base | fields)


def sample(**fields: Any) -> Helplines:
    """One country with a V, an S and a U line, all dated today; `fields` change the V line."""
    lines = (service(phone="1", **fields), service(phone="2", status="S"), service(phone="3", status="U"))
    update: dict[str, Any] = {"services": lines, "emergency_verified_on": TODAY, "emergency_status": "V"}
    finder = LINES.finder.model_copy(update={"verified_on": TODAY, "status": "V"})
    country = LINES.countries[0].model_copy(update=update)
    return Helplines(finder=finder, child_finder=finder, countries=(country,))


def test_every_number_equals_its_second_entry() -> None:
    shipped = {
        " | ".join([f"{at.code} E {'/'.join(at.emergency)}", *map(entry, at.services)]) for at in LINES.countries
    }
    assert shipped == set(SECOND_ENTRY.strip().splitlines())
    sites = [LINES.finder.url, LINES.child_finder.url]
    assert sites == ["findahelpline.com", "childhelplineinternational.org"]


@each_country
def test_nobody_is_left_without_an_answer(country: Country) -> None:
    assert country.emergency
    for kind in get_args(Kind):
        shown = country.services_for(kind)
        assert shown or needs_finder(shown)
        assert all(each.status != "U" and each.kind == kind for each in shown)
    assert any(each.phone for each in country.services_for("crisis"))
    assert country.services_for("abuse")


def test_an_unconfirmed_line_is_kept_but_never_shown() -> None:
    (country,) = sample().countries
    assert [each.phone for each in country.services] == ["1", "2", "3"]
    assert [each.phone for each in country.services_for("crisis")] == ["1", "2"]
    assert country.services_for("child") == ()


@pytest.mark.parametrize("number", WRONG.split(", "))
def test_wrong_numbers_stand_nowhere(number: str) -> None:
    digits = r"[ .-]?".join(re.sub(r"\D", "", number))
    assert not re.search(rf"(?<!\d)(?<!\d[ -]){digits}(?![ -]?\d)", DEFAULT_PATH.read_text("utf-8"))


def test_the_finder_belongs_beside_all_but_confirmed_lines() -> None:
    confirmed, second_hand, _ = sample().countries[0].services
    assert [needs_finder(each) for each in ((), (confirmed, second_hand), (confirmed,))] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("each", SERVICES, ids=describe)
def test_a_line_fits_a_phone_screen_and_says_every_way_in(each: Service) -> None:
    line = describe(each)
    assert len(line) <= 160
    ways = (each.phone, each.text, each.whatsapp, each.chat, each.web, each.menu)
    assert all(way in line for way in ways if way)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"phone": "116 123", "hours": "24 h"}, "Line: call 116 123, any time"),
        ({"phone": "988", "text": "988", "chat": "988.org"}, "Line: call or text 988, or chat at 988.org"),
        ({"phone": "1", "text": "GO to 2", "web": "a.org"}, "Line: call 1, text GO to 2, or see a.org"),
        ({"phone": "016", "hours": "24 h", "whatsapp": "6 0"}, "Line: call 016, any time, or WhatsApp 6 0"),
        ({"phone": "02 3", "hours": "9-24 h", "audience": "men"}, "Line (men): call 02 3 (9-24 h)"),
        ({"phone": "079", "menu": "option 1"}, "Line: call 079 (option 1)"),
        ({"phone": "#8008"}, "Line: dial #8008"),
        ({"web": "a.org"}, "Line: see a.org"),
    ],
)
def test_how_a_line_is_said(fields: dict[str, str], said: str) -> None:
    assert describe(service(**fields)) == said


def test_the_shipped_file_has_no_problem_on_the_day_of_its_newest_date() -> None:
    assert problems(LINES, max(each.verified_on for each in SERVICES)) == []


def test_problems_name_the_line() -> None:
    assert problems(sample(), TODAY) == []
    assert problems(sample(source=" "), TODAY) == ["US crisis Line (call 1): source is missing"]
    limit = TODAY - timedelta(days=MAX_AGE_DAYS)
    assert problems(sample(verified_on=limit), TODAY) == []
    old = problems(sample(verified_on=limit - timedelta(days=1)), TODAY)
    assert old == ["US crisis Line (call 1): verified_on 2026-06-03 is over 180 days old"]
    ahead = problems(sample(verified_on=TODAY + timedelta(days=1)), TODAY)
    assert ahead == ["US crisis Line (call 1): verified_on 2026-12-02 is in the future"]
    assert len(problems(sample(), TODAY + timedelta(days=MAX_AGE_DAYS + 1))) == 6


def test_due_lists_what_a_person_has_to_confirm() -> None:
    rows = [(row.contact, row.reason, row.days_left) for row in due(sample(), TODAY)]
    assert rows == [("call 2", "second-hand", 180), ("call 3", "not confirmed", 180)]
    old = due(sample(verified_on=date(2026, 1, 1)), TODAY)[0]
    assert (old.contact, old.reason, old.days_left) == ("call 1", "over 180 days old", -154)


@each_country
def test_a_country_is_found_by_what_people_type(country: Country) -> None:
    flag = "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in country.code)
    for typed in (country.name, country.code, flag, *country.aliases, f" {country.name.upper()}! "):
        assert LINES.find(typed) is country
    assert LINES.country(country.code.lower()) is country
    assert LINES.country("XX") is None


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        ("GB", "uk, U.K., England, Scotland, northern ireland, I'm in the UK"),
        ("US", "usa, U.S.A., us, America, the States"),
        ("ES", "Espana, ESPAÑA"),
        ("DE", "from Deutschland, Deutschland!"),
        ("NL", "the Netherlands, Holland"),
        ("IN", "भारत"),
        ("NO", "NO, Norge"),
    ],
)
def test_aliases(code: str, typed: str) -> None:
    for word in typed.split(", "):
        assert LINES.find(word) is LINES.country(code), word


@pytest.mark.parametrize("typed", ["", "!", "the", "no", "in", "it", "New Mexico", "north korea"])
def test_no_country_is_guessed(typed: str) -> None:
    assert LINES.find(typed) is None


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('phone: "988"', "phone: 988", r"countries\.0\.services\.0\.phone:"),
        ('phone: "988"', 'phone: "+988"', r"countries\.0\.services\.0\.phone:"),
        ('phone: "988"', 'phon: "988"', r"countries\.0\.services\.0\.phon:"),
        ('emergency: ["911"]', "emergency: []", r"countries\.0\.emergency:"),
        ('code: "CA"', 'code: "US"', "country US stands twice"),
        ("aliases: [kanada, ", "aliases: [usa, ", "'usa' means both US and CA"),
        ("verified_on: 2026-11-24", "verified_on: 2026-13-24", "cannot be read"),
        ("countries:", "countries: [", "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    path = tmp_path / "lines.yaml"
    path.write_text(DEFAULT_PATH.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(ValueError, match=rf"lines\.yaml:\d+: .*{complaint}"):
        load_helplines(path)


def test_a_missing_or_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lines.yaml"
    with pytest.raises(ValueError, match=r"lines\.yaml: cannot be read"):
        load_helplines(path)
    path.touch()
    with pytest.raises(ValueError, match=r"lines\.yaml:1: \(whole file\)"):
        load_helplines(path)


def test_a_service_must_be_reachable_and_stays_as_it_is() -> None:
    with pytest.raises(ValidationError, match="at least one of phone"):
        service()
    with pytest.raises(ValidationError, match="frozen"):
        service(phone="1").phone = "2"  # type: ignore[misc]
