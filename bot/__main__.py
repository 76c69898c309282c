"""`python -m bot` is `hearts`."""

from bot.cli import main

main()
