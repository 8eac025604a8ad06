"""A parameter that is threaded through the callers of a function, in other files too."""

from assistant.checks.results import Status, Verdict
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.solving.events import ProposalReady, UnitsChosen
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit

FILES = {
    "net.py": (
        "def fetch(url):\n    return open_url(url)\n\n\n"
        "def open_url(url):\n    return url\n\n\n"
        "def head(url):\n    return fetch(url)[:1]\n"
    ),
    "pages.py": "from net import fetch\n\n\ndef page(number):\n    return fetch(str(number))\n",
    "feeds.py": "import net\n\n\nclass Feed:\n    def read(self):\n        return net.fetch('f')\n",
    "tests/test_net.py": "from net import fetch\n\n\ndef test_fetch():\n    assert fetch('a')\n",
}
FETCH = "def fetch(url, timeout):\n    return open_url(url)[:timeout]\n"
ANSWERS = {
    "fetch": FETCH,
    "read": "    def read(self, timeout):\n        return net.fetch('f', timeout)\n",
    "head": "def head(url, timeout):\n    return fetch(url, timeout)[:1]\n",
    "page": "def page(number, timeout):\n    return fetch(str(number), timeout)\n",
}
TASK = "Add a parameter timeout to fetch() and pass it through from all its callers"


def run(world, task=TASK):
    request = TaskRequest(task, (Selected("net.py"),), candidates=1)
    return list(edit(world.workspace, request, Cancel()))


def the_best(events):
    assert isinstance(events[-1], ProposalReady)
    return events[-1].proposal.best


def test_callers_in_other_files_are_written_after_the_definition(make_world) -> None:
    script = [ANSWERS[name] for name in ("fetch", "read", "head", "page")]
    world = make_world(script, files=FILES)
    events = run(world)
    chosen = next(each for each in events if isinstance(each, UnitsChosen))
    assert chosen.labels == (
        "net.py::fetch",
        "feeds.py::Feed.read",
        "net.py::head",
        "pages.py::page",
    )
    best = the_best(events)
    new = {each.path: each.new.decode() for each in best.changes}
    assert set(new) == {"net.py", "feeds.py", "pages.py"}
    assert FETCH in new["net.py"]
    assert ANSWERS["head"] in new["net.py"]
    assert new["feeds.py"].endswith(ANSWERS["read"])
    assert new["pages.py"].endswith(ANSWERS["page"])


def test_a_caller_is_written_with_the_new_definition_and_its_own_code_in_view(make_world) -> None:
    world = make_world([ANSWERS[name] for name in ("fetch", "read", "head", "page")], files=FILES)
    run(world)
    first, second, *_ = (each.messages[-1].content for each in world.engine.requests)
    assert "def fetch(url, timeout)" not in first
    assert FETCH.strip() in second
    assert "return net.fetch('f')" in second


def test_a_test_that_no_longer_fits_is_reported(make_world) -> None:
    world = make_world([ANSWERS[name] for name in ("fetch", "read", "head", "page")], files=FILES)
    said = the_best(run(world)).found("callers")
    assert said is not None
    assert said.status is Status.FAILED
    assert said.detail == "tests/test_net.py:5: fetch(...) lacks argument 'timeout'"


def test_callers_stay_where_the_task_does_not_ask_for_them(make_world) -> None:
    answer = FETCH.replace("timeout)", "timeout=9)", 1)
    world = make_world([answer], files=FILES)
    best = the_best(run(world, "Add an optional parameter timeout to fetch()"))
    assert [each.path for each in best.changes] == ["net.py"]
    assert best.found("callers") is None
    assert best.verdict is Verdict.NOT_TESTED
