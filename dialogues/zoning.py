"""Where somebody's clock is: from a city, an offset, their local time or a shared location, confirmed by one tap."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dialogues.clocks import find_zones, zone_in_words
from dialogues.events import Attachment, Text
from dialogues.places import Place
from dialogues.state import Choice
from dialogues.talk import Action, Talk, choices
from dialogues.typed import CANCEL

NEVER_MIND = (Choice(label="Never mind", action="later", words=tuple(sorted(CANCEL))),)


def ask_zone(talk: Talk, arg: str = "") -> None:
    """Ask for a place or the local time; nothing is guessed. `again`: for what waits for it."""
    if arg != "again":
        talk.update(pending=None)
    talk.say("zone.which" if talk.state.pending else "zone.which_alone", options=NEVER_MIND)
    talk.ask("zone", NEVER_MIND, no="later", free="zone")


def zone(talk: Talk, arg: str = "", event: Text | None = None) -> None:
    """A typed place, offset or local time: shown back with its clock, or asked about where the name is not the only one."""
    found = find_zones(event.text if event else arg, talk.now)
    if not found:
        talk.say("zone.not_found", options=NEVER_MIND)
        return talk.ask("zone", NEVER_MIND, no="later", free="zone")
    if len(found) == 1:
        return _confirm(talk, found[0])
    options = choices(
        [(f"{_named(place)} · {_local(talk, place.zone):%H:%M}", f"zone_is:{place.zone}") for place in found]
    )
    options += choices([("Another place", "ask_zone:again")])
    talk.say("zone.which_one", options=options)
    return talk.ask("zone_which", options, no="ask_zone:again", free="zone")


def _named(place: Place) -> str:
    return f"{place.name}, {place.inside}" if place.inside and place.inside != place.name else place.name


def _local(talk: Talk, name: str) -> datetime:
    return talk.now.astimezone(ZoneInfo(name))


def _confirm(talk: Talk, place: Place) -> None:
    options = (
        choices([("Yes, that's right", f"zone_is:{place.zone}"), ("Another place", "ask_zone:again")]) + NEVER_MIND
    )
    local = _local(talk, place.zone)
    talk.say("zone.right", options=options, clock=f"{local:%H:%M}", day=f"{local:%A}", place=_named(place))
    talk.ask("zone_right", options, yes=options[0].action, no="ask_zone:again", free="zone")


def zone_is(talk: Talk, arg: str) -> None:
    """The zone is confirmed: keep it, and go on with what waited for it, or say so."""
    from dialogues import reminding

    try:
        ZoneInfo(arg)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ask_zone(talk, "again")
    talk.update(zone=arg, focus=None)
    if talk.state.pending:
        return None
    talk.say("zone.kept", clock=f"{_local(talk, arg):%H:%M}", zone=zone_in_words(arg))
    return reminding.move_along(talk)


def located(talk: Talk, event: Attachment) -> bool:
    """Offer the zone of a shared location, unless something more important is open; True where it was offered."""
    focus = talk.state.focus
    if event.zone is None or talk.state.danger or talk.state.minor or (focus and focus.name == "step"):
        return False
    if not (focus and focus.name.startswith("zone")):
        talk.update(pending=None)
    _confirm(talk, Place(zone_in_words(event.zone), event.zone))
    return True


ACTIONS: dict[str, Action] = {"ask_zone": ask_zone, "zone_is": zone_is}
FREE = {"zone": zone}
