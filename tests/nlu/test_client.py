"""The NLU client against servers that are slow, down, or talk nonsense: it fails fast, once, and recovers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from nlu import client as client_module
from nlu.client import BREAK_AFTER, BREAK_SECONDS, Intent, NluClient, NluUnavailableError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
GOOD = {"intent_ranking": [{"name": "thanks", "confidence": 0.1}, {"name": "greet", "confidence": 0.9}]}


class Server:
    def __init__(self) -> None:
        self.answer: object = GOOD
        self.status = 200
        self.delay = 0.0
        self.asked: list[dict[str, str]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append({**await request.json(), "token": request.query.get("token", "")})
        await asyncio.sleep(self.delay)
        if isinstance(self.answer, str):
            return web.Response(text=self.answer, status=self.status)
        return web.json_response(self.answer, status=self.status)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    served = Server()
    app = web.Application()
    app.router.add_post("/model/parse", served.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server
    served.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]
    yield served
    await runner.cleanup()


async def test_labels_come_likeliest_first_and_the_token_is_sent(server: Server) -> None:
    client = NluClient(server.url, "secret")
    assert await client.parse("hi") == (Intent("greet", 0.9), Intent("thanks", 0.1))
    assert server.asked == [{"text": "hi", "token": "secret"}]
    await client.close()


@pytest.mark.parametrize(
    "answer",
    [
        "not json",
        {},
        [],
        {"intent_ranking": []},
        {"intent_ranking": [{"name": "x", "confidence": "nan"}]},
        {"intent_ranking": None},
    ],
)
async def test_garbage_is_not_understood_as_something(server: Server, answer: object) -> None:
    server.answer = answer
    client = NluClient(server.url)
    with pytest.raises(NluUnavailableError):
        await client.parse("hi")
    assert not await client.ready()
    await client.close()


async def test_one_passing_failure_is_tried_again(server: Server) -> None:
    client = NluClient(server.url)
    server.status = 500
    failing = asyncio.create_task(client.parse("hi"))
    while not server.asked:
        await asyncio.sleep(0)
    server.status = 200
    assert (await failing)[0].name == "greet"
    await client.close()


async def test_a_slow_server_is_not_waited_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "TIMEOUT", 0.1)
    server.delay = 5
    client = NluClient(server.url)
    with pytest.raises(NluUnavailableError):
        await client.parse("hi")
    assert len(server.asked) == 1
    await client.close()


async def test_after_several_failures_the_server_is_left_alone_and_asked_again_later(server: Server) -> None:
    now = 0.0
    client = NluClient(server.url, clock=lambda: now)
    server.status = 500
    for _ in range(BREAK_AFTER):
        with pytest.raises(NluUnavailableError):
            await client.parse("hi")
    asked = len(server.asked)
    with pytest.raises(NluUnavailableError):
        await client.parse("hi")
    assert len(server.asked) == asked
    server.status = 200
    now += BREAK_SECONDS
    assert (await client.parse("hi"))[0].name == "greet"
    await client.close()


async def test_the_error_holds_no_text_of_the_message() -> None:
    client = NluClient("http://127.0.0.1:9", "secret")
    with pytest.raises(NluUnavailableError) as caught:
        await client.parse("something private")
    assert "private" not in str(caught.value)
    assert "secret" not in str(caught.value)
    await client.close()
