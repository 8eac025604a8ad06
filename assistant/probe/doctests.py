"""Runs the examples in the docstring of a unit, in the sandbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.probe.scripts import Trial, run_trial

_SECONDS, _TIMEOUT = 5.0, 15.0
"""Limits of the examples of one unit, and of all."""
_PROGRAM = """\
import doctest

class Quiet(doctest.DocTestRunner):
    def report_start(self, out, test, example):
        if not any(signal.getitimer(signal.ITIMER_REAL)):
            raise TimedOut  # once more: doctest caught the first one, and goes on

    def report_success(self, out, test, example, got):
        self.tell(example, True)

    def report_failure(self, out, test, example, got):
        self.tell(example, False)

    def report_unexpected_exception(self, out, test, example, exc_info):
        self.tell(example, False)

    def tell(self, example, passes):
        self.told.append([example.source.strip(), example.want, passes])

def one(names, item):
    first, *rest = item.split(".")
    thing = names[first]
    for each in rest:
        thing = vars(thing)[each]
    runner = Quiet(verbose=False, optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)
    runner.told = []
    found = doctest.DocTestFinder(recurse=False).find(thing, item, module=False, globs=dict(names))
    with contextlib.suppress(TimedOut):
        for test in found:
            runner.run(test, out=lambda text: None)
    return runner.told
"""


@dataclass(frozen=True, slots=True)
class Example:
    """One example of a docstring, and whether the code does what it shows."""

    source: str
    want: str
    """The output that it shows; for an exception, its traceback."""
    passes: bool


def run_doctests(
    runner: CheckRunner,
    path: str,
    names: Sequence[str],
    overlay: Mapping[str, bytes | None],
    cancel: Stop,
) -> tuple[Example, ...]:
    """The examples in the docstrings of these units of a Python file, under the overlay.

    `names` are qualified. Empty if the file cannot be imported. What comes after an example that
    does not end is left out. Raises Cancelled.
    """
    trial = Trial(_PROGRAM, path, "", names, _SECONDS, _TIMEOUT)
    results = run_trial(runner, trial, overlay, cancel)
    return tuple(each for result in results for each in _examples(result))


def _examples(result: object) -> list[Example]:
    """The code under test runs in the process that reports, so its report is not trusted."""
    rows = result if isinstance(result, list) else []
    return [
        Example(*row)
        for row in rows
        if isinstance(row, list) and list(map(type, row)) == [str, str, bool]
    ]
