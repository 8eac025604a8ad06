"""Shared with the tests of `tasks`."""

from tests.worlds import make_world

__all__ = ["make_world"]
