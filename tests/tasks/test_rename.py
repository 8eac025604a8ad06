"""Renames without a model, over a package with re-exports, aliases, methods, tests and text."""

import subprocess

import pytest

from assistant.checks.commands import parse_command
from assistant.checks.results import Status, Verdict
from assistant.checks.sandbox import detect, isolates
from assistant.context.bundle import Selected
from assistant.engine.base import Cancel
from assistant.errors import ProposalError
from assistant.proposal.changes import ChangeKind
from assistant.solving.events import PlanReady, ProposalReady, Step, Verb
from assistant.solving.request import TaskRequest
from assistant.tasks.edit import edit
from assistant.tasks.plan import plan

FILES = {
    "shop/__init__.py": 'from .prices import total\n\n__all__ = ["total"]\n',
    "shop/prices.py": (
        '"""Prices: `total` adds them."""\n\n\ndef total(items, tax=0):\n'
        '    """The sum.\n\n    >>> total([1, 2])\n    3\n    """\n'
        "    return sum(items) + tax  # what total means\n"
    ),
    "shop/bill.py": (
        "from shop.prices import total as add_up\n\n\ndef bill(items):\n"
        "    return add_up(items, tax=1)\n"
    ),
    "shop/report.py": (
        "import shop\nfrom . import prices\n\n\ndef report(items):\n"
        "    total = 0\n    for item in items:\n        total += item\n"
        "    return total, shop.total(items), prices.total(items)\n"
    ),
    "tests/test_prices.py": (
        "from unittest import mock\n\nfrom shop import total\n\n\ndef test_total():\n"
        '    with mock.patch("shop.prices.total"):\n        assert total([1]) == 1\n'
    ),
    "broken.py": "def total(:\n",
    "README.md": "The total is what `total()` returns.\n",
}
EXPECTED = {
    "shop/__init__.py": 'from .prices import amount\n\n__all__ = ["amount"]\n',
    "shop/prices.py": FILES["shop/prices.py"]
    .replace("def total", "def amount")
    .replace(">>> total", ">>> amount"),
    "shop/bill.py": FILES["shop/bill.py"].replace("import total as", "import amount as"),
    "shop/report.py": FILES["shop/report.py"]
    .replace("shop.total", "shop.amount")
    .replace("prices.total", "prices.amount"),
    "tests/test_prices.py": FILES["tests/test_prices.py"]
    .replace("import total", "import amount")
    .replace("prices.total", "prices.amount")
    .replace("assert total", "assert amount"),
}
CLASSES = {
    "shapes.py": (
        "class Shape:\n    def __init__(self, side):\n        self.side = side\n\n"
        "    def area(self):\n        return self.side\n\n\n"
        "class Square(Shape):\n    def area(self):\n        return super().area() ** 2\n"
    ),
    "rooms.py": (
        "from shapes import Square\n\n\nclass Room:\n    area = 3\n\n\n"
        "def floor(side):\n    return Square(side=side).area() + Room().area\n"
    ),
    "use.py": "def wall(shape):\n    return shape.area()\n",
}


def the_proposal(events):
    assert isinstance(events[-1], ProposalReady)
    return events[-1].proposal


def rename(world, task, **options):
    return the_proposal(list(edit(world.workspace, TaskRequest(task, **options), Cancel())))


def changed(proposal) -> dict[str, str]:
    return {each.path: each.new.decode() for each in proposal.best.changes}


def test_a_function_is_renamed_in_every_file_that_refers_to_it(make_world) -> None:
    world = make_world([], files=FILES)
    proposal = rename(world, "Rename the function total in shop/prices.py to amount")
    assert changed(proposal) == EXPECTED
    assert proposal.best.verdict is Verdict.NOT_TESTED
    said = proposal.best.found("references")
    assert said.detail == (
        "10 references in 5 files renamed; 2 mentions in 2 files in text left; "
        "left, as it does not parse: broken.py"
    )
    assert world.engine.requests == []


def test_text_is_changed_where_the_task_says_so(make_world) -> None:
    world = make_world([], files=FILES)
    new = changed(rename(world, "Rename total in shop/prices.py to amount everywhere"))
    assert new["README.md"] == "The total is what `amount()` returns.\n"
    assert "`amount` adds them" in new["shop/prices.py"]


