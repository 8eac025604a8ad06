"""The command line. `main` is the console script; everything else loads on first use."""

from assistant.cli.program import main

__all__ = ["main"]
