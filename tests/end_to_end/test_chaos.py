"""The short form of `make chaos`: everything breaks, nothing is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.nlu_server import NluServer
from tests.chaos import Chaos, Plan, new_database, rasa
from tests.conftest import POSTGRES


@pytest.mark.parametrize(("database", "replicas"), [("sqlite", 1), ("postgresql", 1), ("postgresql", 2)])
async def test_whatever_breaks_nothing_is_lost(
    database: str, replicas: int, nlu_server: NluServer, tmp_path: Path
) -> None:
    if database == "postgresql" and not POSTGRES:
        pytest.skip("TEST_POSTGRES_URL is not set")
    ask, kill = rasa(nlu_server)
    plan = Plan(database, replicas, people=50, steps=4, pause=8, between=2.5)
    async with new_database(database, tmp_path) as url:
        outcome = await Chaos(plan, url, tmp_path, ask, kill).run()
    print(outcome.table())
    while not await nlu_server.client.ready():  # the tests after this one need it
        await asyncio.sleep(0.2)
    nlu_server.client.reset()
    assert outcome.good, outcome.table()
    assert len(outcome.faults) >= 5
