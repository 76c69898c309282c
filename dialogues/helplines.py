"""The helplines given to people in danger: models of `data/helplines.yaml`, its loader, how a line is said.

Every record carries a source, a date and a mark: V (seen on the provider's or a public body's page), S
(second-hand) or U (not confirmed, never shown). The head of the file says how to verify one. The exception:
emergency numbers are shown whatever their mark, because no reply to danger may come without one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from dialogues.reading import MisplacedError, load_model

DEFAULT_PATH = Path(__file__).resolve().parent.parent / "data" / "helplines.yaml"
MAX_AGE_DAYS = 180

Kind = Literal["crisis", "abuse", "perpetrator", "child"]
Status = Literal["V", "S", "U"]
Phone = Annotated[str, Field(pattern=r"^[0-9*#][0-9*# -]*$")]
Site = Annotated[str, Field(pattern=r"^[a-z0-9.-]+\.[a-z]{2,}(/\S*)?$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
Name = Annotated[str, Field(min_length=1, max_length=60)]

_LEAD_IN = re.compile(r"^(i am |im |i live |living )?(in |from )?(the )?")
_ORDINARY_WORDS = frozenset({"at", "be", "in", "it", "no"})
"""Country codes that are words too: "no" is an answer, "NO" is Norway. They count only in capitals."""
_FLAG_LETTERS = {0x1F1E6 + i: chr(ord("A") + i) for i in range(26)}


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Record(Model):
    """What a record carries: where it was seen, when, and how sure that makes it."""

    source: str = ""
    verified_on: date
    status: Status


class Service(Record):
    """One way to get help: a line, its text number or its site, under one mark."""

    kind: Kind
    name: Name
    phone: Phone | None = None
    menu: Name | None = None
    text: Annotated[str, Field(pattern=r"^([A-Z]+ to )?[0-9][0-9 -]*$")] | None = None
    whatsapp: Phone | None = None
    chat: Site | None = None
    web: Site | None = None
    hours: Name | None = None
    languages: tuple[Language, ...] = ()
    audience: Name | None = None
    note: str = ""

    @model_validator(mode="after")
    def _can_be_reached(self) -> Service:
        if not (self.phone or self.text or self.whatsapp or self.chat or self.web):
            raise ValueError("a service needs at least one of phone, text, whatsapp, chat, web")
        return self


class Country(Model):
    """A country's emergency numbers (as dialled there, never empty) and its services in the order to show."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    name: Name
    languages: tuple[Language, ...] = Field(min_length=1)
    aliases: tuple[Name, ...] = ()
    emergency: tuple[Phone, ...] = Field(min_length=1)
    emergency_source: str = ""
    emergency_verified_on: date
    emergency_status: Status
    services: tuple[Service, ...]

    def services_for(self, kind: Kind) -> tuple[Service, ...]:
        """The services of `kind` that may be shown (V and S, never U), in file order; may be empty."""
        return tuple(service for service in self.services if service.kind == kind and service.status != "U")

    def emergency_record(self) -> Record:
        """Source, date and mark of the emergency numbers."""
        source, on, status = self.emergency_source, self.emergency_verified_on, self.emergency_status
        return Record(source=source, verified_on=on, status=status)


class Finder(Record):
    """An international directory, for a country or a kind of help that has no confirmed line here."""

    name: Name
    url: Site


class Helplines(Model):
    """All countries, with the finder to show where `needs_finder` says so and the one for child helplines."""

    finder: Finder
    child_finder: Finder
    countries: tuple[Country, ...] = Field(min_length=1)
    _codes: dict[str, Country] = PrivateAttr(default_factory=dict)
    _words: dict[str, Country] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _index(self) -> Helplines:
        for index, country in enumerate(self.countries):
            if country.code in self._codes:
                raise MisplacedError(f"country {country.code} stands twice", "countries", index)
            self._codes[country.code] = country
            codes = {country.code.lower()} - _ORDINARY_WORDS
            for word in (country.name, *country.aliases, *codes):
                other = self._words.setdefault(_plain(word), country)
                if other is not country:
                    message = f"'{word}' means both {other.code} and {country.code}"
                    raise MisplacedError(message, "countries", index, "aliases")
        return self

    def country(self, code: str) -> Country | None:
        """The country of an ISO 3166 code such as "GB", in capitals or not; None where it is not covered."""
        return self._codes.get(code.strip().upper())

    def find(self, text: str) -> Country | None:
        """The country someone typed: name, code, flag or alias, also as "in the UK"; None if unclear.

        Case, accents and punctuation do not matter. The whole text must name the country: a guess from
        part of a sentence could give the numbers of the wrong one.
        """
        code = text.translate(_FLAG_LETTERS).strip()
        if code in self._codes:
            return self._codes[code]
        plain = _plain(text)
        return self._words.get(plain) or self._words.get(_LEAD_IN.sub("", plain))


