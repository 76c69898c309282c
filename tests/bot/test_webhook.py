"""Nobody but Telegram gets anything into the bot (docs/security.md, "forged webhook")."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from telegram import Bot, Update

from bot.telegram import webhook

SECRET = "s3cret-of-the-test"
TEXT = "the blue door on Mill Lane"
UPDATE = {
    "update_id": 7,
    "message": {"message_id": 3, "date": 0, "chat": {"id": 5, "type": "private"}, "text": TEXT},
}


@dataclass
class Listening:
    url: str
    port: int
    updates: list[Any] = field(default_factory=list)

    async def post(self, body: bytes = json.dumps(UPDATE).encode(), path: str = "/telegram", **headers: str) -> int:
        given = {webhook.SECRET_HEADER: SECRET, "Content-Type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx.AsyncClient() as client:
            return (await client.post(self.url + path, content=body, headers=given)).status_code


@pytest.fixture
async def listening() -> AsyncIterator[Listening]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    here = Listening(f"http://127.0.0.1:{port}", port)

    async def put(update: object) -> None:
        here.updates.append(update)

    server = webhook.serve(Bot("1:x"), put, SECRET, port, "127.0.0.1")
    yield here
    server.stop()
    await server.close_all_connections()


async def test_an_update_of_telegram_comes_in(listening: Listening) -> None:
    assert await listening.post() == 200
    (update,) = listening.updates
    assert isinstance(update, Update)
    assert update.message
    assert update.message.text == TEXT


async def test_without_the_secret_nothing_comes_in(listening: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bool] = []
    compare = hmac.compare_digest

    def watched(a: bytes, b: bytes) -> bool:
        compared.append(compare(a, b))
        return compared[-1]

    monkeypatch.setattr(webhook.hmac, "compare_digest", watched)
    for wrong in ("", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper(), "\u00fc"):
        async with httpx.AsyncClient() as client:
            response = await client.post(
                listening.url + "/telegram",
                content=json.dumps(UPDATE),
                headers={webhook.SECRET_HEADER: wrong.encode(), "Content-Type": "application/json"},
            )
        assert (response.status_code, response.text) == (403, "")
    assert compared == [False] * 6  # in constant time, by the standard library
    assert listening.updates == []


async def test_other_methods_paths_and_kinds_are_refused(listening: Listening) -> None:
    async with httpx.AsyncClient(base_url=listening.url, headers={webhook.SECRET_HEADER: SECRET}) as client:
        for method in ("GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"):
            assert (await client.request(method, "/telegram")).status_code == 405, method
        for path in ("/", "/telegram/", "/telegram/x", "/Telegram", "/metrics", "/telegram%00", "/../telegram/.."):
            assert (await client.post(path, json=UPDATE)).status_code == 404, path
    assert await listening.post(Content_Type="text/plain") == 415
    assert listening.updates == []


async def test_a_large_body_is_refused_before_it_is_read(listening: Listening) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", listening.port)
    head = (
        f"POST /telegram HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{webhook.SECRET_HEADER}: {SECRET}\r\n"
    )
    writer.write(f"{head}Content-Length: 90000000\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(200), 5)  # not a byte of the body was sent
    assert answer == b"" or answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413"))
    writer.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", listening.port)
    writer.write(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError, AssertionError)):
        for _ in range(200):
            writer.write(chunk)
            await writer.drain()
            assert not reader.at_eof()
    writer.close()
    assert listening.updates == []
    assert await listening.post() == 200


async def test_a_wrong_secret_is_refused_before_the_body_is_read(listening: Listening) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", listening.port)
    writer.write(
        b"POST /telegram HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500000\r\n\r\n"
    )
    assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 403")
    writer.close()


@pytest.mark.rule("D5")
@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{", b"\x00", b'"x"', b"{}", b'{"update_id": "x"}', b'{"update_id": 1, "message": 5}',
        b"[" * 100_000, b"\xff\xfe", json.dumps({**UPDATE, "message": {"text": TEXT}}).encode(),
        json.dumps({**UPDATE, "message": {**UPDATE["message"], "date": "never"}}).encode(),  # type: ignore[dict-item]
    ],
)  # fmt: skip
async def test_what_cannot_be_read_is_put_aside_and_not_logged(
    body: bytes, listening: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert await listening.post(body) == 200  # Telegram would send it again and again
    assert TEXT not in caplog.text
    assert await listening.post() == 200
    assert isinstance(listening.updates[-1], Update)
