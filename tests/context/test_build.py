"""Building a context from a selection or a task, token counts, and errors."""

import pytest

from assistant.context.build import build_context
from assistant.context.bundle import Context, Selected
from assistant.context.render import render_file
from assistant.context.selecting import NARROWED_TOKENS, narrowed
from assistant.errors import ContextError
from assistant.repo.git import Repository
from assistant.repo.parsing import units_of


def build(repository: Repository, counter, *selection: Selected, task="", budget=10_000) -> Context:
    return build_context(repository, repository.snapshot(), selection, task, counter, budget)


def test_files_keep_the_order_of_the_selection(repository, counter) -> None:
    context = build(repository, counter, Selected("pkg/stock.py"), Selected("pkg/colours.py"))
    assert [file.path for file in context.files] == ["pkg/stock.py", "pkg/colours.py"]
    assert all(file.whole for file in context.files)


def test_token_counts_match_the_rendered_text(repository, counter) -> None:
    context = build(repository, counter, Selected("pkg/prices.py"))
    (file,) = context.files
    assert file.tokens == counter.count(render_file(file))
    assert context.outline_tokens == counter.count(context.outline) > 0
    assert context.tokens == file.tokens + context.outline_tokens


def test_selecting_a_unit_elides_the_rest_of_the_file(repository, counter) -> None:
    context = build(repository, counter, Selected("pkg/prices.py", "Basket.discount"))
    (file,) = context.files
    assert not file.whole
    assert file.text == (
        "import math\n\nfrom pkg.stock import available\n\n\nclass Basket:\n⋮\n"
        "    def discount(self, rate):\n        return self.total_price() * rate\n⋮\n"
    )
    assert "Basket.total_price" in {unit.name for unit in file.units}


def test_a_file_selected_both_whole_and_by_unit_stays_whole(repository, counter) -> None:
    selection = (Selected("pkg/prices.py", "unrelated"), Selected("pkg/prices.py"))
    (file,) = build(repository, counter, *selection).files
    assert file.whole


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("gone.py", None, "does not exist"),
        ("image", b"\0\1", "is binary"),
        pytest.param("big", b"a" * 2_000_001, "is larger than 2 MB", id="large"),
    ],
)
def test_an_unsuitable_file_is_refused(repository, counter, name, data, message) -> None:
    if data is not None:
        (repository.root / name).write_bytes(data)
    with pytest.raises(ContextError, match=message):
        build(repository, counter, Selected(name))


def test_a_missing_unit_is_refused(repository, counter) -> None:
    with pytest.raises(ContextError, match=r"no longer contains Basket\.sum"):
        build(repository, counter, Selected("pkg/prices.py", "Basket.sum"))


def test_without_a_selection_files_are_chosen_by_the_task(repository, counter) -> None:
    context = build(repository, counter, task="round the total price of the basket")
    assert context.files[0].path == "pkg/prices.py"
    assert "pkg/colours.py" not in {file.path for file in context.files}


def test_a_large_chosen_file_is_reduced_to_its_best_units(repository, counter) -> None:
    large = "".join(f"def filler{n}():\n    return {n}\n\n\n" for n in range(300))
    (repository.root / "pkg" / "prices.py").write_text(
        large + "def round_price(price):\n    return round(price)\n"
    )
    context = build(repository, counter, task="fix round_price", budget=200)
    file = context.file("pkg/prices.py")
    assert file is not None
    assert not file.whole
    assert "def round_price" in file.text
    assert context.tokens <= 200


def test_room_for_less_than_the_frame_of_another_file_is_left_free(repository, counter) -> None:
    for number in range(6):
        body = "    return basket.price\n" * 20
        (repository.root / "pkg" / f"basket{number}.py").write_text(
            f"def total_price{number}(basket):\n{body}"
        )
    for budget in range(70, 150, 4):
        context = build(repository, counter, task="round the total price", budget=budget)
        assert context.tokens <= budget


