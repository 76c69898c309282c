"""`hearts helplines`: the table of data/helplines.yaml, with what a person has to confirm."""

from __future__ import annotations

from datetime import date

from dialogues.helplines import MAX_AGE_DAYS, DueRow, Helplines, rows

HIDDEN = {"U": "never shown", "S": "shown with the finder", "V": "shown"}


def listing(helplines: Helplines, today: date, only_due: bool = False, country: str | None = None) -> str:
    """The lines on `today`, a block a country, and a summary. Raises ValueError for a country that is not there."""
    chosen = helplines.country(country) or helplines.find(country) if country else None
    if country and chosen is None:
        raise ValueError(f"There is no country '{country}' in data/helplines.yaml.")
    everything = rows(helplines, today)
    shown = [
        row for row in everything if (chosen is None or row.country == chosen.code) and (not only_due or row.reason)
    ]
    names = {"all": "Everywhere"} | {item.code: item.name for item in helplines.countries}
    blocks = []
    for code in dict.fromkeys(row.country for row in shown):
        lines = [f"{names[code]} ({code})"] + [_line(row) for row in shown if row.country == code]
        blocks.append("\n".join(lines))
    return "\n\n".join([*blocks, _summary(helplines, everything)]) + "\n"


def _line(row: DueRow) -> str:
    # an emergency number is shown whatever its mark: no reply to danger may come without one
    seen = "shown" if row.kind == "emergency" else HIDDEN[row.status]
    confirm = f"  CONFIRM: {row.reason}" if row.reason else ""
    return (
        f"  {row.kind:<11} {row.status}  {row.name}: {row.contact}\n"
        f"{'':15}{seen}; seen {row.verified_on}, {row.source or 'NO SOURCE'}{confirm}"
    )


def _summary(helplines: Helplines, everything: list[DueRow]) -> str:
    old = sum(row.days_left < 0 for row in everything)
    marks = {mark: sum(row.status == mark for row in everything) for mark in "VSU"}
    next_due = min((row.days_left for row in everything if row.days_left >= 0), default=None)
    lines = [
        f"{len(helplines.countries)} countries, {len(everything)} lines: {marks['V']} V (seen on the provider's or a public "
        f"body's page), {marks['S']} S (second-hand), {marks['U']} U (not confirmed).",
        f"{sum(bool(row.reason) for row in everything)} for a person to confirm, {old} of them over {MAX_AGE_DAYS} days old.",
    ]
    if next_due is not None:
        lines.append(f"The next becomes too old in {next_due} days; 'hearts check' fails then.")
    return "\n".join(lines)
