"""A Bot API server for tests: answers over HTTP as Telegram documents it, and plays the people who write.

Refuses malformed calls with the documented error shape, keeps update offsets, message ids, edits, deletions and
callback queries, and can be told to fail: 403 for who blocked the bot, 429, 500, slow answers, and answers dropped
after the work was done.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx
from aiohttp import web

TOKEN = "123456:TEST-token"
BOT = {"id": 123456, "is_bot": True, "first_name": "Healing Hearts", "username": "healing_hearts_test_bot"}
ALLOWED_TAGS = {"b", "i", "u", "s", "code", "pre", "blockquote", "a", "tg-spoiler"}


class ApiError(Exception):
    def __init__(self, code: int, description: str, **parameters: int) -> None:
        self.code, self.description, self.parameters = code, description, parameters


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ALLOWED_TAGS:
            raise ApiError(400, f'Bad Request: can\'t parse entities: Unsupported start tag "{tag}"')
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise ApiError(400, f'Bad Request: can\'t parse entities: Unexpected end tag "{tag}"')

    def handle_data(self, data: str) -> None:
        self.text += data


def visible(text: str, parse_mode: str | None) -> str:
    """The text as it is shown. Raises ApiError where it can't be."""
    if parse_mode == "HTML":
        if re.search(r"&(?!(lt|gt|amp|quot|#\d+);)", text):
            raise ApiError(400, "Bad Request: can't parse entities: unescaped &")
        parser = _Html()
        parser.feed(text)
        parser.close()
        if parser.open:
            raise ApiError(400, f"Bad Request: can't parse entities: Can't find end tag of \"{parser.open[-1]}\"")
        text = parser.text
    if not text.strip():
        raise ApiError(400, "Bad Request: message text is empty")
    if len(text) > 4096:
        raise ApiError(400, "Bad Request: message is too long")
    return text


@dataclass
class Shown:
    """A message of the bot as its reader sees it."""

    message_id: int
    text: str
    keyboard: list[list[dict[str, str]]] = field(default_factory=list)
    at: float = 0.0
    answer_lost: bool = False
    """The bot was not told that the message is there."""
    document: bytes | None = None

    @property
    def buttons(self) -> list[str]:
        return [button["text"] for row in self.keyboard for button in row]


@dataclass
class Faults:
    """What goes wrong from now on; counts go down with each use."""

    server_errors: int = 0
    too_many: int = 0
    retry_after: int = 1
    drop_answers: int = 0
    bad_requests: int = 0
    delay: float = 0.0
    methods: tuple[str, ...] = ("sendMessage",)


