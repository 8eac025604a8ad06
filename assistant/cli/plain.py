"""The interface without a screen, for screen readers: a conversation in lines of text."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.cli import composition
from assistant.cli.place import NOT_CONFINED, require_meant
from assistant.errors import AssistantError
from assistant.headless.outcome import Kind
from assistant.headless.spoken import SpokenReview, Voice, choose_steps, plain_console

if TYPE_CHECKING:
    from assistant.apply.writer import Writer
    from assistant.checks.commands import CheckCommand
    from assistant.context.bundle import Selected
    from assistant.headless.services import Services
    from assistant.headless.session import Session
    from assistant.settings import Settings
    from assistant.solving.request import TaskRequest, Workspace

_CONSENTS = {"a": "always", "o": "once", "n": "no"}


def converse(folder: Path, settings: "Settings") -> int:
    """Runs the conversation about the repository of a folder, and returns the exit code."""
    from assistant.headless.conversation import Conversation

    voice = Voice(plain_console(composition.console()), sys.stdin.readline)
    asking = _Consents(voice)
    with composition.headless_services(settings, ask=asking.to_send) as services:
        root = services.open_workspace(folder).repository.root
        require_meant(root, yes=False, option="")
        voice.say(f"The assistant works on the repository {root}.")
        return Conversation(voice, LineDeeds(services, folder, voice, asking)).run()


class _Consents:
    """Asks for consent in words."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice

    def to_send(self, address: str) -> str:
        return self._answer(
            f"Code of this repository will be sent to {address}, which is not this machine. "
            "Send it?"
        )

    def to_check(self, command: "CheckCommand", *, isolates: bool = True) -> str:
        self._voice.say(f"Found in {command.source}: {command.text}")
        confined = "in a sandboxed copy" if isolates else NOT_CONFINED
        return self._answer(f"It runs code of this repository {confined}. Run it?")

    def to_test(self, command: "CheckCommand") -> str:
        self._voice.say("The tests that cover a change can run before and after it.")
        return self.to_check(command)

    def to_read_secrets(self, found: str) -> bool:
        answers = {"y": "yes", "n": "no"}
        return self._voice.choose(f"{found}. Let the model read it?", answers, end="n") == "y"

    def _answer(self, question: str) -> str:
        answers = {"a": "always here", "o": "once", "n": "no"}
        return _CONSENTS[self._voice.choose(question, answers, end="n")]


class LineDeeds:
    """Carries out tasks with the headless front end."""

    def __init__(
        self, services: "Services", folder: Path, voice: Voice, consents: _Consents
    ) -> None:
        self._services = services
        self._folder = folder
        self._voice = voice
        self._asking = consents

    def run(self, kind: Kind, text: str, pasted: str) -> None:
        from assistant.context.confidential import sightings
        from assistant.headless.consent import require_secrets
        from assistant.headless.report import show_steps
        from assistant.headless.run import Job, carry_out

        workspace = self._services.open_workspace(self._folder)
        if kind is not Kind.PLAN:  # each step of a plan must see what the steps before it wrote
            workspace = workspace.for_request()
        request = self._request(kind, text, pasted, workspace)
        require_secrets(
            sightings(workspace.repository, request.selection), self._asking.to_read_secrets
        )
        session = self._session()
        outcome = session.perform(Job(kind, self._services.tasks[kind], workspace, request))
        if outcome.plan is None:
            return
        steps = choose_steps(outcome.plan, self._voice)
        if steps:
            chosen = replace(outcome, plan=replace(outcome.plan, steps=steps))
            edit = Job(Kind.EDIT, self._services.tasks[Kind.EDIT], workspace, request)
            show_steps(carry_out(chosen, edit, session.perform), self._voice.console)

    def undo(self) -> str:
        entry = self._writer().undo()
        return f"Undone: {entry.title}."

    def redo(self) -> str:
        entry = self._writer().redo()
        return f"Redone: {entry.title}."

    def _writer(self) -> "Writer":
        return self._services.open_writer(self._services.open_workspace(self._folder))

    def _session(self) -> "Session":
        from assistant.headless.session import Session

        console = self._voice.console
        return Session(self._services, console, console, SpokenReview(self._voice), diff=False)

    def _request(self, kind: Kind, text: str, pasted: str, workspace: "Workspace") -> "TaskRequest":
        from assistant.solving.request import TaskRequest

        settings = workspace.settings
        check, described = self._check(kind, text, pasted, workspace)
        return TaskRequest(
            task=described,
            selection=_selection(text, workspace),
            candidates=settings.candidates,
            seed=settings.seed,
            check=check,
            generated_tests=settings.generated_tests,
            tests=kind in (Kind.EDIT, Kind.PLAN) and self._may_run_tests(workspace),
            pasted=pasted,
        )

    def _check(
        self, kind: Kind, text: str, pasted: str, workspace: "Workspace"
    ) -> "tuple[CheckCommand | None, str]":
        """The command that a fix runs, and what of the text describes the task."""
        from assistant.checks.consent import Consents
        from assistant.headless.consent import choose_check

        if kind is not Kind.FIX or pasted:
            return None, text
        root, settings = workspace.repository.root, workspace.settings
        given = text if _is_command(text, root) else ""
        check = choose_check(
            given,
            settings.check,
            root,
            Consents(settings.state_dir),
            lambda command: self._asking.to_check(command, isolates=workspace.runner.isolates),
            confinement=workspace.runner.confinement,
        )
        return check, "" if given else text

    def _may_run_tests(self, workspace: "Workspace") -> bool:
        from assistant.checks.consent import Consents
        from assistant.checks.discovery import NoTests, likely_tests
        from assistant.headless.consent import may_run_tests

        settings, runner = workspace.settings, workspace.runner
        if settings.tests or not runner.isolates:
            return settings.tests and runner.isolates
        root = workspace.repository.root
        paths = [entry.path for entry in workspace.repository.snapshot().files]
        found = likely_tests(root, paths)
        if isinstance(found, NoTests):
            return False
        consents = Consents(settings.state_dir)
        return may_run_tests(
            found.command, root, consents, self._asking.to_test, confinement=runner.confinement
        )


def _selection(text: str, workspace: "Workspace") -> "tuple[Selected, ...]":
    from assistant.context.mentions import mentions

    return mentions(text, [entry.path for entry in workspace.repository.snapshot().files])


def _is_command(text: str, root: Path) -> bool:
    """Whether a text starts with a program that can be run."""
    from assistant.checks.commands import parse_command
    from assistant.checks.programs import resolve_program

    if not text:
        return False
    try:
        resolve_program(parse_command(text), root)
    except AssistantError:
        return False
    return True
