"""Ranking files and units by their relevance to a task."""

from textwrap import dedent

import pytest

from assistant.repo.parsing import units_of
from assistant.repo.ranking import near_paths, rank_files, rank_units
from assistant.repo.reading import text_file

FILES = {
    "shop/basket.py": """
        from shop.stock import available_items

        class Basket:
            def total_price(self):
                return sum(self.prices)

            def add(self, item):
                if item in available_items():
                    self.prices.append(lookup(item))
    """,
    "shop/stock.py": """
        def available_items():
            return read_warehouse()

        def read_warehouse():
            return []
    """,
    "shop/colours.py": """
        def mix(red, blue):
            return red + blue
    """,
    "tests/test_basket.py": """
        from shop.basket import Basket

        def test_total_price():
            assert Basket().total_price() == 0
    """,
}


def parsed(files: dict[str, str] = FILES):
    found = {}
    for path, source in files.items():
        file = text_file(path, dedent(source).lstrip("\n").encode())
        found[path] = (units_of(file), file.text)
    return found


def ranked(task: str, recency: dict[str, int] | None = None) -> list[str]:
    return [each.unit.label for each in rank_units(task, parsed(), recency or {})]


def test_words_match_names_in_any_grammatical_form() -> None:
    assert ranked("the totals and prices are wrong")[0].endswith("total_price")
    assert ranked("mixing of colours")[0] == "shop/colours.py::mix"


def test_a_name_in_the_task_outranks_words() -> None:
    task = "prices, total, price, basket: but the fault is in read_warehouse"
    assert ranked(task)[0] == "shop/stock.py::read_warehouse"
    first = rank_units(task, parsed(), {})[0]
    assert first.reasons[0] == "named in the task"


def test_a_qualified_name_is_the_strongest_evidence() -> None:
    assert ranked("Basket.add loses items of test_total_price")[0] == "shop/basket.py::Basket.add"


def test_a_name_that_is_an_english_word_is_weak_evidence() -> None:
    assert ranked("add colours to mix")[0] == "shop/colours.py::mix"
    assert ranked("`add` ignores colours")[0] == "shop/basket.py::Basket.add"


def test_a_path_in_the_task_lifts_its_units() -> None:
    assert ranked("tidy shop/colours.py for the basket")[0].startswith("shop/colours.py")
    assert ranked("tidy colours.py for the basket")[0].startswith("shop/colours.py")
    assert not ranked("tidy discolours.py for the basket")[0].startswith("shop/colours.py")


def test_scores_are_propagated_along_references() -> None:
    order = ranked("Basket.add")
    assert order.index("shop/stock.py::available_items") < order.index("shop/colours.py::mix")
    reasons = {each.unit.name: each.reasons for each in rank_units("Basket.add", parsed(), {})}
    assert "linked to Basket.add by a reference" in reasons["available_items"]


def test_ties_are_broken_by_recency_and_tests_come_last() -> None:
    order = ranked("zzz", {"shop/stock.py": 0, "shop/colours.py": 1})
    assert order[0].startswith("shop/stock.py")
    assert order[-1].startswith("tests/")
    assert len(order) == len([unit for units, _ in parsed().values() for unit in units])


def test_ranking_nothing_gives_nothing() -> None:
    assert rank_units("task", {}, {}) == ()
    assert rank_files("task", {}, {}) == ()


def test_units_of_an_elided_text_are_ranked_by_signature() -> None:
    units, _ = parsed()["shop/basket.py"]
    found = rank_units("total price", {"shop/basket.py": (units, "⋮\n")}, {})
    assert found[0].unit.name == "Basket.total_price"


def test_files_are_ranked_without_parsing() -> None:
    sources = {path: dedent(text).encode() for path, text in FILES.items()}
    order = [each.path for each in rank_files("total price of the basket", sources, {})]
    assert order[:2] == ["shop/basket.py", "tests/test_basket.py"]
    named = [each.path for each in rank_files("prices as in colours.py", sources, {})]
    assert named[0] == "shop/colours.py"
    empty = {path: b"" for path in FILES}
    assert rank_files("stock", empty, {})[0].path == "shop/stock.py"


