"""Guesses: where they come from, how they find their way back, when they stop."""

from collections.abc import Sequence

from assistant.engine.drafting import Drafter


def simulate(drafter: Drafter, answer: Sequence[int]) -> tuple[int, int]:
    """Forward passes needed to write the answer, and tokens guessed in vain."""
    at = forwards = wasted = 0
    while at < len(answer):
        drafter.add(answer[at])  # what the model chose by itself
        at += 1
        guess = drafter.propose()
        forwards += 1
        right = 0
        for number in guess:
            if at >= len(answer) or answer[at] != number:
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


def test_finds_the_way_back_after_a_changed_token() -> None:
    answer = [*OLD[:90], 5000, *OLD[91:]]
    forwards, wasted = simulate(Drafter(OLD, []), answer)
    assert forwards < len(OLD) / 7
    assert wasted < 30


def test_finds_the_way_back_after_inserted_and_deleted_lines() -> None:
    answer = [*OLD[:50], *range(6000, 6012), *OLD[50:120], *OLD[135:]]
    forwards, wasted = simulate(Drafter(OLD, []), answer)
    assert forwards < 12 + len(OLD) / 6
    assert wasted < 60


def test_opening_places_the_pointer() -> None:
    prompt = [9001, 9002, *OLD[:10]]
    drafter = Drafter(OLD, prompt, opening=10)
    assert drafter.propose()[:3] == OLD[10:13]


def test_guesses_from_the_source_before_a_word_is_written() -> None:
    assert Drafter(OLD, [1, 2, 3]).propose() == OLD[:7]


def test_copies_from_the_prompt_the_latest_of_the_longest() -> None:
    prompt = [1, 2, 3, 4, 70, 9, 2, 3, 4, 80, 1, 2, 3, 4, 90, 9]
    drafter = Drafter((), prompt)
    for number in (2, 3, 4):
        drafter.add(number)
    assert drafter.propose()[0] == 80  # "9 2 3 4" is longer than the later "2 3 4"


def test_copies_from_its_own_text() -> None:
    drafter = Drafter((), [])
    for number in [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3]:
        drafter.add(number)
    assert drafter.propose()[:4] == [4, 5, 6, 7]


def test_short_matches_are_no_reason_to_guess() -> None:
    drafter = Drafter((), [1, 2, 3, 9, 9])
    drafter.add(1)
    drafter.add(2)
    assert drafter.propose() == []


def test_looks_beyond_tokens_that_are_forced() -> None:
    drafter = Drafter(OLD, [])
    assert drafter.propose(OLD[:5])[:2] == OLD[5:7]
    assert drafter.propose()[:2] == OLD[:2]


def test_falls_silent_after_repeated_failures_and_comes_back() -> None:
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


def test_unrelated_source_wastes_little() -> None:
    drafter = Drafter(list(range(5000, 5200)), [])
    _, wasted = simulate(drafter, OLD)
    assert wasted <= 20
