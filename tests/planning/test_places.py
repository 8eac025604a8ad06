"""Evidence becomes places: from words first, then from the files around the likely ones."""

import pytest

from assistant.planning.choosing import MOST_SOURCES, choose_places, in_order
from assistant.planning.evidence import measure, read_query
from assistant.planning.facts import FileFacts, Role, read_facts
from assistant.planning.graph import Graph, import_graph
from assistant.planning.places import Place, find_places
from assistant.planning.weights import Linear, Weights, load_weights
from assistant.repo.history import History, count_changes

FILES = {
    "shop/__init__.py": "from .cart import Cart\n",
    "shop/cart.py": "class Cart:\n    def add_item(self, item):\n        return item\n",
    "shop/price.py": "def round_price(value):\n    return value\n",
    "shop/tax.py": "def tax(value):\n    return value\n",
    "tests/test_cart.py": "from shop import Cart\n",
    "CHANGES.md": "# Changes\n",
}
WORDS = {Role.SOURCE: Linear(-3.0, {"defines a name": 6.0})}


def facts() -> list[FileFacts]:
    return [read_facts(path, text) for path, text in FILES.items()]


def places(task: str, linked: dict[Role, Linear], history: History) -> dict[str, float]:
    files = facts()
    graph, query = import_graph(files), read_query(task)
    weights = Weights(WORDS, linked)
    found = find_places(query, files, measure(query, files, graph), graph, history, weights)
    assert [place.probability for place in found] == sorted(
        (place.probability for place in found), reverse=True
    )
    return {place.path: place.probability for place in found}


def test_words_of_a_task_are_measured() -> None:
    files = facts()
    measured = measure(
        read_query("cart: let `add_item` return nothing in price.py"), files, import_graph(files)
    )
    by_path = {file.path: each for file, each in zip(files, measured, strict=True)}
    cart, price = by_path["shop/cart.py"], by_path["shop/price.py"]
    assert (cart["defines a name"], price["defines a name"]) == (1.0, 0.0)
    assert (cart["module opens"], price["module opens"]) == (1.0, 0.0)
    assert (cart["named by path"], price["named by path"]) == (0.0, 1.0)
    assert cart["words of a definition"] == 1.0


@pytest.mark.parametrize(
    "task", ["use round-price", "round the price", "use `round_price`", "修改round_price函数"]
)
def test_names_are_found_in_words(task: str) -> None:
    files = facts()
    measured = measure(read_query(task), files, import_graph(files))
    values = [each["defines a name"] + each["defines a compound"] for each in measured]
    assert [file.path for file, value in zip(files, values, strict=True) if value > 0.4] == [
        "shop/price.py"
    ]


def test_tests_and_importers_of_a_likely_file_are_likely() -> None:
    linked = {
        Role.SOURCE: Linear(-3.0, {"logit": 5.0, "imports": 5.0}),
        Role.TEST: Linear(-2.0, {"same stem": 4.0}),
    }
    found = places("let `add_item` return nothing", linked, History())
    assert found["tests/test_cart.py"] > 0.5
    assert found["shop/__init__.py"] > 10 * found["shop/tax.py"]
    assert found["CHANGES.md"] == 0.0, "no model for its role"


def test_what_changed_together_is_likely() -> None:
    linked = {Role.CHANGELOG: Linear(-1.0, {"together": 4.0})}
    commits = [["shop/cart.py", "CHANGES.md"]] * 9
    task = "let `add_item` return nothing"
    assert places(task, linked, History())["CHANGES.md"] < 0.5
    assert places(task, linked, count_changes(commits))["CHANGES.md"] > 0.5


def test_the_weights_of_the_program_find_the_obvious() -> None:
    files = facts()
    graph, query = import_graph(files), read_query("Fix add_item in shop/cart.py for None")
    measured = measure(query, files, graph)
    best, *_ = find_places(query, files, measured, graph, History(), load_weights())
    assert best.path == "shop/cart.py"


def place(path: str, probability: float, role: Role = Role.SOURCE) -> Place:
    return Place(path, role, probability)


def test_the_likely_places_are_chosen_and_at_least_one() -> None:
    unlikely = [place("a.py", 0.01), place("b.py", 0.005)]
    assert choose_places(unlikely) == (unlikely[0],)
    assert choose_places(unlikely, at_least_one=False) == ()
    log = place("CHANGES.md", 0.9, Role.CHANGELOG)
    test = place("t.py", 0.2, Role.TEST)
    assert choose_places([log, place("a.py", 0.8), test]) == (place("a.py", 0.8), log)
    assert choose_places([log, test], [Role.TEST]) == (test,)
    many = [place(f"{n}.py", 0.9) for n in range(MOST_SOURCES + 2)]
    assert len(choose_places(many)) == MOST_SOURCES


def test_beside_a_file_that_the_task_names_others_have_to_be_likelier() -> None:
    named = Place("a.py", Role.SOURCE, 0.1, named=True)
    assert choose_places([place("b.py", 0.6), named]) == (named,)
    assert choose_places([place("b.py", 0.8), named]) == (place("b.py", 0.8), named)


def test_data_and_configuration_change_only_where_the_task_names_them() -> None:
    first, data = place("a.py", 0.9), place("b.toml", 0.9, Role.OTHER)
    named = Place("c.toml", Role.OTHER, 0.0, named=True)
    assert choose_places([first, data, named]) == (first, named)


def test_beside_a_likely_file_others_have_to_be_likelier() -> None:
    first, second = place("a.py", 0.9), place("b.py", 0.25)
    assert choose_places([first, second]) == (first,)
    assert choose_places([place("a.py", 0.5), second]) == (place("a.py", 0.5), second)


def test_definitions_come_before_users_and_code_before_what_tells_of_it() -> None:
    graph = Graph({"a.py": frozenset({"c.py"}), "c.py": frozenset({"b.py"})})
    log, test = place("CHANGES.md", 0.9, Role.CHANGELOG), place("t.py", 0.9, Role.TEST)
    given = [log, place("a.py", 0.9), test, place("c.py", 0.8), place("b.py", 0.7)]
    assert [each.path for each in in_order(given, graph)] == [
        "b.py", "c.py", "a.py", "t.py", "CHANGES.md",
    ]  # fmt: skip


def test_files_that_import_each_other_keep_their_order() -> None:
    graph = Graph({"a.py": frozenset({"b.py"}), "b.py": frozenset({"a.py"})})
    given = (place("a.py", 0.9), place("b.py", 0.8))
    assert in_order(given, graph) == given
