"""A result that tests vary."""

from assistant.evaluation.results import Row

ROW = Row(
    id="set/1",
    kind="fix",
    passed=True,
    proposal_applied=True,
    verified_claim=True,
    wrong_verified=False,
    tokens=10,
    seconds=1.5,
    candidates=2,
    error="",
    stage="",
    verdict="verified",
    prompt_tokens=100,
    output="\udcff odd",
    model="small",
    seed=0,
    strategy="default",
    shown=True,
    places=("a.py::f", "a.py::g"),
    hunks=(0.96, None),
)
