"""More users than slots: no request is lost, and a cancel frees its slot."""

import pytest

from tests.llama_server import SLOTS
from tests.load.running import after_cancels, sessions
from tests.load.table import by_kind, by_user
from tests.load.users import Asked, Kind, User

USERS = [User(number, lines=8) for number in range(SLOTS + 1)]


@pytest.mark.weights
def test_no_request_is_lost_and_cancels_free_their_slots(llama_server):
    asked = sessions(llama_server.url, USERS, 300)
    assert [(each.user, each.kind) for each in asked] == [
        (user.number, kind) for user in USERS for kind in Kind
    ]
    assert [each for each in asked if each.lost] == []
    idle, after = after_cancels(llama_server.url, USERS, 60)
    assert idle < 30
    assert not after.lost


def test_what_ends_otherwise_than_it_should_is_lost():
    def asked(kind: Kind, end: str, first: float | None = 0.1) -> Asked:
        return Asked(0, kind, first, 1.0, 3, end)

    assert not asked(Kind.QUESTION, "length").lost
    assert not asked(Kind.CANCELLED, "cancelled").lost
    assert asked(Kind.QUESTION, "cancelled").lost
    assert asked(Kind.CANCELLED, "stop").lost
    assert asked(Kind.EDIT, "stop", None).lost
    assert asked(Kind.EDIT, "").lost
    assert asked(Kind.EDIT, "stop and stop").lost


def test_the_tables_have_median_and_worst():
    asked = [Asked(0, kind, 1.0 + at, 3.0, 4, "stop") for at, kind in enumerate(Kind)]
    assert list(by_user(asked))[2:] == [
        "| 1 | 4 | 1 | 2.5 | 4.0 | 3.0 | 3.0 |",
        "| all | 4 | 1 | 2.5 | 4.0 | 3.0 | 3.0 |",
    ]
    assert list(by_kind(asked))[4] == "| cancelled in the middle | 1 | 1 | 3.0 | 3.0 | 3.0 | 3.0 |"
