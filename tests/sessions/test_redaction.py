"""Keys in a session: not stored in words, exact in a proposal, not told."""

from hypothesis import given
from hypothesis import strategies as st

from assistant.checks.results import Evidence, Failure, Frame, Status
from assistant.proposal.changes import Change
from assistant.sessions.recorder import Recorder
from assistant.sessions.records import (
    Answered,
    Checked,
    Failing,
    Logged,
    Planned,
    Proposed,
    ReviewClosed,
    TaskBegan,
    TaskEnded,
    Wrote,
)
from assistant.sessions.redaction import without_secrets
from assistant.sessions.store import SessionStore
from assistant.sessions.story import story
from assistant.solving.events import Step, Verb
from tests.sessions.kit import candidate, proposal

KEY = "ghp_" + "q8Zk3vTb9XwLm2Rd7Yc5Hn4Jg6Pf1Ks0abcd"
STEP = Step(1, Verb.EDIT, "a.py", "", f"Use {KEY}.")
WORDS = [
    TaskBegan(f"use {KEY}", "edit", STEP),
    TaskEnded(f"no {KEY}"),
    Answered(f"{KEY}?", f"{KEY}!"),
    Planned(f"use {KEY}", (STEP,)),
    ReviewClosed(KEY),
    Checked(Evidence("pytest", Status.FAILED, KEY, f"E {KEY}\n")),
    Failing((Failure("t", f"assert {KEY}", (Frame("a.py", 1),)),)),
    Wrote("applied", f"use {KEY}", ("a.py",)),
    Logged("you", f"use {KEY}"),
]


@given(st.sampled_from(WORDS))
def test_words_are_stored_without_the_key(record):
    stored = without_secrets(record)
    assert type(stored) is type(record)
    assert KEY not in repr(stored)
    assert "REDACTED_GITHUB_TOKEN" in repr(stored)
    assert without_secrets(stored) is stored or without_secrets(stored) == stored


def test_the_file_has_the_key_only_in_the_proposal_and_the_story_not_at_all(tmp_path):
    new = f"TOKEN = '{KEY}'\n".encode()
    change = Change("a.py", b"TOKEN = ''\n", new)
    proposed = Proposed(proposal(candidate(new=new, old=change.old)))
    store = SessionStore(tmp_path / "state", tmp_path / "repo")
    recorder = Recorder(lambda: store, lambda text: None)
    for record in WORDS:
        recorder.add(record)
    session = recorder.session
    (file,) = (path for path in (tmp_path / "state").rglob("*") if path.stem == session)
    assert KEY not in file.read_text()
    assert recorder.answers[0].answer == f"{KEY}!", "in this session it is as it was"
    recorder.add(proposed)
    recorder.close()
    records = [entry.record for entry in store.entries(session)]
    assert proposed in records, "it can be written when the session goes on"
    told = "".join(block.text for block in story(store.entries(session)))
    assert KEY not in told
    assert "+TOKEN = 'REDACTED_GITHUB_TOKEN'" in told
