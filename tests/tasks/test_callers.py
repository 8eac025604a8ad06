"""A parameter that is threaded through the callers of a function, in other files too."""

from assistant.checks.results import Status, Verdict
from assistant.context.bundle import ContextFile, Selected
from assistant.engine.base import Cancel
from assistant.intent.reading import read_intent
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.solving.events import ProposalReady, UnitsChosen
from assistant.solving.request import TaskRequest
from assistant.solving.values import Target
from assistant.tasks.callers import MOST_CALLERS, with_callers
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


MANY = {
    "net.py": (
        "def connect(host):\n    return host\n\n\ndef send(text):\n    return text\n\n\n"
        + "\n\n".join(f"def pad{n}():\n    return {'x' * 60!r}\n" for n in range(200))
    ),
    "uses.py": "from net import connect\n\n\n"
    + "\n\n".join(f"def use{n}():\n    return connect({n})\n" for n in range(11)),
    "mail.py": "from net import send\n\n\ndef mail():\n    return send('a')\n",
}


def targets_for(world, task, *labels):
    targets = []
    for label in labels:
        path, _, name = label.partition("::")
        text = (world.root / path).read_text()
        file = ContextFile(path, text, units_of(text_file(path, text.encode())), len(text))
        unit = next((each for each in file.units if each.name == name), None)
        targets.append(Target(file, unit))
    found, more = with_callers(world.workspace, targets, read_intent(task), Cancel())
    return [each.label for each in found], more


def test_callers_that_are_too_many_are_reported(make_world) -> None:
    world = make_world([], files=MANY)
    task = "Add a parameter timeout to `connect` and update all callers"
    labels, more = targets_for(world, task, "net.py::connect")
    assert labels == ["net.py::connect", *(f"uses.py::use{n}" for n in range(MOST_CALLERS))]
    assert more == ("3 more callers are not changed: uses.py::use8, uses.py::use9, uses.py::use10")


def test_callers_of_every_target_are_searched(make_world) -> None:
    world = make_world([], files={**MANY, "uses.py": ""})
    task = "Add a parameter timeout to `connect` and `send` and update all callers"
    labels, more = targets_for(world, task, "net.py::connect", "net.py::send")
    assert labels == ["net.py::connect", "net.py::send", "mail.py::mail"]
    assert more == ""


def test_callers_of_a_caller_stay(make_world) -> None:
    files = {**FILES, "top.py": "from pages import page\n\n\ndef top():\n    return page(1)\n"}
    labels, _ = targets_for(make_world([], files=files), TASK, "pages.py::page", "net.py::fetch")
    assert "pages.py::page" in labels
    assert "top.py::top" not in labels


def test_the_functions_of_a_file_that_is_written_whole_have_callers_too(make_world) -> None:
    world = make_world([], files=FILES)
    labels, _ = targets_for(world, TASK, "net.py")
    assert labels == ["net.py", "feeds.py::Feed.read", "pages.py::page"]


def test_callers_that_are_not_changed_are_part_of_the_reason(make_world) -> None:
    files = {"net.py": FILES["net.py"], "uses.py": MANY["uses.py"].replace("connect", "fetch")}
    world = make_world(lambda request: "def fetch(url, timeout=1):\n    return url\n", files=files)
    assert "more callers are not changed: uses.py::use" in run(world)[-1].proposal.reason
