"""The person's say in what is kept: consent, receipt, export, deletion, and the end of every period."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from bot import export
from bot.schedule import tick
from bot.storage.store import Store
from bot.storage.tables import Base
from dialogues import mydata, retention
from dialogues.content import load_content
from dialogues.events import Kept
from dialogues.state import Finished, State, Today, Walk
from tests.bot.test_encryption import ANSWER, NAME, NOTE, PLAN, WAITING, bytes_of, everything
from tests.people import Person
from tests.stories_runner import BEGIN

WORDS = "the yellow umbrella at Harrow Road"


async def rows(store: Store) -> dict[str, list[dict[str, object]]]:
    """All rows of all tables, with what is encrypted opened."""
    found: dict[str, list[dict[str, object]]] = {}
    async with store._engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            found[table.name] = [
                {
                    name: store._cipher.open(value) if name.startswith("sealed") and value else value
                    for name, value in row.items()
                }
                for row in (await connection.execute(table.select())).mappings().all()
            ]
    return found


# --- consent -------------------------------------------------------------------------------------------------------


async def talk_about_everything(person: Person) -> str:
    """Write the same words wherever the bot takes some; returns what it said."""
    said = [await person.writes(WORDS, "betrayal"), await person.writes(WORDS, "betrayal")]
    for guide in person.conversation.content.guides:
        said.append(await person.sends(f"guide:{guide}"))
        if "Yes, it feels safe" in person.buttons:
            said.append(await person.presses("Yes, it feels safe"))
        if "No, don't keep them" in person.buttons:
            said.append(await person.presses("No, don't keep them"))
        for _ in range(14):
            state, _ = await person.store.load(person.chat_id)
            if state.walk is None:
                break
            step = person.conversation.content.guides[guide].step(state.walk.step)
            typed = {"ask": WORDS, "plan": WORDS, "choose": "1", "rate": "3"}.get(step.kind, "next")
            said.append(await person.writes(typed))
        if "It helped" in person.buttons:
            said.append(await person.presses("It helped"))
    said.append(await person.commands("checkin"))
    said += [await person.presses(rating) for rating in ("4", "2", "5")]
    said.append(await person.writes(WORDS))
    said.append(await person.sends("ask_name"))
    said.append(await person.writes(WORDS))
    return "\n".join(said)


@pytest.mark.rule("D1")
@pytest.mark.rule("D4")
async def test_without_consent_no_words_and_no_ratings_are_stored(store: Store) -> None:
    person = Person(store)
    said = await talk_about_everything(person)
    assert "You've come to the end" in said
    assert WORDS in said  # one-off answers work, from the memory of the turn
    stored = await rows(store)
    assert stored["users"]
    text = json.dumps(stored, default=str)
    for word in ("umbrella", "Harrow", "yellow"):
        assert word not in text
    assert stored["checkins"] == []
    (user,) = stored["users"]
    assert user["sealed_state"]["consent"] is False  # type: ignore[index]
    assert not re.search(r"trust 4|mood 5", text)
    assert all("helpful" not in done for done in user["sealed_state"]["finished"])  # type: ignore[index]


@pytest.mark.rule("D1")
async def test_before_the_question_is_answered_nothing_is_stored_and_help_is_there(store: Store) -> None:
    person = Person(store)
    await person.writes(WORDS, "betrayal")
    await person.sends("guide:self_care")
    assert "Yes, keep them" in person.buttons
    assert "No, don't keep them" in person.buttons
    assert "umbrella" not in json.dumps(await rows(store), default=str)
    assert "findahelpline.com" in await person.commands("crisis")
    person = Person(store, chat_id=2)
    await person.sends("guide:self_care")
    await person.presses("No, don't keep them")
    assert "findahelpline.com" in await person.writes("i want to die")


@pytest.mark.rule("D2")
async def test_consent_is_taken_back_as_easily_as_given(store: Store) -> None:
    person = await everything(store)
    person.answers_now = person.delivers = True
    await person.commands("withdraw")
    text = json.dumps(await rows(store), default=str)
    for secret in (NAME, ANSWER, NOTE, PLAN, WAITING):
        assert secret not in text
    assert (await store.load(1))[0].zone == "Europe/Lisbon"


@pytest.mark.rule("D12")
async def test_a_stranger_has_nothing_turned_on(store: Store) -> None:
    person = Person(store)
    await person.commands("start")
    await person.writes("hello")
    state, _ = await store.load(1)
    assert (state.consent, state.reminder, state.checkin, state.name) == (None, None, None, None)
    assert await store.schedule_of(1) == []


@pytest.mark.rule("D3")
async def test_no_column_and_no_field_takes_more_than_is_needed() -> None:
    columns = {f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns}
    unwanted = ("user_name", "username", "surname", "last_name", "phone", "photo", "text", "token")
    assert not [name for name in (*columns, *State.model_fields) if any(word in name for word in unwanted)]


# --- receipt -------------------------------------------------------------------------------------------------------


def test_every_field_of_the_state_is_in_the_receipt_or_named_as_technical() -> None:
    in_items = {name for item in mydata.ITEMS for name in item.fields}
    assert in_items | set(mydata.WITHOUT_ITEM) == set(State.model_fields)
    assert not in_items & set(mydata.WITHOUT_ITEM)


FULL = State(
    met=True, consent=True, name=NAME, situation="dating", who="mistrusted", person="your girlfriend", country="GB",
    zone="Europe/London", reminder={"weekday": 1, "hour": 8}, themes={"jealousy": 1}, theme="jealousy", locked=True,
    walk=Walk(guide="self_care", step="welcome", answers={"a": ANSWER}),
    finished=(Finished(guide="therapy", day=BEGIN.date(), plan=PLAN, helpful=True),),
    checkin=Today(day=BEGIN.date(), trust=4, note=NOTE),
)  # fmt: skip


@pytest.mark.parametrize("item", mydata.ITEMS, ids=lambda item: item.key)
async def test_each_item_is_erased_by_itself_with_its_count(item: mydata.Item, store: Store) -> None:
    person = Person(store)
    await store.commit_turn(1, 0, FULL, (), (), BEGIN)
    await person.commands("checkin again")
    for rating in ("4", "2", "5"):
        await person.presses(rating) if rating in person.buttons else None
    await person.commands("mydata")
    before = {key for key, _ in mydata.stored((await store.load(1))[0], await store.kept(1)) for key in [key.key]}
    assert item.key in before
    asked = await person.presses(f"Erase my {item.noun}")
    count = re.search(r"\d+", asked)
    assert count
    assert int(count.group()) >= 1
    assert "can't be undone" in asked
    erased = await person.presses("Yes, erase it")
    if item.key != "numbers":  # the question itself has got a number since
        assert f"Erased: {asked.split('This erases ')[1].split('. ')[0]}. None of it is left." in erased
    state = (await store.load(1))[0]
    kept = await store.kept(1)
    gone = item.count(state, kept)
    assert gone <= (2 if item.key == "numbers" else 0)  # what was said since has numbers again
    also = {"zone": {"reminder"}}.get(item.key, set())
    assert {left.key for left, _ in mydata.stored(state, kept)} >= before - {item.key} - also
    if item.key in ("reminder", "zone"):
        assert await store.schedule_of(1) == []


async def test_the_receipt_leaves_out_nothing_that_is_kept(store: Store) -> None:
    person = Person(store)
    await person.writes("im 15")
    said = await person.commands("mydata")
    for kept in ("chat's number", "last question", "yes or no to keeping", "under 18"):
        assert kept in said
    assert (await store.load(1))[0].minor


# --- export --------------------------------------------------------------------------------------------------------


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.rule("D6")
async def test_the_export_has_everything_after_a_warning(store: Store) -> None:
    person = await everything(store)
    person.answers_now = person.delivers = True
    await person.commands("menu")
    assert "who else can open it" in await person.commands("export")
    before = len(person.got)
    await person.presses("Yes, send it")
    files = {m["name"]: m["content"] for m in person.got[before:] if m["do"] == "document"}
    assert set(files) == {"my-data.json", "my-data.html"}
    data = json.loads(files["my-data.json"])
    state, _ = await store.load(1)
    assert State.model_validate(data["state"]) == state.storable()
    assert data["checkins"] == await store.checkins(1)
    assert len(data["reminders"]) == 1
    assert data["message_numbers"]
    assert data["first_seen"] == BEGIN.replace(second=20).isoformat()
    assert data["last_seen"] > data["first_seen"]
    page = _Page()
    page.feed(files["my-data.html"])
    for secret in (NAME, ANSWER, NOTE, PLAN, "Lisbon", "Sunday at 19:00", "Suspicion"):
        assert secret.casefold() in page.text.casefold(), secret


HOSTILE = '</dd><script>alert(1)</script><img src=http://x/y onerror=x>\u202e\u200b&amp;\x00"'


@pytest.mark.rule("D6")
def test_the_page_is_self_contained_and_everything_in_it_is_escaped() -> None:
    state = FULL.model_copy(update={"name": HOSTILE, "themes": {HOSTILE: 2}, "person": HOSTILE})
    walk = Walk(guide="no_longer", step="x", answers={HOSTILE: HOSTILE}, begun=BEGIN.date())
    data = {
        "chat_id": 1,
        "state": state.model_copy(update={"walk": walk}).model_dump(mode="json"),
        "checkins": [{"day": "2026-11-24", "trust": 1, "connection": None, "mood": None, "note": HOSTILE}],
        "reminders": [
            {
                "kind": "checkin",
                "days": [1, 3],
                "day": None,
                "every": 2,
                "hour": 7,
                "minute": 5,
                "zone": HOSTILE,
                "due_at": "x",
            }
        ],
    }
    html = export.as_page(data, load_content(), BEGIN.date())
    page = _Page()
    page.feed(html)
    assert not {"script", "img", "link", "iframe", "object", "a"} & {tag for tag, _ in page.tags}
    assert not [
        attrs for _, attrs in page.tags if any(name.startswith("on") or name in ("src", "href") for name in attrs)
    ]
    assert "prefers-color-scheme: dark" in html
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "").replace(
        "http://x/y", ""
    )
    assert HOSTILE.replace("\x00", "") in page.text.replace("\x00", "")


def entry(day: str, trust: int | None) -> dict[str, object]:
    return {"day": day, "trust": trust, "connection": None, "mood": 3, "note": None}


def test_in_the_picture_gaps_stay_gaps_and_the_same_stands_in_words() -> None:
    entries = [
        entry("2026-11-01", 2),
        entry("2026-11-02", 3),
        entry("2026-11-05", 5),
        entry("2026-11-06", None),
        entry("2026-11-07", 1),
    ]
    svg = export.chart(entries)
    trust = svg.split(">connection<")[0]
    (line,) = re.findall(r'<polyline points="([^"]+)"', trust)
    assert len(line.split()) == 2  # the 1st and the 2nd; the 5th and the 7th stand alone
    assert trust.count("<circle") == 4
    assert export.in_words(entries) == (
        "5 check-ins in 7 days, from 1 November 2026 to 7 November 2026. Trust: 4 given, first 2, last 1, between 1 and 5. "
        "Mood: 5 given, first 3, last 3, between 3 and 3."
    )
    assert export.in_words(entries[:1]) == "One check-in, on 1 November 2026."


# --- deletion ------------------------------------------------------------------------------------------------------


@pytest.mark.rule("D7")
@pytest.mark.rule("E3")
async def test_after_deletion_no_row_and_no_byte_is_left(store: Store) -> None:
    person = await everything(store)
    other = Person(store, chat_id=2, clock=person.clock)
    await other.commands("start")
    async with store._engine.connect() as connection:
        sealed = [
            bytes(value)
            for table in Base.metadata.sorted_tables
            if "chat_id" in table.columns
            for row in (await connection.execute(table.select().where(table.c.chat_id == 1))).mappings().all()
            for name, value in row.items()
            if name.startswith("sealed") and value
        ]
    assert len(sealed) > 4
    person.answers_now = person.delivers = True
    asked = await person.commands("delete")
    assert "1 check-in" in asked
    said = await person.presses("Yes, delete everything")
    assert "1 check-in" in said
    assert "Nothing is left" in said
    for name, found in (await rows(store)).items():
        assert not [row for row in found if row.get("chat_id") == 1], name
    if store._engine.dialect.name == "sqlite":
        left = await bytes_of(store)
        assert not [one for one in sealed if one in left]
    assert (await store.load(2))[1] == 1
    assert "I'm Healing Hearts" in await person.writes("hello")
    assert (await store.load(1))[0].name is None


@pytest.mark.rule("D7")
@pytest.mark.rule("E2")
async def test_deletion_ends_reminders_and_undelivered_replies(store: Store) -> None:
    person = await everything(store)
    person.answers_now = True
    await person.commands("delete")
    await person.sends("erase")
    waiting = []
    while item := await store.next_to_send(1):
        waiting.append(item.payload)
        await store.sent(item, person.clock(), 5)
    assert [message["text"][:21] for message in waiting] == ["Everything is erased:"]
    later = person.clock() + timedelta(days=8)
    await tick(store, later, lambda _: None)
    assert await store.chats_waiting(later, later) == []


# --- periods -------------------------------------------------------------------------------------------------------


@pytest.mark.rule("D8")
@pytest.mark.rule("C9")
@pytest.mark.rule("D9")
@pytest.mark.rule("D11")
@pytest.mark.rule("D13")
async def test_privacy_names_every_period_that_is_kept(store: Store) -> None:
    said = await Person(store).commands("privacy")
    for period in retention.in_words().values():
        assert period in said
    for words in (
        "leave out other people's names",
        "Nobody trains anything",
        "classifier",
        "can be wrong",
        "No human reads",
        "Telegram",
        "not end-to-end",
        "data protection authority",
    ):
        assert words in said


@pytest.mark.rule("D8")
async def test_what_is_past_its_time_is_purged_and_nothing_sooner(store: Store) -> None:
    person = await everything(store)
    given = (await store.load(1))[0].finished[0].day
    await store.purge(BEGIN + timedelta(days=6))
    assert await store.next_received(1)
    assert await store.next_to_send(1)
    await store.purge(BEGIN + timedelta(days=8))
    assert await store.next_received(1) is None
    assert await store.next_to_send(1) is None
    assert await store.recent_message_ids(1, BEGIN - timedelta(days=9)) == []
    assert (await rows(store))["inbox"] == []
    person.answers_now = person.delivers = True
    person.clock.now = BEGIN + retention.WORDS - timedelta(days=1)
    await person.writes("hello")
    await store.purge(person.clock())
    state, _ = await store.load(1)
    assert state.finished[0].plan
    assert len(await store.checkins(1)) == 1
    assert any(walk.answers for walk in state.paused)
    person.clock.later(days=2)
    await store.purge(person.clock())
    state, _ = await store.load(1)
    assert state.finished == (Finished(guide="self_care", day=given),)
    assert [walk.answers for walk in state.paused] == [{}]
    assert (state.checkin, await store.checkins(1)) == (None, [])
    assert state.name == NAME
    person.clock.later(days=363)
    await store.purge(person.clock())
    assert (await store.load(1))[1] > 0
    person.clock.later(days=2)
    await store.purge(person.clock())
    assert await store.load(1) == (State(), 0)
    assert {name for name, found in (await rows(store)).items() if found} <= {"counters"}


@pytest.mark.rule("D8", "D4")
async def test_an_answered_message_leaves_at_once_and_its_number_within_a_day(store: Store) -> None:
    person = Person(store)
    await person.writes(WORDS, "betrayal")
    (received,) = (await rows(store))["inbox"]
    assert received["sealed"] is None
    await store.purge(person.clock() + timedelta(hours=23))
    assert len((await rows(store))["inbox"]) == 1
    await store.purge(person.clock() + timedelta(hours=25))
    assert (await rows(store))["inbox"] == []


def test_the_count_of_what_is_kept_in_words() -> None:
    assert mydata.counted(State(), Kept()) == ""
    assert mydata.counted(State(name="S"), Kept()) == "1 entry"
    assert mydata.counted(State(name="S", country="GB"), Kept(12)) == "12 check-ins and 2 other entries"