def test_the_outline_starts_with_what_the_selection_references(repository, counter) -> None:
    context = build(repository, counter, Selected("pkg/prices.py"))
    first, second = context.outline.splitlines()[:2]
    assert (first, second) == ("pkg/stock.py", "  def available(item)")
    assert "pkg/prices.py" not in context.outline.splitlines()


def test_the_outline_does_not_depend_on_the_task(repository, counter) -> None:
    one = build(repository, counter, Selected("pkg/prices.py"), task="mix the colours")
    other = build(repository, counter, Selected("pkg/prices.py"), task="count the stock")
    assert one == other


def test_the_outline_stays_within_the_budget(repository, counter) -> None:
    whole = build(repository, counter, Selected("pkg/stock.py"))
    budget = whole.files[0].tokens + 6
    context = build(repository, counter, Selected("pkg/stock.py"), budget=budget)
    assert 0 < context.outline_tokens <= 6
    assert context.tokens <= budget


def test_secrets_and_lock_files_are_sent_only_when_selected(repository, counter) -> None:
    (repository.root / ".env").write_text("TOTAL_PRICE_TOKEN=hunter2\n")
    (repository.root / "poetry.lock").write_text("total price of the basket\n")
    chosen = build(repository, counter, task="total price token of the .env and poetry.lock")
    near = build(repository, counter, Selected("README.md"))
    for context in (chosen, near):
        assert not {".env", "poetry.lock"} & {file.path for file in context.files}
        assert ".env" not in context.outline
        assert "poetry.lock" not in context.outline
    assert build(repository, counter, Selected(".env")).files[0].path == ".env"


LONG = NARROWED_TOKENS + 1


@pytest.mark.parametrize(
    ("unit", "tokens", "task", "expected"),
    [
        ("", LONG, "round total_price up", "Basket.total_price"),
        ("", NARROWED_TOKENS, "round total_price up", ""),
        ("", LONG + 1, "round total_price up", ""),
        ("", LONG, "the discount is too high", ""),
        ("", LONG, "`discount` is too high", "Basket.discount"),
        ("unrelated", LONG, "like total_price", "unrelated"),
    ],
)
def test_a_long_file_is_narrowed_to_what_the_task_names(
    repository, unit, tokens, task, expected
) -> None:
    units = units_of(repository.text("pkg/prices.py"))
    found = narrowed(Selected("pkg/prices.py", unit), units, tokens, task, budget=LONG)
    assert found == (Selected("pkg/prices.py", expected),)


def test_a_file_that_defines_a_name_of_the_task_is_read_among_many(repository, counter) -> None:
    for number in range(40):
        text = f"def other_{number}():\n    return far_away() + far_away() + far_away()\n"
        (repository.root / "pkg" / f"far_away_{number}.py").write_text(text)
    (repository.root / "pkg" / "z.py").write_text("def far_away():\n    return 0\n")
    context = build(repository, counter, task="Return 1 from far_away", budget=400)
    assert context.files[0].path == "pkg/z.py"


def test_every_file_that_defines_a_name_of_the_task_gets_room(repository, counter) -> None:
    """A large file that fits the words best leaves some."""
    methods = "".join(
        f"    def read_order_{n}(self):\n        order = self.get_order_name()\n"
        f"        return order, {n}, 'a longer order of {n} items and more'\n\n"
        for n in range(60)
    )
    (repository.root / "orders.py").write_text(
        f"class Order:\n    def get_order_name(self):\n        return name_of(self)\n\n{methods}"
    )
    body = "    value = it + 1\n" * 10
    (repository.root / "names.py").write_text(f"def name_of(it):\n{body}    return it\n")
    (repository.root / "log.py").write_text(f"def log_it(logger):\n{body}    return logger\n")
    task = "Thread a flag of name_of through Order.get_order_name and log_it, for order and orders"
    context = build(repository, counter, task=task, budget=800)
    whole = {file.path: file.whole for file in context.files}
    assert whole == {"orders.py": False, "log.py": True, "names.py": True}