def test_the_check_runs_on_the_change_as_a_whole(make_world) -> None:
    files = {**FILES, "check.py": "from shop.prices import amount\nassert amount([1, 2]) == 3\n"}
    del files["broken.py"]
    world = make_world([], files=files)
    check = parse_command("python check.py")
    task = "rename total in shop/prices.py to amount, and update all callers"
    proposal = rename(world, task, check=check)
    assert proposal.best.verdict is Verdict.VERIFIED


def test_line_ends_stay_as_they_are(make_world) -> None:
    world = make_world([], files={"a.py": "", "b.py": "from a import f\nf()\n"})
    for name, data in (
        ("a.py", b"def f():\r\n    pass\r\n"),
        ("b.py", b"\xef\xbb\xbfimport a\r\na.f()"),
    ):
        (world.root / name).write_bytes(data)
    new = {each.path: each.new for each in rename(world, "rename f to g").best.changes}
    assert new == {
        "a.py": b"def g():\r\n    pass\r\n",
        "b.py": b"\xef\xbb\xbfimport a\r\na.g()",
    }


def test_a_method_is_renamed_with_its_overrides_and_not_with_its_namesakes(make_world) -> None:
    world = make_world([], files=CLASSES)
    proposal = rename(world, "Rename the method area of Shape to surface")
    assert changed(proposal) == {
        "shapes.py": CLASSES["shapes.py"].replace("area", "surface"),
        "rooms.py": CLASSES["rooms.py"].replace(").area() +", ").surface() +"),
    }
    said = proposal.best.found("references")
    assert said.status is Status.HINT
    assert "1 use in 1 file left that may be meant: use.py:2" in said.detail


def test_what_nothing_else_is_called_needs_no_type(make_world) -> None:
    files = {"shapes.py": CLASSES["shapes.py"], "use.py": CLASSES["use.py"]}
    proposal = rename(make_world([], files=files), "Rename Shape.area to surface")
    assert changed(proposal)["use.py"] == "def wall(shape):\n    return shape.surface()\n"
    assert "1 of them because nothing else has this name" in (
        proposal.best.found("references").detail
    )


def test_a_parameter_is_renamed_in_its_function_and_where_it_is_given_by_name(make_world) -> None:
    world = make_world([], files=FILES)
    new = changed(rename(world, "Rename the parameter tax of total to duty"))
    assert new == {
        "shop/prices.py": FILES["shop/prices.py"]
        .replace("tax=0", "duty=0")
        .replace("+ tax", "+ duty"),
        "shop/bill.py": FILES["shop/bill.py"].replace("tax=1", "duty=1"),
    }


def test_an_attribute_is_renamed_with_the_keyword_of_its_constructor_left(make_world) -> None:
    world = make_world([], files=CLASSES)
    new = changed(rename(world, "Rename the attribute side of Shape to length"))
    assert new["shapes.py"].count("self.length") == 2
    assert "Square(side=side)" in new.get("rooms.py", CLASSES["rooms.py"])


def test_a_class_is_renamed_in_annotations_in_quotes_too(make_world) -> None:
    files = {"a.py": 'class Node:\n    def next(self) -> "Node":\n        return Node()\n'}
    proposal = rename(make_world([], files=files), "Rename class Node to Item")
    assert changed(proposal)["a.py"] == files["a.py"].replace("Node", "Item")
    assert proposal.best.found("definitions") is None


def test_a_module_moves_and_its_imports_follow(make_world) -> None:
    files = {path: text for path, text in FILES.items() if path != "broken.py"}
    world = make_world([], files=files)
    proposal = rename(world, "Rename the module shop/prices.py to shop/costs.py")
    moved = next(each for each in proposal.best.changes if each.kind is ChangeKind.RENAME)
    assert (moved.renamed_from, moved.path) == ("shop/prices.py", "shop/costs.py")
    new = changed(proposal)
    assert new["shop/costs.py"] == FILES["shop/prices.py"]
    assert new["shop/report.py"] == FILES["shop/report.py"].replace("prices", "costs")
    assert new["shop/bill.py"] == FILES["shop/bill.py"].replace("shop.prices", "shop.costs")
    assert new["shop/__init__.py"] == FILES["shop/__init__.py"].replace(".prices", ".costs")


