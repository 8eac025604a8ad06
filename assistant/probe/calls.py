"""Owns running one function of a candidate on many inputs, to compare what candidates do.

Runs in the sandbox of the check, and only where the user consented to a check that runs the
repository's Python code anyway. Refuses to judge: outcomes say what a candidate does, not whether
it should.
"""

from collections.abc import Mapping, Sequence

from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.probe.examples import Arguments, Expectation
from assistant.probe.scripts import Trial, run_trial

PROBE_SECONDS = 10.0
"""Most wall time for all calls together."""

_CALL_SECONDS = 0.2
_CALL = """\
def one(function, item):
    arguments = ast.literal_eval(item)
    value = repr(function(*arguments))%s
    return "=" + value if len(value) < 4000 else "long"
"""
AND_LEAVES = " and leaves "
"""Stands between a value and what became of the arguments."""

_MEETS = """\
import copy

def one(names, item):
    space = dict(names)
    exec(item, space)
    for arguments, value, truth in %s:
        got = space[%r](*copy.deepcopy(arguments))
        if not (bool(got) == value if truth else got == value):
            return ""
    return "="
"""


def meeting(
    runner: CheckRunner,
    path: str,
    name: str,
    sources: Sequence[str],
    expected: Sequence[Expectation],
    overlay: Mapping[str, bytes | None],
    cancel: Stop,
) -> tuple[str, ...]:
    """Those of several texts of the function `name` of a Python file that give what is expected,
    under the overlay.

    Nothing is known of texts behind many that do not come to an end. Raises Cancelled.
    """
    facts = [(each.arguments, each.value, each.truth) for each in expected]
    trial = Trial(_MEETS % (repr(facts), name), path, "", sources, _CALL_SECONDS, PROBE_SECONDS, 25)
    outcomes = run_trial(runner, trial, overlay, cancel)
    return tuple(text for text, said in zip(sources, outcomes, strict=False) if said == "=")


def probe(
    runner: CheckRunner,
    path: str,
    name: str,
    inputs: Sequence[Arguments],
    overlay: Mapping[str, bytes | None],
    cancel: Stop,
    *,
    effects: bool = False,
) -> tuple[str, ...]:
    """What the function `name` of the Python file `path` does on each input, under the overlay.

    "=" and the value's repr, or "!" and the exception's type, or a word for what cannot be
    compared; empty when the function cannot be called at all. With `effects`, the value's repr is
    followed by what became of the arguments. Raises Cancelled.
    """
    items = [repr(each) for each in inputs]
    code = _CALL % (f" + {AND_LEAVES!r} + repr(arguments)" if effects else "")
    trial = Trial(code, path, name, items, _CALL_SECONDS, PROBE_SECONDS)
    return run_trial(runner, trial, overlay, cancel)
