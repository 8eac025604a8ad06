"""Builds the requests of tasks from the settings, the selection and the user's options."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.errors import UsageError
from assistant.ui.controllers.commenting import CommentController
from assistant.ui.controllers.secrets import SecretsController
from assistant.ui.controllers.selection import SelectionController
from assistant.ui.controllers.steps import StepTracker
from assistant.ui.controllers.tasks import TaskController
from assistant.ui.jobs import TaskKind
from assistant.ui.session import CurrentSession

if TYPE_CHECKING:
    from assistant.checks.commands import CheckCommand
    from assistant.checks.consent import Consents
    from assistant.context.bundle import Selected
    from assistant.prompt.conversation import Exchange
    from assistant.solving.events import Step
    from assistant.solving.request import TaskRequest

_MAX_CANDIDATES = 16


class TaskStarter:
    """Starts tasks. Keeps what the user has chosen for them since the start of the app."""

    def __init__(
        self,
        current: CurrentSession,
        selection: SelectionController,
        tasks: TaskController,
        consents: "Callable[[], Consents]",
        earlier: "Callable[[], tuple[Exchange, ...]]",
        secrets: SecretsController,
        steps: StepTracker,
        comments: CommentController,
    ) -> None:
        """`earlier` gives the questions and answers of the session."""
        self._current = current
        self._selection = selection
        self._tasks = tasks
        self._consents = consents
        self._earlier = earlier
        self._secrets = secrets
        self._steps = steps
        self._comments = comments
        self._candidates = 0
        """Candidates per step; 0 means the number in the settings."""
        self._generated_tests: bool | None = None
        """The user's choice; None means the value in the settings."""

    def prepare(self, task: str) -> None:
        """Selects what a task mentions. Raises UsageError if no task can start now."""
        self._current.require()
        self._tasks.require_idle()
        self._selection.select_mentions(task)

    def run(
        self,
        kind: TaskKind,
        task: str,
        *,
        check: "CheckCommand | None" = None,
        step: "Step | None" = None,
        pasted: str = "",
    ) -> None:
        """Starts a task, after a question where secrets are selected.

        The user must have consented to `check`.
        """
        workspace = self._current.require().workspace
        self._selection.stop_warming()
        request = self._request(kind, task, check, step, pasted)
        if kind != "plan":
            request = replace(request, said=replace(request.said, comments=self._comments.pending))
        self._secrets.guard(
            workspace.repository,
            request.selection,
            lambda: self._tasks.start(kind, workspace, request),
            lambda: self._steps.task_ended(step, None),
        )

    def about_review(self, title: str) -> "TaskRequest":
        """The request that led to the proposal under review, with the checks that may run now.

        Of a proposal of an earlier session, only the title is known.
        """
        before, check = self._tasks.request_of(title), self._current.require().check
        request = self._request("edit", title, check)
        if before is None:
            return request
        return replace(
            before,
            check=check,
            tests=request.tests,
            generated_tests=request.generated_tests,
            candidates=request.candidates,
        )

    def about(self, kind: TaskKind, task: str) -> "TaskRequest":
        """The request of a task that is not started."""
        return self._request(kind, task, None)

    def with_mentions(self, request: "TaskRequest", named: "Sequence[Selected]") -> "TaskRequest":
        """The request with what its task mentions selected, as when it is started."""
        new = [item for item in named if item not in request.selection]
        if not new:
            return request
        narrowed = self._current.require().narrowed(new, request.task)
        return replace(request, selection=(*request.selection, *narrowed))

    def _request(
        self,
        kind: TaskKind,
        task: str,
        check: "CheckCommand | None",
        step: "Step | None" = None,
        pasted: str = "",
    ) -> "TaskRequest":
        from assistant.solving.request import Said, TaskRequest

        settings = self._current.require().workspace.settings
        return TaskRequest(
            task=task,
            selection=self._selection.for_step(step),
            candidates=self._candidates or settings.candidates,
            seed=settings.seed,
            check=check if kind in ("edit", "fix") else None,
            generated_tests=self._uses_generated_tests(),
            tests=kind == "edit" and check is None and self._may_run_tests(),
            step=step,
            pasted=pasted,
            said=Said(self._earlier() if kind == "ask" else ()),
        )

    def start(
        self, kind: TaskKind, task: str, pasted: str = "", step: "Step | None" = None
    ) -> None:
        """Prepares and starts a task that needs no further consent."""
        self.prepare(task)
        if pasted:
            task = f"{task}\n\n{pasted}"
        self.run(kind, task, check=self._current.require().check, step=step)

    def set_candidates(self, text: str) -> str:
        """Sets the number of candidates and returns a message. Raises UsageError if invalid."""
        if not text.isdecimal() or not 1 <= int(text) <= _MAX_CANDIDATES:
            raise UsageError(
                f"The number of candidates must be from 1 to {_MAX_CANDIDATES}.",
                hint="For example: /candidates 3",
            )
        self._candidates = int(text)
        noun = "candidate is" if self._candidates == 1 else "candidates are"
        return f"{self._candidates} {noun} generated for each step."

    def list_comments(self, argument: str) -> str:
        """Lists the comments for the next prompt, or drops them; returns a message."""
        return self._comments.listed(argument.strip())

    def forget_choices(self) -> None:
        """Takes the number of candidates and generated tests from the settings again."""
        self._candidates = 0
        self._generated_tests = None

    def toggle_generated_tests(self) -> str:
        """Turns generated tests on or off and returns a message.

        Typing the command is the user's consent. Raises UsageError without a sandbox.
        """
        session = self._current.require()
        if not session.workspace.runner.isolates:
            raise UsageError(
                "Generated tests need a sandbox.",
                hint="Install bubblewrap, or set a check command with /check.",
            )
        self._generated_tests = not self._uses_generated_tests()
        if not self._generated_tests:
            return "Without a check command, candidates are not run."
        return (
            "Without a check command, Python candidates run in the sandbox on tests that the model"
            " generates, or on generated inputs. This ranks them and proves nothing."
        )

    def _may_run_tests(self) -> bool:
        """Whether the user has agreed to run the repository's tests."""
        from assistant.checks.discovery import ProjectTests, likely_tests

        session = self._current.require()
        runner = session.workspace.runner
        if session.workspace.settings.tests or not runner.isolates:
            return runner.isolates
        found = likely_tests(session.snapshot.root, session.paths)
        return isinstance(found, ProjectTests) and self._consents().granted(
            session.snapshot.root, found.command, confinement=runner.confinement
        )

    def _uses_generated_tests(self) -> bool:
        if self._generated_tests is None:
            return self._current.require().workspace.settings.generated_tests
        return self._generated_tests