class TelegramServer:
    """Start it, point TELEGRAM_BASE_URL to `url`, and write with `user(chat_id)`."""

    def __init__(self, webhook_secret: str | None = None) -> None:
        self.faults = Faults()
        self.chats: dict[int, list[Shown]] = defaultdict(list)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answered_queries: dict[str, float] = {}
        self.blocked: set[int] = set()
        self.left: set[int] = set()
        self.commands: list[dict[str, str]] = []
        self.description = ""
        self.undeletable: set[int] = set()
        """Message ids that are too old: a lot with one of them is refused as a whole."""
        self.url = ""
        self._updates: list[dict[str, Any]] = []
        self._confirmed = 0
        self._next_update = 1000
        self._next_message: dict[int, int] = defaultdict(lambda: 1)
        self._new = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self.replicas: list[str] = []
        """Addresses of bot processes behind the webhook's; each update goes to the next one, or to who answers."""
        self.on_shown: Callable[[int], None] | None = None
        """Told the chat of each message; where hundreds wait, it is cheaper than `sees`."""
        self._webhook: str | None = None
        self._webhook_secret: str | None = None
        self._poller = 0
        self._client: httpx.AsyncClient | None = None

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=60 * 2**20)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        assert site._server
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]

    async def stop(self) -> None:
        if self._client:
            await self._client.aclose()
        if self._runner:
            await self._runner.cleanup()

    # --- the API side ------------------------------------------------------------------------------------------------

    async def _handle(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if request.match_info["token"] != TOKEN:
            return self._error(ApiError(401, "Unauthorized"))
        data = await self._arguments(request)
        faulty = method in self.faults.methods
        try:
            if faulty and self.faults.delay:
                await asyncio.sleep(self.faults.delay)
            if faulty and self.faults.too_many:
                self.faults.too_many -= 1
                wait = self.faults.retry_after
                raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
            if faulty and self.faults.server_errors:
                self.faults.server_errors -= 1
                raise ApiError(500, "Internal Server Error")
            if faulty and self.faults.bad_requests:
                self.faults.bad_requests -= 1
                raise ApiError(400, "Bad Request: " + str(data.get("text", ""))[:20])
            handler = getattr(self, f"_api_{method.lower()}", None)
            if handler is None:
                raise ApiError(404, "Not Found")
            self.calls.append((method, data))
            result = await handler(data)
            if faulty and self.faults.drop_answers and request.transport:
                self.faults.drop_answers -= 1
                request.transport.close()
            if method == "sendMessage" and (request.transport is None or request.transport.is_closing()):
                # Dropped just now, or who asked is gone already.
                next(m for m in self.chats[data["chat_id"]] if m.message_id == result["message_id"]).answer_lost = True
        except ApiError as error:
            return self._error(error)
        return web.json_response({"ok": True, "result": result})

    @staticmethod
    async def _arguments(request: web.Request) -> dict[str, Any]:
        if request.content_type == "application/json":
            return dict(await request.json())
        data: dict[str, Any] = {}
        for key, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                data[key] = value.file.read()
                continue
            try:
                data[key] = json.loads(value) if key not in ("text", "callback_query_id", "secret_token") else value
            except ValueError:
                data[key] = value
        return data

    @staticmethod
    def _error(error: ApiError) -> web.Response:
        body: dict[str, Any] = {"ok": False, "error_code": error.code, "description": error.description}
        if error.parameters:
            body["parameters"] = error.parameters
        return web.json_response(body, status=error.code)

    async def _api_getme(self, data: dict[str, Any]) -> Any:
        return {"can_join_groups": False, **BOT, "can_read_all_group_messages": False, "supports_inline_queries": False}

    async def _api_getupdates(self, data: dict[str, Any]) -> Any:
        if self._webhook:
            raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active")
        self._poller += 1
        mine = self._poller
        self._confirmed = max(self._confirmed, int(data.get("offset", 0)))
        self._updates = [update for update in self._updates if update["update_id"] >= self._confirmed]
        deadline = time.monotonic() + float(data.get("timeout", 0))
        while not self._updates and (left := deadline - time.monotonic()) > 0:
            if self._poller != mine:
                raise ApiError(409, "Conflict: terminated by other getUpdates request")
            async with self._new:
                try:
                    await asyncio.wait_for(self._new.wait(), min(left, 0.5))
                except TimeoutError:
                    continue
        return self._updates[: int(data.get("limit", 100))]

    def _check_chat(self, data: dict[str, Any]) -> int:
        chat_id = data.get("chat_id")
        if not isinstance(chat_id, int):
            raise ApiError(400, "Bad Request: chat_id is empty")
        if chat_id in self.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        return chat_id

    def _keyboard(self, data: dict[str, Any]) -> list[list[dict[str, str]]]:
        rows = (data.get("reply_markup") or {}).get("inline_keyboard", [])
        for row in rows:
            for button in row:
                if not button.get("text"):
                    raise ApiError(400, "Bad Request: text of the button is empty")
                if not 1 <= len(button.get("callback_data", "").encode()) <= 64:
                    raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
        return list(rows)

    def _new_message(self, chat_id: int) -> int:
        self._next_message[chat_id] += 1
        return self._next_message[chat_id]

    def _as_message(self, chat_id: int, message_id: int, **content: Any) -> dict[str, Any]:
        chat = {"id": chat_id, "type": "private", "first_name": "Someone"}
        return {"message_id": message_id, "date": int(time.time()), "chat": chat, "from": BOT, **content}

    async def _api_sendmessage(self, data: dict[str, Any]) -> Any:
        chat_id = self._check_chat(data)
        text = visible(str(data.get("text", "")), data.get("parse_mode"))
        shown = Shown(self._new_message(chat_id), text, self._keyboard(data), time.monotonic())
        async with self._new:
            self.chats[chat_id].append(shown)
            self._new.notify_all()
        if self.on_shown:
            self.on_shown(chat_id)
        return self._as_message(chat_id, shown.message_id, text=text)

    async def _api_senddocument(self, data: dict[str, Any]) -> Any:
        chat_id = self._check_chat(data)
        content = next((value for value in data.values() if isinstance(value, bytes)), None)
        if content is None:
            raise ApiError(400, "Bad Request: there is no document in the request")
        shown = Shown(self._new_message(chat_id), "", [], time.monotonic(), document=content)
        async with self._new:
            self.chats[chat_id].append(shown)
            self._new.notify_all()
        return self._as_message(chat_id, shown.message_id, document={"file_id": "f", "file_unique_id": "u"})

    async def _api_sendphoto(self, data: dict[str, Any]) -> Any:
        chat_id = self._check_chat(data)
        content = next((value for value in data.values() if isinstance(value, bytes)), None)
        if content is None:
            raise ApiError(400, "Bad Request: there is no photo in the request")
        caption = visible(str(data.get("caption", "")), data.get("parse_mode"))
        if len(caption) > 1024:
            raise ApiError(400, "Bad Request: message caption is too long")
        keyboard = self._keyboard(data)
        shown = Shown(self._new_message(chat_id), caption, keyboard, time.monotonic(), document=content)
        async with self._new:
            self.chats[chat_id].append(shown)
            self._new.notify_all()
        photo = [{"file_id": "f", "file_unique_id": "u", "width": 1080, "height": 1500}]
        return self._as_message(chat_id, shown.message_id, photo=photo, caption=caption)

    async def _api_editmessagereplymarkup(self, data: dict[str, Any]) -> Any:
        chat_id = self._check_chat(data)
        shown = next((m for m in self.chats[chat_id] if m.message_id == data.get("message_id")), None)
        if shown is None:
            raise ApiError(400, "Bad Request: message to edit not found")
        keyboard = self._keyboard(data)
        if shown.keyboard == keyboard:
            raise ApiError(400, "Bad Request: message is not modified")
        shown.keyboard = keyboard
        return self._as_message(chat_id, shown.message_id, text=shown.text)

    async def _api_answercallbackquery(self, data: dict[str, Any]) -> Any:
        self.answered_queries[data["callback_query_id"]] = time.monotonic()
        return True

    async def _api_deletemessages(self, data: dict[str, Any]) -> Any:
        chat_id = self._check_chat(data)
        ids = data["message_ids"]
        if not 1 <= len(ids) <= 100:
            raise ApiError(400, "Bad Request: not enough message identifiers")
        if self.undeletable.intersection(ids):
            raise ApiError(400, "Bad Request: message can't be deleted")
        self.chats[chat_id] = [m for m in self.chats[chat_id] if m.message_id not in ids]
        return True

    async def _api_deletemessage(self, data: dict[str, Any]) -> Any:
        return await self._api_deletemessages({**data, "message_ids": [data["message_id"]]})

    async def _api_sendchataction(self, data: dict[str, Any]) -> Any:
        self._check_chat(data)
        return True

    async def _api_setmycommands(self, data: dict[str, Any]) -> Any:
        self.commands = data["commands"]
        return True

    async def _api_setmydescription(self, data: dict[str, Any]) -> Any:
        if len(data.get("description", "")) > 512:
            raise ApiError(400, "Bad Request: description is too long")
        self.description = data.get("description", "")
        return True

    async def _api_setmyshortdescription(self, data: dict[str, Any]) -> Any:
        if len(data.get("short_description", "")) > 120:
            raise ApiError(400, "Bad Request: short description is too long")
        return True

    async def _api_leavechat(self, data: dict[str, Any]) -> Any:
        self.left.add(data["chat_id"])
        return True

    async def _api_deletewebhook(self, data: dict[str, Any]) -> Any:
        self._webhook = None
        return True

    async def _api_setwebhook(self, data: dict[str, Any]) -> Any:
        self._webhook, self._webhook_secret = data["url"], data.get("secret_token")
        return True

    # --- the people ----------------------------------------------------------------------------------------------

    def user(self, chat_id: int) -> User:
        """Somebody who writes to the bot."""
        return User(self, chat_id)

    async def push(self, update: dict[str, Any], twice: bool = False) -> int:
        """Give the bot an update; returns its number."""
        number = self._next_update
        self._next_update += 1
        update = {"update_id": number, **update}
        if self._webhook:
            await self._post(update)
            if twice:
                await self._post(update)
            return number
        async with self._new:
            self._updates += [update, update] if twice else [update]
            self._new.notify_all()
        return number

    async def _post(self, update: dict[str, Any]) -> None:
        """Deliver to the webhook until it says 200, as Telegram does; one replica after the other where there are several."""
        assert self._webhook
        self._client = self._client or httpx.AsyncClient(timeout=10)
        headers = {"X-Telegram-Bot-Api-Secret-Token": self._webhook_secret or ""}
        targets = self.replicas or [self._webhook]
        for attempt in range(2000):
            try:
                address = targets[(update["update_id"] + attempt) % len(targets)]
                response = await self._client.post(address, json=update, headers=headers)
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
                continue
            if response.status_code == 200:
                return
            await asyncio.sleep(0.1)
        raise AssertionError("no process takes the update")


@dataclass
class User:
    """A person with the bot's chat open."""

    server: TelegramServer
    chat_id: int

    def _who(self) -> dict[str, Any]:
        return {"id": self.chat_id, "is_bot": False, "first_name": "Someone"}

    def _message(self, **content: Any) -> dict[str, Any]:
        chat = {"id": self.chat_id, "type": "private", "first_name": "Someone"}
        number = self.server._new_message(self.chat_id)
        return {"message_id": number, "date": int(time.time()), "chat": chat, "from": self._who(), **content}

    async def write(self, text: str, twice: bool = False) -> int:
        entities = (
            [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}] if text.startswith("/") else []
        )
        return await self.server.push({"message": self._message(text=text, entities=entities)}, twice)

    async def send(self, **content: Any) -> int:
        return await self.server.push({"message": self._message(**content)})

    async def edit(self, text: str) -> int:
        return await self.server.push({"edited_message": self._message(text=text, edit_date=int(time.time()))})

    async def press(self, label: str) -> str:
        """Press the newest button of that label; returns the query's id."""
        for shown in reversed(self.shown):
            for row in shown.keyboard:
                for button in row:
                    if button["text"] == label:
                        return await self.press_data(button["callback_data"], shown)
        raise AssertionError(f"no button '{label}' among {[m.buttons for m in self.shown[-3:]]}")

    async def press_data(self, data: str, shown: Shown | None = None, twice: bool = False) -> str:
        shown = shown or self.shown[-1]
        query = f"q{self.chat_id}-{len(self.server.calls)}"
        message = self.server._as_message(self.chat_id, shown.message_id, text=shown.text)
        await self.server.push(
            {
                "callback_query": {
                    "id": query,
                    "from": self._who(),
                    "message": message,
                    "chat_instance": "x",
                    "data": data,
                }
            },
            twice,
        )
        return query

    @property
    def shown(self) -> list[Shown]:
        return self.server.chats[self.chat_id]

    async def sees(self, words: str, since: int = 0, within: float = 20.0) -> Shown:
        """Wait for a message with these words, from the `since`-th on."""
        deadline = time.monotonic() + within
        while True:
            for shown in self.shown[since:]:
                if words.casefold() in shown.text.casefold():
                    return shown
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"'{words}' was not seen in {[m.text for m in self.shown[since:]]}")
            async with self.server._new:
                try:
                    await asyncio.wait_for(self.server._new.wait(), min(left, 0.5))
                except TimeoutError:
                    continue
