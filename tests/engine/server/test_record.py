"""The record of what was sent."""

import stat

from assistant.engine.server import record
from assistant.engine.server.record import Sent, SentLog


def sent(text: str) -> Sent:
    return Sent("http://box:80", "coder", 3, text)


def test_it_is_kept_in_order_and_private(tmp_path):
    times = iter([1.0, 2.0])
    log = SentLog(tmp_path / "state", tmp_path, clock=lambda: next(times))
    log.add(sent("one\nline"))
    log.add(sent("two \ud800"))
    assert [(each.text, each.time) for each in log.entries()] == [
        ("one\nline", 1.0),
        ("two \ud800", 2.0),
    ]
    (file,) = (tmp_path / "state" / "sent").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_repositories_are_apart_and_damaged_lines_are_left_out(tmp_path):
    log = SentLog(tmp_path / "state", tmp_path)
    log.add(sent("one"))
    (file,) = (tmp_path / "state" / "sent").iterdir()
    with file.open("a") as lines:
        lines.write("broken\n[1]\n")
    log.add(sent("two"))
    assert [each.text for each in log.entries()] == ["one", "two"]
    assert SentLog(tmp_path / "state", tmp_path / "other").entries() == ()


def test_the_oldest_go_when_it_grows_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "_LARGEST", 2000)
    log = SentLog(tmp_path / "state", tmp_path)
    for number in range(60):
        log.add(sent(f"prompt {number}"))
    kept = [each.text for each in log.entries()]
    assert kept == [f"prompt {number}" for number in range(60 - len(kept), 60)]
    assert 5 < len(kept) < 30