def test_imports_tests_and_neighbours_are_near_paths() -> None:
    selected = {"shop/basket.py": parsed()["shop/basket.py"][0]}
    paths = ["README.md", "other/far.py", *FILES]
    assert near_paths(selected, paths, {}) == (
        "shop/stock.py",
        "shop/colours.py",
        "tests/test_basket.py",
        "README.md",
        "other/far.py",
    )


@pytest.mark.parametrize(
    ("path", "source", "other"),
    [
        ("a/b.ts", "import { x } from '../lib/near';\n", "lib/near.ts"),
        ("a/b.js", "const x = require('./near.js');\n", "a/near.js"),
        ("a.c", '#include "lib/near.h"\n', "src/lib/near.h"),
        ("a.rs", "use crate::lib::near;\n", "src/lib/near.rs"),
        ("A.java", "import org.lib.Near;\n", "src/org/lib/Near.java"),
        ("a.py", "from .lib import near\n", "lib/__init__.py"),
        ("a.rb", "require_relative 'lib/near'\n", "lib/near.rb"),
    ],
)
def test_an_import_leads_to_its_file(path: str, source: str, other: str) -> None:
    units = units_of(text_file(path, source.encode()))
    assert near_paths({path: units}, ["aaa/far.py", "zzz/near/other.py", other], {})[0] == other


def test_tests_rank_below_code_unless_the_task_mentions_tests() -> None:
    other = "".join(f"    word{letter} = 1\n" for letter in "abcdefghijklmnopqrst")
    files = parsed(
        {
            "price.py": f"def price():\n{other}",
            "tests/test_price.py": "def test_price():\n    assert prices\n",
        }
    )
    assert rank_units("wrong prices", files, {})[0].unit.path == "price.py"
    assert rank_units("a test of prices", files, {})[0].unit.path == "tests/test_price.py"


CHINESE = {
    "shop/tax.py": """
        def rate(country):
            # 根据国家查找税率
            return TABLE[country]
    """,
    "shop/mail.py": """
        def send(order):
            # 给客户发送订单确认邮件
            return deliver(order)
    """,
}


@pytest.mark.parametrize(
    ("task", "first"),
    [
        ("税率查错了国家", "shop/tax.py"),
        ("客户没有收到确认邮件", "shop/mail.py"),
        ("把deliver的返回值去掉", "shop/mail.py"),
        ("修改send函数", "shop/mail.py"),
        ("整理tax.py中的代码", "shop/tax.py"),
    ],
)
def test_tasks_in_chinese_find_comments_and_names(task: str, first: str) -> None:
    ranked = rank_units(task, parsed(CHINESE), {})
    assert ranked[0].unit.path == first
    assert ranked[0].score > ranked[1].score
    sources = {path: text.encode() for path, text in CHINESE.items()}
    assert rank_files(task, sources, {})[0].path == first


KINDS = {
    "shop/waits.py": """
        class wait_fixed:
            def __init__(self, least, most):
                self.least = least

        class wait_jitter:
            def __init__(self, least, most):
                raise ValueError(most, least)
    """,
    "shop/nodes.py": """
        class Add:
            def order(self):
                return 1

        def squeeze_filter(text):
            return text
    """,
}


def placed(task: str) -> list[str]:
    return [each.unit.name for each in rank_units(task, parsed(KINDS), {})]


def test_the_parts_of_a_class_that_the_task_names_come_before_those_of_others() -> None:
    names = placed("wait_fixed should raise ValueError if least is greater than most")
    assert names.index("wait_fixed.__init__") < names.index("wait_jitter.__init__")


def test_a_verb_that_begins_a_sentence_names_no_class() -> None:
    assert placed("Add a filter to squeeze text")[0] == "squeeze_filter"
    assert placed("First things first. Add a filter to squeeze text")[0] == "squeeze_filter"
    assert placed("Let the node Add have an order")[0].startswith("Add")
