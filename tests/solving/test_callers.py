"""Edits that break the users of a definition in other files."""

import pytest

from assistant.checks.results import Status, Verdict
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.proposal.changes import Change
from assistant.refactoring.callers import broken_places
from assistant.solving.events import ProposalReady, Step, Verb
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit

CORE = (
    "def fetch(url, retries=1):\n    return url, retries\n\n\n"
    "class Client:\n    def __init__(self, host):\n        self.host = host\n\n"
    "    def get(self, path):\n        return fetch(path)\n\n"
    "    @classmethod\n    def local(cls, port):\n        return cls(str(port))\n"
)
USES = (
    "import core\nfrom core import Client, fetch as load\n\n\n"
    "def all_of(urls, options):\n"
    "    load(urls[0])\n"
    "    core.fetch('a', retries=2)\n"
    "    core.fetch(*urls)\n"
    "    core.fetch(**options)\n"
    "    client = Client('h')\n"
    "    client.get('p')\n"
    "    Client.get(client, 'p')\n"
    "    Client.local(1)\n"
    "    return {}.get('p')\n"
)
FILES = {"core.py": CORE, "uses.py": USES}


def broken(world, old: str, new: str) -> list[str]:
    data = CORE.encode()
    changed = data.replace(old.encode(), new.encode())
    assert changed != data
    workspace = world.workspace
    found = broken_places(
        workspace.repository,
        (Change("core.py", data, changed),),
        workspace.settings.cache_dir,
    )
    return [each.text for each in found]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("def fetch(url, retries=1)", "def fetch(url, retries=1, timeout=None)", []),
        ("def fetch(url, retries=1)", "def fetch(url, times=1)", [
            "uses.py:7: fetch(...) has no parameter 'retries' to give"]),
        ("def fetch(url, retries=1)", "def fetch(url, timeout, retries=1)", [
            "core.py:10: fetch(...) lacks argument 'timeout'",
            "uses.py:6: fetch(...) lacks argument 'timeout'",
            "uses.py:7: fetch(...) lacks argument 'timeout'"]),
        ("def fetch(url, retries=1)", "def fetch(retries=1, url='')", [
            "core.py:10: fetch(...) gives 'url' by position, which is 'retries' now",
            "uses.py:6: fetch(...) gives 'url' by position, which is 'retries' now",
            "uses.py:7: fetch(...) gives 'retries' twice"]),
        ("def get(self, path)", "def get(self, path, *, raw)", [
            "uses.py:11: Client.get(...) lacks argument 'raw'",
            "uses.py:12: Client.get(...) lacks argument 'raw'"]),
        ("def get(self, path)", "def get(self)", [
            "uses.py:11: Client.get(...) gives 1 arguments by position, 0 are taken",
            "uses.py:12: Client.get(...) gives 2 arguments by position, 1 are taken"]),
        ("def __init__(self, host)", "def __init__(self, host, port)", [
            "uses.py:10: Client(...) lacks argument 'port'"]),
        ("def local(cls, port)", "def local(cls, host, port)", [
            "uses.py:13: Client.local(...) lacks argument 'port'"]),
        ("def fetch(url, retries=1)", "def load(url, retries=1)", [
            "uses.py:2: fetch is gone from core.py",
            "uses.py:7: fetch is gone from core.py",
            "uses.py:8: fetch is gone from core.py",
            "uses.py:9: fetch is gone from core.py"]),
        ("def get(self, path)", "def read(self, path)", [
            "uses.py:11: Client.get is gone from core.py",
            "uses.py:12: Client.get is gone from core.py"]),
        ("    return url, retries", "    return retries, url", []),
    ],
)  # fmt: skip
def test_what_a_change_breaks_elsewhere(make_world, old, new, expected) -> None:
    assert broken(make_world([], files=FILES), old, new) == expected


def test_a_name_that_is_imported_from_elsewhere_is_not_gone(make_world) -> None:
    world = make_world([], files={**FILES, "other.py": "def fetch(url, retries=1): ...\n"})
    head = "def fetch(url, retries=1):\n    return url, retries\n"
    assert broken(world, head, "from other import fetch\n") == []


CART = "class Cart:\n    def __init__(self, items):\n        self.items = items\n\n"
TOTAL = "    @property\n    def total(self):\n        return sum(self.items)\n"
USES_TOTAL = "from cart import Cart\n\n\ndef pay(cart: Cart):\n    return cart.total\n"
FAST = "def fast():\n    return 1\n"
USES_FAST = "try:\n    from lib import fast\nexcept ImportError:\n    fast = None\n"
ASSIGNED = CART + "        self.total = sum(items)\n"
DYNAMIC = CART + "    def __getattr__(self, name):\n        return sum(self.items)\n"


