"""Selections that do not fit: what is shown of them, and what never is cut."""

from pathlib import Path

import pytest

from assistant.context.build import build_context, stable_context
from assistant.context.bundle import Context, Selected
from assistant.context.describing import amount, amounts, count_units
from assistant.context.eliding import ELISION
from assistant.errors import ContextError
from assistant.prompt.builder import ask_messages, stable_messages
from assistant.repo.git import Repository
from assistant.repo.python_trees import parsed
from tests.context.conftest import WordCounter

BUDGET = 600


def build(
    repository: Repository, *selection: Selected, task: str, budget: int = BUDGET, focus=()
) -> Context:
    return build_context(
        repository, repository.snapshot(), selection, task, WordCounter(), budget, focus
    )


def function(name: str, lines: int = 6, body: str = "total += first * second") -> str:
    return f"def {name}(first, second):\n    total = 0\n" + f"    {body}\n" * lines + "\n\n"


def method(name: str, lines: int = 6) -> str:
    return f"    def {name}(self, first):\n" + "        self.value += first\n" * lines + "\n"


def write(repository: Repository, path: str, text: str) -> None:
    file = repository.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.fixture
def huge(repository: Repository) -> Repository:
    """A repository with a file of over 20,000 lines that uses a constant and a helper."""
    fillers = [function(f"filler_{n}") for n in range(2200)]
    wanted = function("round_price", body="total = LIMIT - spread_out(first)")
    used = function("spread_out")
    half = len(fillers) // 2
    parts = ["import math\n\nLIMIT = 12\n\n\n", *fillers[:half], wanted, *fillers[half:], used]
    write(repository, "huge.py", "".join(parts))
    return repository


TASK = "round_price must never be negative"


def test_the_named_unit_of_a_huge_file_is_shown_with_what_it_uses(huge: Repository) -> None:
    context = build(huge, Selected("huge.py"), task=TASK)
    (file,) = context.files
    assert {"imports", "round_price", "spread_out"} <= set(file.shown)
    assert "LIMIT = 12" in file.text
    assert not file.whole
    assert len(file.units) > 2200, "any unit can be a target"
    assert context.tokens <= BUDGET


