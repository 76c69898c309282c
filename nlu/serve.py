"""Rasa's HTTP server, ended together with the bot that started it.

The bot holds the other end of standard input: when the bot goes, even by kill -9, the pipe closes and this process
ends itself. The token comes as the first line there, so that no list of processes shows it.
"""

import os
import sys
import threading


def _end_with_parent() -> None:
    while sys.stdin.readline():
        pass
    os._exit(0)


def main() -> None:
    model, port = sys.argv[1:3]
    token = sys.stdin.readline().strip()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    sys.path.insert(0, os.getcwd())
    sys.argv = [
        "rasa",
        "run",
        "--enable-api",
        "-i",
        "127.0.0.1",
        "-p",
        port,
        "-m",
        model,
        "--auth-token",
        token,
    ]
    from rasa.__main__ import main as rasa

    rasa()


if __name__ == "__main__":
    main()
