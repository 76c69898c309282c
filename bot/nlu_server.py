"""The embedded NLU server: Rasa as a child process, trained when its data changed, restarted when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from bot.settings import PROJECT, Settings
from nlu.client import NluClient

log = logging.getLogger(__name__)

NLU = PROJECT / "nlu"
DATA = PROJECT / "data" / "nlu"
READY_WITHIN = 180.0
"""Seconds a server may take until it answers; it takes about 15 on two cores."""
FIRST_BACK_OFF = 0.5
LONGEST_BACK_OFF = 30.0
ONE_THREAD = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""For serving: one message is too little to share out, and threads that wait for each other take four times the processor."""
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONHASHSEED")
"""Variables the NLU server may see: none of the bot's secrets is among them."""


class NluServerError(RuntimeError):
    """The NLU server can't be trained or started; the message says what to do."""


def nlu_environment() -> dict[str, str]:
    """What the NLU server's processes see of our environment."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return kept | {
        "RASA_TELEMETRY_ENABLED": "false",
        # Rasa's cache of trained components does not look at their code: a changed one would be passed over.
        "RASA_MAX_CACHE_SIZE": "0",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "LOG_LEVEL": "ERROR",
        "LOG_LEVEL_LIBRARIES": "ERROR",
        "PYTHONWARNINGS": "ignore",
    }


def model_hash() -> str:
    """A hash of everything a trained model depends on: examples, configuration, components and locked versions."""
    digest = hashlib.sha256()
    files = [
        *sorted(DATA.glob("*.yml")),
        NLU / "config.yml",
        *sorted((NLU / "components").glob("*.py")),
        NLU / "requirements.lock",
    ]
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def model_path(settings: Settings) -> Path:
    """Where the model for today's data lies, or will lie."""
    return settings.models / f"nlu-{model_hash()}.tar.gz"


async def train(settings: Settings, progress: Callable[[str], None]) -> Path:
    """Train the model where the one for today's data is missing. Raises NluServerError."""
    path = model_path(settings)
    if path.exists():
        return path
    if not settings.nlu_python.exists():
        raise NluServerError(
            "The NLU environment is missing. Run 'make setup' once; it needs a Python 3.10 that uv can find."
        )
    unfinished = path.with_name(f"unfinished-{secrets.token_hex(4)}.tar.gz")
    command = [
        str(settings.nlu_python),
        "-m",
        "rasa",
        "train",
        "nlu",
        "--config",
        str(NLU / "config.yml"),
        "--nlu",
        str(DATA),
    ]
    command += ["--out", str(settings.models), "--fixed-model-name", unfinished.name]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=NLU,
        env=nlu_environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout
    last = ""
    try:
        async for line in process.stdout:
            last = line.decode(errors="replace").strip() or last
            if "epoch" in last or last.endswith(("n-grams ...", "encoder ...")):
                progress(last)
        code = await process.wait()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        raise
    if code or not unfinished.exists():
        raise NluServerError(f"Training the model failed: {last or f'exit code {code}'}")
    unfinished.rename(path)
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class NluServer:
    """A supervised Rasa server on loopback with a token of its own."""

    def __init__(self, settings: Settings, model: Path) -> None:
        self._settings = settings
        self._model = model
        self._port = _free_port()
        self.token = secrets.token_urlsafe(24)
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: asyncio.subprocess.Process | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self.client = NluClient(self.url, self.token)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self, patience: float | None = None) -> None:
        """Start the server and wait until a real parse is answered.

        With `patience` seconds given, return after that time even where it is not ready yet: it becomes so by itself.
        Raises NluServerError where it ends or does not become ready.
        """
        await self._launch()
        starting = asyncio.create_task(self._wait_ready())
        await asyncio.wait([starting], timeout=patience)
        if starting.done():
            starting.result()
        self._supervisor = asyncio.create_task(self._supervise(starting), name="nlu-supervisor")

    async def _launch(self) -> None:
        if not self._settings.nlu_python.exists():
            raise NluServerError("The NLU environment is missing. Run 'make setup' once.")
        self._process = await asyncio.create_subprocess_exec(
            str(self._settings.nlu_python),
            str(NLU / "serve.py"),
            str(self._model),
            str(self._port),
            env=nlu_environment() | ONE_THREAD,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert self._process.stdin
        self._process.stdin.write(self.token.encode() + b"\n")
        await self._process.stdin.drain()

    async def _wait_ready(self) -> None:
        deadline = asyncio.get_running_loop().time() + READY_WITHIN
        while asyncio.get_running_loop().time() < deadline:
            if self._process and self._process.returncode is not None:
                raise NluServerError("The NLU server ended while starting. 'hearts train' makes its model anew.")
            if await self.client.ready():
                self.client.reset()
                return
            await asyncio.sleep(0.2)
        raise NluServerError(f"The NLU server was not ready within {READY_WITHIN:.0f} seconds.")

    async def _supervise(self, starting: asyncio.Task[None]) -> None:
        back_off = FIRST_BACK_OFF
        while True:
            assert self._process
            try:
                await starting
                back_off = FIRST_BACK_OFF
            except NluServerError:
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()  # it hangs; a new one may not
            code = await self._process.wait()
            log.warning("the NLU server ended (code %s); starting it again in %.1f s", code, back_off)
            await asyncio.sleep(back_off)
            back_off = min(back_off * 2, LONGEST_BACK_OFF)
            await self._launch()
            starting = asyncio.create_task(self._wait_ready())

    async def stop(self) -> None:
        """End the server."""
        if self._supervisor:
            self._supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervisor
        if self._process and self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), 3)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        await self.client.close()


@contextlib.asynccontextmanager
async def nlu_client(
    settings: Settings, progress: Callable[[str], None], patience: float | None = None
) -> AsyncIterator[NluClient]:
    """The client of the configured server, or of an embedded one that is trained, started and stopped here."""
    if settings.nlu_url:
        client = NluClient(settings.nlu_url, settings.nlu_token.get_secret_value() if settings.nlu_token else "")
        try:
            yield client
        finally:
            await client.close()
        return
    model = await train(settings, progress)
    server = NluServer(settings, model)
    progress("Starting the NLU server (about 15 seconds) ...")
    try:
        await server.start(patience)
        yield server.client
    finally:
        await server.stop()
