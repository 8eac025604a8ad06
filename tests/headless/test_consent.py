"""Which check command is run, and who said so."""

import pytest

from assistant.checks.commands import CheckCommand, parse_command
from assistant.checks.consent import Consents
from assistant.errors import CheckError, UsageError
from assistant.headless.consent import choose_check, may_run_tests


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "repo"
    root.mkdir()
    return root


@pytest.fixture
def consents(tmp_path):
    return Consents(tmp_path / "state")


def never(command):
    pytest.fail("nobody is to be asked")


def test_a_command_that_was_given_is_consented_to(root, consents):
    command = choose_check("make test", "", root, consents, never)
    assert command.argv == ("make", "test")
    assert not consents.granted(root, command), "for this run only"


def test_without_any_command_it_is_a_usage_error(root, consents):
    with pytest.raises(UsageError, match="No check command"):
        choose_check("", "", root, consents, never)


@pytest.mark.parametrize(("answer", "remembered"), [("always", True), ("once", False)])
def test_consent_is_asked_for(root, consents, answer, remembered):
    asked = []

    def ask(command: CheckCommand) -> str:
        asked.append(command.text)
        return answer

    command = choose_check("", "make test", root, consents, ask)
    assert command.argv == ("make", "test")
    assert asked == ["make test"]
    assert consents.granted(root, command) is remembered


@pytest.mark.parametrize("ask", [None, lambda command: "no"])
def test_without_consent_nothing_is_run(root, consents, ask):
    with pytest.raises(CheckError, match="not allowed it to run") as caught:
        choose_check("", "make test", root, consents, ask)
    assert "--check 'make test'" in caught.value.hint


def test_a_consent_is_remembered(root, consents):
    consents.grant(root, parse_command("make test"))
    assert choose_check("", "make test", root, consents, never).text == "make test"


def test_a_consent_under_a_sandbox_is_none_without_it(root, consents):
    consents.grant(root, parse_command("make test"), confinement="bubblewrap")
    with pytest.raises(CheckError):
        choose_check("", "make test", root, consents, None, confinement="limits only")


def test_a_command_of_the_repository_is_found(root, consents):
    (root / "Cargo.toml").write_text('[package]\nname = "a"\n')
    asked = []
    command = choose_check("", "", root, consents, lambda c: asked.append(c) or "once")
    assert asked == [command]
    assert command.argv[0] == "cargo"


PYTEST = CheckCommand(("python", "-m", "pytest"), "pytest.ini")


@pytest.mark.parametrize(
    ("answer", "first", "later"),
    [("always", True, True), ("once", True, None), ("no", False, False)],
)
def test_consent_to_tests_is_asked_for_once(root, consents, answer, first, later):
    """Unless the answer was for this run only."""
    asked = []

    def ask(command: CheckCommand) -> str:
        asked.append(command)
        return answer

    results = [may_run_tests(PYTEST, root, consents, ask, confinement="c") for _ in range(2)]
    assert results[0] is first
    assert len(asked) == (2 if later is None else 1)
    assert results[1] is (first if later is None else later)


def test_without_a_terminal_tests_run_only_with_an_earlier_consent(root, consents):
    assert not may_run_tests(PYTEST, root, consents, None, confinement="c")
    consents.grant(root, PYTEST, confinement="c")
    assert may_run_tests(PYTEST, root, consents, None, confinement="c")
    assert not may_run_tests(PYTEST, root, consents, None, confinement="other")
