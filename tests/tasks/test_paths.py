"""Files that a task names by their paths are what it changes."""

import pytest

from assistant.context.bundle import ContextFile, Selected
from assistant.engine.base import Cancel
from assistant.solving.events import ProposalReady, Step, UnitsChosen, Verb
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit
from assistant.tasks.gathering import gather_context
from assistant.tasks.locate import locate
from assistant.tasks.paths import files_said, said_first

SIZES = "def size(value):\n    return str(value)\n\n\ndef other(value):\n    return value\n"
PACKAGE = 'from shop.sizes import size\n\n__all__ = ["size"]\n'
FILES = {
    "shop/sizes.py": SIZES,
    "shop/__init__.py": PACKAGE,
    "shop/times.py": '__all__ = ["now"]\n\n\ndef now():\n    return 0\n',
}
EXPORTED = 'from shop.sizes import rate, size\n\n__all__ = ["rate", "size"]\n'
RATE = 'def rate(value):\n    return size(value) + "/s"\n'
BOTH = (
    "Add a function rate(value) after size in shop/sizes.py that returns size(value) with /s, "
    "and use it in shop/__init__.py"
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("change shop/a.py", ["shop/a.py"]),
        ("change ./shop/a.py.", ["shop/a.py"]),
        ("change a.py", []),
        ("change setup.py and shop/a.py", ["setup.py", "shop/a.py"]),
        ("change x/shop/a.py", []),
        ("change src/pkg/__init__.py", ["src/pkg/__init__.py"]),
        ("change pkg/__init__.py", ["src/pkg/__init__.py"]),
        ("change shop/a.py like setup.py does", ["shop/a.py"]),
        ("do as in shop/a.py, in setup.py", ["setup.py"]),
    ],
)
def test_files_are_named_by_whole_paths_or_two_parts(text: str, found: list[str]) -> None:
    paths = ("setup.py", "shop/a.py", "src/pkg/__init__.py", "src/other/__init__.py")
    files = [ContextFile(path, "", (), 0) for path in paths]
    assert [file.path for file in files_said(text, files)] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("in a.py, which is pkg/a.py", ["pkg/a.py"]),
        ("add it in lib/b.py, and import it in pkg/a.py", ["lib/b.py"]),
        ("add it in b.py, and import it in pkg/a.py", ["pkg/a.py"]),
        ("in a.py", ["pkg/a.py", "lib/a.py"]),
        ("in c.py", []),
    ],
)
def test_of_several_paths_the_longest_counts_and_then_the_first(text: str, found: list) -> None:
    files = [ContextFile(path, "", (), 0) for path in ("pkg/a.py", "lib/a.py", "lib/b.py")]
    assert [file.path for file in said_first(text, files)] == found


def run(world, task: str, **more: object):
    events = list(edit(world.workspace, TaskRequest(task, candidates=1, **more), Cancel()))
    chosen = next(event for event in events if isinstance(event, UnitsChosen))
    proposal = next(event for event in events if isinstance(event, ProposalReady)).proposal
    return chosen, proposal


def test_a_task_changes_the_file_that_it_names(make_world) -> None:
    world = make_world([EXPORTED], files=FILES)
    task = "In shop/__init__.py import rate from shop.sizes and list it in __all__"
    chosen, proposal = run(world, task)
    assert chosen.labels == ("shop/__init__.py",)
    (change,) = proposal.candidates[0].changes
    assert change.new == EXPORTED.encode()


@pytest.mark.parametrize("written", [EXPORTED, PACKAGE.replace('["size"]', '["rate", "size"]')])
def test_a_task_that_names_two_files_changes_both(make_world, written: str) -> None:
    world = make_world([RATE, written], files=FILES)
    chosen, proposal = run(world, BOTH)
    assert chosen.labels == ("shop/sizes.py", "shop/__init__.py")
    changes = {change.path: change.new or b"" for change in proposal.candidates[0].changes}
    assert changes["shop/__init__.py"] == EXPORTED.encode()
    assert changes["shop/sizes.py"].startswith(
        b"def size(value):\n    return str(value)\n\n\ndef rate"
    )


UNKNOWN = RATE.replace("size(value)", "size(value, places)")


@pytest.mark.parametrize(("drafts", "taken"), [((UNKNOWN, RATE), RATE), (UNKNOWN, UNKNOWN)])
def test_of_several_drafts_the_first_without_undefined_names_is_taken(
    make_world, drafts: str | tuple[str, ...], taken: str
) -> None:
    world = make_world([drafts, EXPORTED], files=FILES)
    *_, ready = edit(world.workspace, TaskRequest(BOTH, candidates=2), Cancel())
    assert isinstance(ready, ProposalReady)
    changes = {change.path: change.new or b"" for change in ready.proposal.candidates[0].changes}
    assert taken.encode() in changes["shop/sizes.py"]


def test_a_named_file_that_is_too_large_to_be_rewritten_is_said(make_world) -> None:
    large = PACKAGE + "".join(f"\n\ndef work_{n}(value):\n    return value\n" for n in range(300))
    world = make_world([RATE], files={**FILES, "shop/__init__.py": large})
    chosen, proposal = run(world, BOTH)
    assert chosen.labels == ("shop/sizes.py",)
    assert "shop/__init__.py is named in the task and not changed" in proposal.reason


def test_a_step_changes_its_own_file(make_world) -> None:
    world = make_world([RATE], files=FILES)
    step = Step(
        1, Verb.EDIT, "shop/sizes.py", "", "Add rate(value), and export it from shop/__init__.py"
    )
    chosen, proposal = run(world, BOTH, step=step)
    assert {label.partition("::")[0] for label in chosen.labels} == {"shop/sizes.py"}
    assert "not changed" not in proposal.reason


def test_an_export_of_what_is_not_imported_fails(make_world) -> None:
    listed = PACKAGE.replace('["size"]', '["rates", "size", "times"]')
    _, proposal = run(make_world([RATE, listed], files=FILES), BOTH)
    found = proposal.candidates[0].found("names")
    assert found is not None
    assert found.detail == "shop/__init__.py:3: undefined name 'rates'"


DOCS = {
    "docs/index.rst": "Shop\n====\n\nSizes.\n",
    "tests/test_sizes.py": "def test_it():\n    pass\n",
}


@pytest.mark.parametrize(
    ("task", "paths"),
    [
        ("Fix the spelling in docs/index.rst", {"docs/index.rst"}),
        ("Let size() round, and test it in tests/test_sizes.py", {"shop/sizes.py"}),
        ("Let size() round, and document it in docs/index.rst", {"shop/sizes.py"}),
        (
            "Document in docs/index.rst and add a function rate(value) to shop/sizes.py",
            {"docs/index.rst", "shop/sizes.py"},
        ),
    ],
)
def test_documents_and_tests_that_are_named_are_not_the_only_place(
    make_world, task: str, paths: set
) -> None:
    world = make_world(lambda request: "def size(value):\n    return 1\n", files={**FILES, **DOCS})
    selection = tuple(Selected(path) for path in ("shop/sizes.py", *DOCS))
    request = TaskRequest(task, selection, candidates=1)
    context = gather_context(world.workspace, request)
    labels: list[str] = []

    def targets():
        found = yield from locate(world.workspace, request, context, (), Cancel())
        labels.extend(each.label for each in found)

    list(targets())
    found = {label.partition("::")[0] for label in labels}
    assert paths <= found
    assert labels[-1].startswith("shop/") or paths == {"docs/index.rst"}
