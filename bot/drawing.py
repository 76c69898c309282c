"""Pictures and pages, made in a process of their own that ends with it.

What draws and prints takes 50 MB, which a process keeps for good, and half a second of processor time. So the bot stays
small and goes on answering meanwhile.
"""

from __future__ import annotations

import asyncio
import pickle
import sys

from bot.settings import PROJECT
from dialogues.events import Page
from dialogues.progress import Progress


async def make(thing: Progress | Page) -> bytes:
    """The PNG of what the check-ins show, or the PDF of a page. Raises RuntimeError where it can't be made."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        __name__,
        cwd=PROJECT,  # "-m" looks there first: not for a folder "bot" where somebody happens to be
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # a traceback might quote what somebody wrote
    )
    made, _ = await process.communicate(pickle.dumps(thing))
    if process.returncode:
        raise RuntimeError(f"drawing a {type(thing).__name__} failed")
    return made


def _make(thing: Progress | Page) -> bytes:
    if isinstance(thing, Progress):
        from bot import chart

        return chart.render(thing)
    from bot import pdf

    return pdf.render(thing)


if __name__ == "__main__":
    sys.stdout.buffer.write(_make(pickle.load(sys.stdin.buffer)))  # noqa: S301  (from our own process)
