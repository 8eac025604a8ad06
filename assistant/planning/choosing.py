"""Chooses the places that a plan names, and puts them in the order of the work."""

from collections.abc import Collection, Mapping, Sequence

from assistant.planning.facts import Role
from assistant.planning.graph import Graph
from assistant.planning.places import Place

LIKELY: Mapping[Role, float] = {
    Role.SOURCE: 0.2,
    Role.STUB: 0.5,
    Role.TEST: 0.7,
    Role.DOCUMENT: 0.7,
    Role.CHANGELOG: 0.7,
}
"""From which probability a place is named; one of another role only where the task names it. A
source file that is missed costs more than one too many, of which the user rejects the step."""
TO_LIKELIEST = 0.35
"""From which share of the likeliest one's probability a source file is named."""
BESIDE_NAMED = 0.7
"""From which probability a source file is named where the task names others by their paths."""
MOST_SOURCES = 6
MOST_PLACES = 10
_ORDER = (Role.SOURCE, Role.STUB, Role.OTHER, Role.TEST, Role.DOCUMENT, Role.CHANGELOG)


def choose_places(
    places: Sequence[Place], roles: Collection[Role] = _ORDER, *, at_least_one: bool = True
) -> tuple[Place, ...]:
    """The likely places of these roles, by default at least the likeliest.

    `places` are likeliest first.
    """
    wanted = [place for place in places if place.role in roles]
    sources = [place for place in wanted if place.role is Role.SOURCE]
    best = (sources or wanted)[:1] if at_least_one else []
    chosen = [place for place in sources if _is_likely(place, sources)][:MOST_SOURCES] or best
    chosen += [
        place
        for place in wanted
        if place.role is not Role.SOURCE and place not in chosen and _is_named_or_likely(place)
    ]
    return tuple(chosen[:MOST_PLACES])


def _is_named_or_likely(place: Place) -> bool:
    least = LIKELY.get(place.role)
    return place.named if least is None else place.probability >= least


def _is_likely(place: Place, sources: Sequence[Place]) -> bool:
    if place.named:
        return True
    if any(each.named for each in sources):
        return place.probability >= BESIDE_NAMED
    least = max(LIKELY[Role.SOURCE], TO_LIKELIEST * sources[0].probability)
    return place.probability >= least


def in_order(places: Sequence[Place], graph: Graph) -> tuple[Place, ...]:
    """The places in an order that works: what is imported before what imports it, then stubs,
    tests, documents and the change log. Files that import each other keep their order."""
    left = sorted(places, key=lambda place: _ORDER.index(place.role))
    found: list[Place] = []
    while left:
        role = left[0].role
        waiting = {place.path for place in left if place.role is role}
        ready = next(
            (
                place
                for place in left
                if place.role is role
                and not (graph.imports.get(place.path, frozenset()) & waiting - {place.path})
            ),
            left[0],
        )
        left.remove(ready)
        found.append(ready)
    return tuple(found)