def test_a_large_budget_is_for_what_fits_whole_and_not_for_narrowed_files(
    huge: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.context.build._MOST_NARROWED", 200)
    write(huge, "small.py", function("small"))
    selection = (Selected("huge.py"), Selected("small.py"))
    context = build(huge, *selection, task=TASK, budget=10_000)
    whole = sum(file.tokens for file in context.files if file.whole)
    assert whole > 0
    assert sum(file.tokens for file in context.files) - whole <= 200
    everything = build(huge, Selected("huge.py"), task=TASK, budget=1_000_000)
    assert everything.files[0].whole


def test_a_narrowed_file_says_how_much_of_it_is_read(huge: Repository) -> None:
    (file,) = build(huge, Selected("huge.py"), task=TASK).files
    shown, units = count_units(file)
    assert units == 2204
    assert amount(file) == (
        f"{shown} of 2,204 units · {file.tokens} of {file.full_tokens:,} tokens"
    )
    exact = WordCounter().count((huge.root / "huge.py").read_text())
    assert file.full_tokens == pytest.approx(exact, rel=0.1)


def test_what_is_shown_is_never_taken_for_code(huge: Repository) -> None:
    (file,) = build(huge, Selected("huge.py"), task=TASK).files
    assert ELISION in file.text
    assert "..." not in file.text
    assert parsed(file.text) is None


def test_the_same_selection_and_task_give_the_same_context(huge: Repository) -> None:
    first = build(huge, Selected("huge.py"), task=TASK)
    again = build(Repository.open(huge.root), Selected("huge.py"), task=TASK)
    assert first == again


def test_what_was_read_ahead_begins_every_prompt(huge: Repository) -> None:
    selection = (Selected("huge.py"), Selected("pkg/stock.py"))
    snapshot = huge.snapshot()
    stable = stable_context(huge, snapshot, selection, WordCounter(), BUDGET)
    ahead = stable_messages(stable)[-1].content
    assert "huge.py" in stable.outline
    assert "def available" in ahead
    for task in (TASK, "explain filler_7"):
        asked = ask_messages(build(huge, *selection, task=task), task)[-1].content
        assert asked.startswith(ahead.rstrip())


def test_words_without_a_match_show_the_beginning(huge: Repository) -> None:
    (file,) = build(huge, Selected("huge.py"), task="xyzzy").files
    assert "filler_0" in file.shown


def test_units_in_focus_come_before_those_that_the_task_names(huge: Repository) -> None:
    (file,) = build(huge, Selected("huge.py"), task=TASK, focus=("huge.py::filler_1500",)).files
    assert "filler_1500" in file.shown


def large_class() -> str:
    methods = "".join(method(f"do_{n}") for n in range(60))
    return (
        'class Basket:\n    """Items."""\n\n    size = 3\n\n'
        f"{methods}    @property\n{method('balance')}"
    )


def test_of_a_large_class_the_named_method_is_shown_with_head_and_signatures(
    repository: Repository,
) -> None:
    write(repository, "basket.py", large_class() + function("unrelated_thing"))
    context = build(repository, Selected("basket.py"), task="`balance` ignores refunds", budget=250)
    (file,) = context.files
    assert {"Basket.balance", "Basket head"} <= set(file.shown)
    assert "Basket" not in file.shown
    assert f"    def do_1(self, first):\n{ELISION}\n" in file.text
    assert "def unrelated_thing" not in file.text
    assert context.tokens <= 250


def test_a_class_that_is_named_but_too_large_is_left_to_its_members(
    repository: Repository,
) -> None:
    write(repository, "basket.py", large_class() + "".join(function(f"f{n}") for n in range(60)))
    (file,) = build(repository, Selected("basket.py"), task="Basket must add `refunds`").files
    assert "Basket head" in file.shown
    assert any(name.startswith("Basket.do_") for name in file.shown)


def test_of_two_files_the_one_that_fits_is_whole(huge: Repository) -> None:
    context = build(huge, Selected("huge.py"), Selected("pkg/prices.py"), task=TASK)
    prices, narrowed = context.files
    assert (prices.path, prices.whole) == ("pkg/prices.py", True)
    assert (narrowed.path, narrowed.whole) == ("huge.py", False)
    assert amount(prices) == f"whole · {prices.tokens} tokens"


def test_a_selected_unit_is_always_whole(huge: Repository) -> None:
    selection = (Selected("huge.py"), Selected("pkg/prices.py", "Basket.discount"))
    prices = build(huge, *selection, task=TASK).file("pkg/prices.py")
    assert prices is not None
    assert prices.shown == ("imports", "Basket head", "Basket.discount")


def test_selected_units_over_the_budget_are_an_error_that_says_what_to_do(
    huge: Repository,
) -> None:
    selection = tuple(Selected("huge.py", f"filler_{n}") for n in range(40))
    with pytest.raises(ContextError) as caught:
        build(huge, *selection, task=TASK)
    assert "over the limit of 600" in caught.value.message
    assert "huge.py" in caught.value.message
    assert "select fewer of them, or the whole file" in caught.value.hint


def test_a_folder_is_read_as_its_files_if_they_fit(repository: Repository) -> None:
    write(repository, "pkg/poetry.lock", "locked\n")
    write(repository, "pkg/.env", "SECRET=1\n")
    folder = build(repository, Selected("pkg"), task="anything")
    files = build(
        repository,
        *(Selected(f"pkg/{name}.py") for name in ("__init__", "colours", "prices", "stock")),
        task="anything",
    )
    assert folder == files


def folder_of(repository: Repository, count: int) -> None:
    for number in range(count):
        text = "".join(function(f"part_{number}_{n}") for n in range(4))
        write(repository, f"lib/file_{number}.py", text)
    write(repository, "lib/money.py", function("round_price") + function("spread_out"))
    (repository.root / "lib" / "image").write_bytes(b"\0\1")


def test_of_a_large_folder_the_files_that_the_task_is_about_are_read(
    repository: Repository,
) -> None:
    folder_of(repository, 120)
    context = build(repository, Selected("lib"), task=TASK)
    assert context.files[0].path == "lib/money.py"
    assert "round_price" in context.files[0].text
    assert all(file.path.startswith("lib/") for file in context.files)
    assert "lib/file_7.py" in context.unread
    assert f"not read: {context.unread[0]}" in "\n".join(amounts(context))
    assert context.tokens <= BUDGET


def test_the_root_is_a_folder(repository: Repository) -> None:
    paths = {file.path for file in build(repository, Selected("."), task="x", budget=9000).files}
    assert {"README.md", "pkg/prices.py", "tests/test_prices.py"} <= paths


def test_files_for_which_there_is_no_room_are_named_as_unread(repository: Repository) -> None:
    for number in range(60):
        write(repository, f"lib/file_{number}.py", function(f"part_{number}") * 40)
    selection = [Selected(f"lib/file_{number}.py") for number in range(60)]
    context = build(repository, *selection, task="part_7 is wrong")
    (file,) = (file for file in context.files if file.path == "lib/file_7.py")
    assert "part_7" in file.shown
    assert context.unread
    assert {file.path for file in context.files} | set(context.unread) == {
        each.path for each in selection
    }
    assert context.tokens <= BUDGET


def test_a_missing_file_is_still_refused(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(ContextError, match="does not exist"):
        build(repository, Selected("gone.py"), task="x")
