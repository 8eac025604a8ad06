"""The command line. `main` is the console script; everything else is loaded when it is used."""

from assistant.cli.program import main

__all__ = ["main"]
