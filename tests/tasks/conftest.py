"""Shared with the tests of `solving`."""

from tests.worlds import CALC, TEST_CALC, MakeWorld, WordCounter, World, make_world

__all__ = ["CALC", "TEST_CALC", "MakeWorld", "WordCounter", "World", "make_world"]
