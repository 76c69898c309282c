"""The webhook: lets in POST requests of Telegram on one path, and nothing else.

A thin server of our own on tornado, which python-telegram-bot's webhooks extra brings. Its own compares the secret with
`!=`, reads a body of any size (up to 100 MB) before it looks at the secret, and logs what it can't parse.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Awaitable, Callable

from telegram import Bot, Update
from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RequestHandler, stream_request_body

log = logging.getLogger(__name__)

PATH = "/telegram"
MAX_BYTES = 1 << 20
"""Of one request's body; Telegram's largest updates have some ten kilobytes."""
MAX_HEADER_BYTES = 16 << 10
BODY_SECONDS = 10.0
"""Within which a body has to be there: a slow sender holds no connection for long."""
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  (its name, not the secret)


@stream_request_body
class TelegramHandler(RequestHandler):
    """Takes one update. The headers are looked at before any of the body is read."""

    SUPPORTED_METHODS = ("POST",)

    def initialize(self, bot: Bot, put: Callable[[object], Awaitable[None]], secret: str) -> None:
        self._bot, self._put, self._secret = bot, put, secret.encode()
        self._body = bytearray()

    def prepare(self) -> None:
        if self.request.method != "POST":
            raise HTTPError(405)
        given = self.request.headers.get(SECRET_HEADER, "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._secret):
            raise HTTPError(403)
        if self.request.headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            raise HTTPError(415)
        if int(self.request.headers.get("Content-Length") or 0) > MAX_BYTES:
            raise HTTPError(413)

    def data_received(self, chunk: bytes) -> None:
        if len(self._body) + len(chunk) > MAX_BYTES:
            raise HTTPError(413)
        self._body += chunk

    async def post(self) -> None:
        """Answers 200 when the update is stored, and for one that nobody could read: Telegram would repeat it for ever."""
        try:
            update = Update.de_json(json.loads(self._body), self._bot)
        except Exception as error:  # whatever a malformed update makes the library raise; its text stays out of the log
            log.warning("an update can't be read (%s)", type(error).__name__)
            return
        await self._put(update)

    def write_error(self, status_code: int, **_: object) -> None:
        self.finish()  # no words for whoever knocks

    def log_exception(self, *_: object) -> None:
        """Tornado's would write the request's address and the exception's text."""


class NothingHere(RequestHandler):
    """Every other path."""

    def prepare(self) -> None:
        raise HTTPError(404)

    def write_error(self, status_code: int, **_: object) -> None:
        self.finish()


def serve(bot: Bot, put: Callable[[object], Awaitable[None]], secret: str, port: int, address: str) -> HTTPServer:
    """Listen on `address`:`port`; `put` is awaited with each update. Stop it with `stop()` and
    `await close_all_connections()`. Raises OSError where the port is taken.
    """
    app = Application(
        [(PATH, TelegramHandler, {"bot": bot, "put": put, "secret": secret})],
        default_handler_class=NothingHere,
        log_function=lambda handler: None,
    )
    server = HTTPServer(
        app,
        max_body_size=MAX_BYTES,
        max_header_size=MAX_HEADER_BYTES,
        body_timeout=BODY_SECONDS,
        idle_connection_timeout=120,
    )
    server.listen(port, address=address)
    return server
