"""Drafts: where they come from, how they resume after a change, when they pause."""

from collections.abc import Sequence

from assistant.engine.drafting import Drafter


def simulate(drafter: Drafter, reply: Sequence[int]) -> tuple[int, int]:
    """Forward passes needed to generate the reply, and drafted tokens that were rejected."""
    at = forwards = wasted = 0
    while at < len(reply):
        drafter.add(reply[at])  # the model's own choice
        at += 1
        guess = drafter.propose()
        forwards += 1
        right = 0
        for number in guess:
            if at >= len(reply) or reply[at] != number:
                break
            drafter.add(number)
            at, right = at + 1, right + 1
        wasted += len(guess) - right
        if guess:
            drafter.judge(len(guess), right)
    return forwards, wasted


OLD = [number * 37 % 1009 for number in range(200)]


def test_a_pure_copy_takes_few_forwards() -> None:
    forwards, _ = simulate(Drafter(OLD, []), OLD)
    assert forwards < len(OLD) / 9


def test_drafting_resumes_after_a_changed_token() -> None:
    reply = [*OLD[:90], 5000, *OLD[91:]]
    forwards, wasted = simulate(Drafter(OLD, []), reply)
    assert forwards < len(OLD) / 7
    assert wasted < 30


def test_drafting_resumes_after_inserted_and_deleted_lines() -> None:
    reply = [*OLD[:50], *range(6000, 6012), *OLD[50:120], *OLD[135:]]
    forwards, wasted = simulate(Drafter(OLD, []), reply)
    assert forwards < 12 + len(OLD) / 6
    assert wasted < 60


def test_the_opening_sets_the_position() -> None:
    prompt = [9001, 9002, *OLD[:10]]
    drafter = Drafter(OLD, prompt, opening=10)
    assert drafter.propose()[:3] == OLD[10:13]


def test_the_source_is_drafted_before_the_first_token() -> None:
    assert Drafter(OLD, [1, 2, 3]).propose() == OLD[:7]


def test_the_longest_match_in_the_prompt_is_copied() -> None:
    prompt = [1, 2, 3, 4, 70, 9, 2, 3, 4, 80, 1, 2, 3, 4, 90, 9]
    drafter = Drafter((), prompt)
    for number in (2, 3, 4):
        drafter.add(number)
    assert drafter.propose()[0] == 80  # "9 2 3 4" is longer than the later "2 3 4"


def test_the_reply_itself_is_copied() -> None:
    drafter = Drafter((), [])
    for number in [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3]:
        drafter.add(number)
    assert drafter.propose()[:4] == [4, 5, 6, 7]


def test_short_matches_are_ignored() -> None:
    drafter = Drafter((), [1, 2, 3, 9, 9])
    drafter.add(1)
    drafter.add(2)
    assert drafter.propose() == []


def test_drafts_continue_after_forced_tokens() -> None:
    drafter = Drafter(OLD, [])
    assert drafter.propose(OLD[:5])[:2] == OLD[5:7]
    assert drafter.propose()[:2] == OLD[:2]


def test_drafting_pauses_after_repeated_rejections_and_resumes() -> None:
    base = [1, 2, 3, 4]
    prompt = [*base, 50, *base, 51]
    drafter = Drafter((), prompt)
    guesses = []
    for turn in range(40):
        for number in (*base, 100 + turn):
            drafter.add(number)
            guess = drafter.propose()
            guesses.append(bool(guess))
            if guess:
                drafter.judge(len(guess), 0)
    assert any(guesses)
    assert sum(guesses) < 20


def test_an_unrelated_source_costs_little() -> None:
    drafter = Drafter(list(range(5000, 5200)), [])
    _, wasted = simulate(drafter, OLD)
    assert wasted <= 20