@dataclass(frozen=True)
class DueRow:
    """A line for a person to look at; `days_left` until its date is too old, negative after that."""

    country: str
    kind: str
    name: str
    contact: str
    status: Status
    source: str
    verified_on: date
    days_left: int

    @property
    def reason(self) -> str:
        """Why a person has to look at it, in a few words; empty where nobody has to."""
        if self.days_left > MAX_AGE_DAYS:
            return "in the future"
        if self.days_left < 0:
            return f"over {MAX_AGE_DAYS} days old"
        return {"V": "", "S": "second-hand", "U": "not confirmed"}[self.status]


def load_helplines(path: Path | None = None) -> Helplines:
    """The validated helplines of `path` (default: data/helplines.yaml beside this package).

    Raises ContentError, naming file, line and key, where the file cannot be read or does not fit the models.
    """
    return load_model(path or DEFAULT_PATH, Helplines)


def needs_finder(services: Collection[Service]) -> bool:
    """Whether the finder belongs beside `services`: there is none, or one of them is not marked V."""
    return not services or any(service.status != "V" for service in services)


def describe(service: Service) -> str:
    """`service` in one line, such as "988 Lifeline: call or text 988, or chat at 988lifeline.org"."""
    return f"{service.name}{f' ({service.audience})' if service.audience else ''}: {_contact(service)}"


def problems(helplines: Helplines, today: date) -> list[str]:
    """What must be mended before these helplines may be given out on `today`; empty when all is well.

    That is a missing source, a date in the future, or one over MAX_AGE_DAYS days old. An S or U alone
    is no problem: `due` lists those.
    """
    found = []
    for row in rows(helplines, today):
        where = f"{row.country} {row.kind} {row.name} ({row.contact})"
        if not row.source:
            found.append(f"{where}: source is missing")
        if not 0 <= row.days_left <= MAX_AGE_DAYS:
            found.append(f"{where}: verified_on {row.verified_on} is {row.reason}")
    return found


def due(helplines: Helplines, today: date) -> list[DueRow]:
    """The lines a person has to confirm on the live page, in file order: every S and U, and every V
    whose date is in the future or over MAX_AGE_DAYS days before `today`.
    """
    return [row for row in rows(helplines, today) if row.reason]


def rows(helplines: Helplines, today: date) -> list[DueRow]:
    """All finders, emergency numbers and services, in file order."""

    def row(where: str, kind: str, name: str, contact: str, record: Record) -> DueRow:
        left = MAX_AGE_DAYS - (today - record.verified_on).days
        return DueRow(where, kind, name, contact, record.status, record.source, record.verified_on, left)

    found = [row("all", "finder", f.name, f.url, f) for f in (helplines.finder, helplines.child_finder)]
    for at in helplines.countries:
        found.append(row(at.code, "emergency", at.name, ", ".join(at.emergency), at.emergency_record()))
        found += [row(at.code, each.kind, each.name, _contact(each), each) for each in at.services]
    return found


def _contact(service: Service) -> str:
    ways = []
    if service.phone:
        verb = "dial" if set(service.phone) & set("*#") else "call"
        if service.text == service.phone:
            verb += " or text"
        ways.append(f"{verb} {service.phone}" + (f" ({service.menu})" if service.menu else ""))
    if service.text and service.text != service.phone:
        ways.append(f"text {service.text}")
    others = (("WhatsApp", service.whatsapp), ("chat at", service.chat), ("see", service.web))
    ways += [f"{how} {where}" for how, where in others if where]
    if service.hours:
        ways[0] += ", any time" if service.hours == "24 h" else f" ({service.hours})"
    return ways[0] if len(ways) == 1 else f"{', '.join(ways[:-1])}, or {ways[-1]}"


def _plain(text: str) -> str:
    """`text` without case, accents, dots and punctuation, words one space apart."""
    letters = (char for char in unicodedata.normalize("NFKD", text) if unicodedata.category(char) != "Mn")
    return re.sub(r"[\W_]+", " ", re.sub(r"[.'’]", "", "".join(letters))).casefold().strip()
