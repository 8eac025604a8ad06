"""Owns running one function of a candidate on many inputs, to compare what candidates do.

Runs in the sandbox of the check, and only where the user consented to a check that runs the
repository's Python code anyway. Refuses to judge: outcomes say what a candidate does, not whether
it should.
"""

from collections.abc import Mapping, Sequence

from assistant.checks.runner import CheckRunner
from assistant.checks.scratch import Stop
from assistant.probe.examples import Arguments, Expectation
from assistant.probe.outcomes import Outcome, decoded
from assistant.probe.scripts import Trial, run_trial

PROBE_SECONDS = 10.0
"""Most wall time for all calls together."""

_CALL_SECONDS = 0.2
_LONGEST = 4000
"""Characters of a value and its effects, from which on they are not compared."""
_CALL = """\
EFFECTS, LONGEST = %r, %d

def one(function, item):
    arguments = ast.literal_eval(item)
    text = repr(function(*arguments))
    effects = repr(arguments) if EFFECTS else ""
    if len(text) + len(effects) >= LONGEST:
        return {"ending": "uncomparable"}
    return {"ending": "value", "text": text, "effects": effects}
"""

_MEETS = """\
import copy

def one(names, item):
    space = dict(names)
    exec(item, space)
    for arguments, value, truth in %s:
        got = space[%r](*copy.deepcopy(arguments))
        if not (bool(got) == value if truth else got == value):
            return False
    return True
"""


def satisfying(
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
    results = run_trial(runner, trial, overlay, cancel)
    return tuple(text for text, passed in zip(sources, results, strict=False) if passed is True)


def probe(
    runner: CheckRunner,
    path: str,
    name: str,
    inputs: Sequence[Arguments],
    overlay: Mapping[str, bytes | None],
    cancel: Stop,
    *,
    effects: bool = False,
) -> tuple[Outcome, ...]:
    """What the function `name` of the Python file `path` does on each input, under the overlay.

    Empty when the function cannot be called at all. With `effects`, an outcome also says what
    became of the arguments. Raises Cancelled.
    """
    items = [repr(each) for each in inputs]
    code = _CALL % (effects, _LONGEST)
    trial = Trial(code, path, name, items, _CALL_SECONDS, PROBE_SECONDS)
    return decoded(run_trial(runner, trial, overlay, cancel))
