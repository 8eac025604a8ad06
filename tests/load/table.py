"""Prints how users fared, as a table in Markdown."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from statistics import median

from tests.load.users import Asked, Kind

_HEAD = "| {} | requests | lost | first token: median, s | worst, s | whole: median, s | worst, s |"
_RULE = "|---|---|---|---|---|---|---|"


def by_user(asked: Iterable[Asked]) -> Iterator[str]:
    """A row for each user, and one for all."""
    rows = sorted(asked, key=lambda each: each.user)
    yield _HEAD.format("user")
    yield _RULE
    for user, group in groupby(rows, key=lambda each: each.user):
        yield row(str(user + 1), list(group))
    yield row("all", rows)


def by_kind(asked: Iterable[Asked]) -> Iterator[str]:
    """A row for each kind of request."""
    rows = list(asked)
    yield _HEAD.format("request")
    yield _RULE
    for kind in Kind:
        yield row(kind.value, [each for each in rows if each.kind is kind])


def row(name: str, asked: list[Asked]) -> str:
    """Figures of some requests, of which there is at least one."""
    firsts = [each.first for each in asked if each.first is not None]
    wholes = [each.seconds for each in asked]
    lost = sum(each.lost for each in asked)
    figures = [*_figures(firsts), *_figures(wholes)]
    return f"| {' | '.join([name, str(len(asked)), str(lost), *figures])} |"


def _figures(values: list[float]) -> list[str]:
    return [f"{median(values):.1f}", f"{max(values):.1f}"] if values else ["-", "-"]