@pytest.mark.parametrize(
    ("path", "old", "new", "uses", "places"),
    [
        ("cart.py", CART + TOTAL, ASSIGNED, USES_TOTAL, 0),
        ("cart.py", CART + TOTAL, DYNAMIC, USES_TOTAL, 0),
        ("cart.py", CART + TOTAL, CART, USES_TOTAL, 1),
        ("lib.py", FAST, "", USES_FAST, 0),
        ("lib.py", FAST, "", USES_FAST.replace("ImportError", "(KeyError, ImportError)"), 0),
        ("lib.py", FAST, "", USES_FAST.replace("ImportError", "KeyError"), 1),
        ("lib.py", FAST, "def __getattr__(name): ...\n", "from lib import fast\n", 0),
        ("lib.py", FAST, "", "from lib import fast\n", 1),
    ],
)
def test_what_has_another_way_to_its_value_is_not_gone(
    make_world, path, old, new, uses, places
) -> None:
    workspace = make_world([], files={path: old, "uses.py": uses}).workspace
    change = Change(path, old.encode(), new.encode())
    found = broken_places(workspace.repository, (change,), workspace.settings.cache_dir)
    assert len(found) == places


def test_an_edit_that_breaks_its_callers_fails(make_world) -> None:
    answer = "def fetch(url, timeout, retries=1):\n    return url, timeout, retries\n"
    world = make_world([answer], files=FILES)
    request = TaskRequest(
        "Add a parameter timeout to `fetch`", (Selected("core.py", "fetch"),), candidates=1
    )
    last = list(edit(world.workspace, request, Cancel()))[-1]
    assert isinstance(last, ProposalReady)
    said = last.proposal.best.found("callers")
    assert said is not None
    assert said.status is Status.FAILED
    assert "uses.py:6: fetch(...) lacks argument 'timeout'" in said.output
    assert last.proposal.best.verdict is Verdict.FAILED


def test_a_later_step_of_a_plan_may_adapt_the_callers(make_world) -> None:
    """Until then, nothing is verified."""
    answer = "def fetch(url, timeout, retries=1):\n    return url, timeout, retries\n"
    world = make_world([answer], files=FILES)
    step = Step(1, Verb.EDIT, "core.py", "fetch", "Add a parameter timeout to fetch")
    request = TaskRequest("Give `fetch` and its users a timeout", step=step, candidates=1)
    last = list(edit(world.workspace, request, Cancel()))[-1]
    assert isinstance(last, ProposalReady)
    said = last.proposal.best.found("callers")
    assert said is not None
    assert said.status is Status.DISPUTED
    assert "uses.py:6: fetch(...) lacks argument 'timeout'" in said.output
    assert last.proposal.stands


def test_a_deletion_says_where_the_definition_is_used(make_world) -> None:
    world = make_world([], files=FILES)
    step = Step(1, Verb.DELETE, "core.py", "Client", "Delete the client")
    request = TaskRequest("Delete the client", step=step)
    last = list(edit(world.workspace, request, Cancel()))[-1]
    assert isinstance(last, ProposalReady)
    said = last.proposal.best.found("callers")
    assert said is not None
    assert said.detail == "uses.py:2: Client is gone from core.py"
    assert world.engine.requests == []


@pytest.mark.parametrize(
    ("call", "others", "found"),
    [
        ("client.get('p', fresh=True)", "", ["core.py:3: get(...) takes no fresh"]),
        ("fetch('p', retries=3)", "", []),
        ("fetch('p', fresh=True)", "", ["core.py:3: fetch(...) takes no fresh"]),
        ("requests.post('p', fresh=True)", "", []),
        ("fetch('p', fresh=True)", "fresh = 1\n", []),
        ("client.get('p', fresh=True)", "class Other:\n    def get(self, **rest): ...\n", []),
        ("client.get('p', fresh=True)", "class Other:\n    get = print\n", []),
        ("client.get('p', fresh=True)", "class Other:\n    @cached\n    def get(self): ...\n", []),
    ],
)
def test_a_keyword_that_nothing_takes(make_world, call: str, others: str, found: list) -> None:
    workspace = make_world([], files={**FILES, "others.py": others}).workspace
    new = f"def news(client):\n    # the whole change\n    return {call}\n\n\n{CORE}"
    change = Change("core.py", CORE.encode(), new.encode())
    places = broken_places(workspace.repository, (change,), workspace.settings.cache_dir)
    assert [each.text for each in places] == found


def test_a_keyword_that_the_change_gives_a_definition_elsewhere(make_world) -> None:
    workspace = make_world([], files=FILES).workspace
    defined = CORE.replace("retries=1", "retries=1, fresh=False")
    used = USES.replace("retries=2", "fresh=True")
    changes = (
        Change("uses.py", USES.encode(), used.encode()),
        Change("core.py", CORE.encode(), defined.encode()),
    )
    assert not broken_places(workspace.repository, changes, workspace.settings.cache_dir)
    (place,) = broken_places(workspace.repository, changes[:1], workspace.settings.cache_dir)
    assert place.text == "uses.py:7: fetch(...) takes no fresh"
