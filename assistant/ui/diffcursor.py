"""Where the cursor of a diff goes: from hunk to hunk, from file to file, to what is visible."""

from collections.abc import Mapping

from assistant.review.decisions import Review
from assistant.ui.diffmodel import DiffModel


def next_hunk(model: DiffModel, current: str, by: int) -> str:
    """The hunk `by` hunks further on in display order, at most the first or last one."""
    ids = list(model.starts)
    if not ids:
        return ""
    at = ids.index(current) if current in ids else 0
    return ids[max(0, min(at + by, len(ids) - 1))]


def next_open(model: DiffModel, review: Review, current: str) -> str:
    """The next hunk with something to decide, from the start again after the last one.

    If there is none, the current one, or the first if none is current.
    """
    ids = list(model.starts)
    at = ids.index(current) if current in ids else -1
    order = ids[at + 1 :] + ids[: at + 1]
    found = next((each for each in order if review.is_open(each)), "")
    return found or current or next(iter(order), "")


def next_file(model: DiffModel, review: Review, current: str, by: int) -> str:
    """The hunk to go to for the file `by` files further on in the review."""
    firsts = first_hunks(model, review)
    paths = [change.path for change in review.changes if change.path in firsts]
    if current not in review.decisions:
        return current
    at = paths.index(review.hunk(current).path) + by
    return firsts[paths[max(0, min(at, len(paths) - 1))]]


def first_hunks(model: DiffModel, review: Review) -> Mapping[str, str]:
    """The hunk of each path that is displayed first."""
    paths = {hunk.id: hunk.path for hunk in review.hunks}
    found: dict[str, str] = {}
    for hunk in model.starts:
        found.setdefault(paths[hunk], hunk)
    return found


def hunk_at(model: DiffModel, row: int) -> str:
    """The hunk that a row belongs to; empty between hunks."""
    spans = model.starts.items()
    return next((hunk for hunk, start in spans if start <= row < model.ends[hunk]), "")


def visible_hunk(model: DiffModel, current: str, top: int, bottom: int) -> str:
    """The current hunk if a row of it is in [top, bottom), else the first one that has."""
    if model.starts[current] < bottom and model.ends[current] > top:
        return current
    spans = model.starts.items()
    visible = (hunk for hunk, start in spans if start < bottom and model.ends[hunk] > top)
    return next(visible, current)