def test_an_open_name_is_refused_with_the_candidates(make_world) -> None:
    files = {"a.py": "def f():\n    pass\n", "b.py": "def f():\n    pass\n"}
    world = make_world([], files=files)
    with pytest.raises(ProposalError, match=r"a\.py::f, b\.py::f"):
        rename(world, "rename f to g")
    assert set(changed(rename(world, "rename f in b.py to g"))) == {"b.py"}
    assert set(changed(rename(world, "rename f to g", selection=(Selected("a.py"),)))) == {"a.py"}


def test_a_name_that_is_taken_is_refused(make_world) -> None:
    world = make_world([], files={"a.py": "def f():\n    pass\n\n\ndef g():\n    pass\n"})
    with pytest.raises(ProposalError, match=r"a\.py::g exists already"):
        rename(world, "rename f to g")


def test_a_plan_of_a_rename_is_one_step_that_renames_everywhere(make_world) -> None:
    world = make_world([], files=FILES)
    task = "Rename total in shop/prices.py to amount"
    planned = list(plan(world.workspace, TaskRequest(task), Cancel()))[-1]
    assert isinstance(planned, PlanReady)
    assert planned.plan.steps == (Step(1, Verb.EDIT, "shop/prices.py", "total", task),)
    assert changed(rename(world, task, step=planned.plan.steps[0])) == EXPECTED


def test_scripts_follow_imports_and_leave_what_shadows_the_name(make_world) -> None:
    files = {
        "src/sum.ts": "export function total(items: number[]): number {\n  return 1;\n}\n",
        "src/index.ts": "export * from './sum';\nexport { total as sumOf } from './sum';\n",
        "src/bill.ts": (
            "import { total } from './sum';\nimport * as sums from './index';\n"
            "export const bill = { total, price: (total: number) => total };\n"
            "const both = total([1]) + sums.total([2]) + bill.total([3]);\n"
        ),
        "src/other.ts": "function total() { return 1; }\ntotal();\n",
    }
    world = make_world([], files=files)
    new = changed(rename(world, "Rename total in src/sum.ts to amount"))
    assert new["src/sum.ts"] == files["src/sum.ts"].replace("total", "amount")
    assert "export { amount as sumOf }" in new["src/index.ts"]
    assert new["src/bill.ts"] == (
        "import { amount } from './sum';\nimport * as sums from './index';\n"
        "export const bill = { total: amount, price: (total: number) => total };\n"
        "const both = amount([1]) + sums.amount([2]) + bill.total([3]);\n"
    )
    assert "src/other.ts" not in new


def test_go_packages_see_their_own_files_and_qualified_names(make_world) -> None:
    files = {
        "price/price.go": "package price\n\nfunc Total(n int) int { return n }\n",
        "price/tax.go": "package price\n\nfunc Tax() int { return Total(2) }\n",
        "main.go": (
            'package main\n\nimport "shop/price"\n\nfunc Total() int { return price.Total(1) }\n'
        ),
    }
    world = make_world([], files=files)
    new = changed(rename(world, "Rename Total in price/price.go to Sum"))
    assert new == {
        "price/price.go": files["price/price.go"].replace("Total", "Sum"),
        "price/tax.go": files["price/tax.go"].replace("Total", "Sum"),
        "main.go": files["main.go"].replace("price.Total", "price.Sum"),
    }


def test_a_renamed_package_still_works(make_world) -> None:
    files = {path: text for path, text in FILES.items() if path != "broken.py"}
    world = make_world([], files=files)
    for path, text in changed(rename(world, "rename total in shop/prices.py to amount")).items():
        (world.root / path).write_text(text)
    code = "import shop.report as r; assert r.report([1]) == (1, 1, 1)"
    subprocess.run(["python3", "-c", code], cwd=world.root, check=True)


@pytest.mark.skipif(not isolates(detect()), reason="no full sandbox on this machine")
def test_the_tests_that_cover_a_rename_run_before_and_after(make_world) -> None:
    test = (
        "import unittest\n\nfrom shop import total\n\n\nclass TotalTest(unittest.TestCase):\n"
        "    def test_total(self):\n        self.assertEqual(total([1, 2]), 3)\n"
    )
    code = "def total(prices):\n    return sum(prices)\n"
    world = make_world([], files={"shop.py": code, "test_shop.py": test})
    proposal = rename(world, "Rename the function total to amount", tests=True)
    assert "from shop import amount" in changed(proposal)["test_shop.py"]
    assert proposal.best.verdict is Verdict.TESTS_PASS
    assert proposal.best.found("covering tests").detail.startswith("1 test in test_shop.py passes")
