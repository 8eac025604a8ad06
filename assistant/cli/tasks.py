"""The `plan`, `edit`, `fix` and `ask` commands.

Without a terminal and without --yes, nothing is written.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import composition
from assistant.cli.options import (
    TaskOptions,
    accept_options,
    check_option,
    explain_option,
    selection_of,
    show_context_option,
    task_options,
    task_text,
)
from assistant.cli.place import NOT_CONFINED, require_meant
from assistant.errors import UsageError
from assistant.sanitize import sanitize_line

if TYPE_CHECKING:
    from assistant.checks.commands import CheckCommand
    from assistant.headless.outcome import Kind
    from assistant.headless.run import Reviewer
    from assistant.headless.services import Services
    from assistant.headless.session import Session
    from assistant.solving.request import TaskRequest, Workspace


@click.command()
@click.argument("words", nargs=-1, metavar="TASK")
@accept_options
@show_context_option
@task_options
def plan(words: tuple[str, ...], show_context: bool, **options: Any) -> int:
    """Print a plan for TASK. With --yes, also carry it out."""
    return _run("plan", task_text(words), TaskOptions(**options), show_context=show_context)


@click.command(short_help="Edit the code as TASK describes.")
@click.argument("words", nargs=-1, metavar="TASK")
@check_option
@click.option(
    "--generated-tests",
    is_flag=True,
    default=None,
    help="Without a check, rank Python candidates by running them in a sandbox on tests that the "
    "model writes or on generated inputs. Passing it is consent to run them.",
)
@click.option(
    "--tests/--no-tests",
    default=None,
    help="Without a check, run existing tests that cover the change in a sandbox, before and after "
    "the edit, and the type checkers and linters that the repository configures. Passing it is "
    "consent to run them. [default: ask once per repository]",
)
@explain_option
@accept_options
@show_context_option
@task_options
def edit(
    words: tuple[str, ...],
    check: str,
    generated_tests: bool | None,
    tests: bool | None,
    explain: bool,
    show_context: bool,
    **options: Any,
) -> int:
    """Edit the code as TASK describes. Shows the diff before writing anything."""
    text, shared = task_text(words), TaskOptions(**options)
    return _run(
        "edit",
        text,
        shared,
        check=check,
        generated_tests=generated_tests,
        tests=tests,
        explain=explain,
        show_context=show_context,
    )


@click.command()
@click.argument("words", nargs=-1, metavar="[TASK]")
@check_option
@click.option(
    "--traceback",
    type=click.File("r", errors="replace"),
    metavar="FILE",
    help="File with a traceback or test output to start from; - for stdin.",
)
@explain_option
@accept_options
@task_options
def fix(words: tuple[str, ...], check: str, traceback: Any, explain: bool, **options: Any) -> int:
    """Make a failing check pass, or fix the error of a traceback."""
    pasted = "" if traceback is None else traceback.read()
    if traceback is not None and not pasted.strip():
        raise UsageError(
            "The traceback is empty.", hint="Paste it, or pass the file that contains it."
        )
    task = task_text(words, required=False)
    return _run("fix", task, TaskOptions(**options), check=check, pasted=pasted, explain=explain)


@click.command()
@click.argument("words", nargs=-1, metavar="QUESTION")
@show_context_option
@task_options
def ask(words: tuple[str, ...], show_context: bool, **options: Any) -> int:
    """Answer QUESTION about the code. Writes nothing."""
    return _run("ask", task_text(words), TaskOptions(**options), show_context=show_context)


def _run(
    kind_name: str,
    task: str,
    options: TaskOptions,
    *,
    check: str = "",
    pasted: str = "",
    generated_tests: bool | None = None,
    tests: bool | None = None,
    explain: bool = False,
    show_context: bool = False,
) -> int:
    from assistant.headless.outcome import Kind
    from assistant.headless.run import Job

    kind = Kind(kind_name)
    settings = composition.load_settings(
        model=options.model,
        engine=options.engine,
        host=options.host,
        seed=options.seed,
        candidates=options.candidates,
        generated_tests=generated_tests,
        tests=tests or None,
    )
    ask = _ask_sending if composition.terminal() and not options.as_json else None
    with composition.headless_services(settings, ask=ask) as services:
        workspace = services.open_workspace(Path.cwd())
        carries_out = kind is Kind.PLAN and options.yes
        if not carries_out:  # each step of a plan must see what the steps before it wrote
            workspace = workspace.for_request()
        require_meant(workspace.repository.root, yes=options.yes)
        request = _request(kind, task, options, workspace, check, pasted)
        _require_secrets(workspace, request, options)
        if show_context:
            from assistant.headless.composed import show_composition

            out = composition.console()
            show_composition(kind, workspace, request, out, as_json=options.as_json)
            return 0
        if tests is not False and request.check is None and kind in (Kind.EDIT, Kind.PLAN):
            asks = kind is Kind.EDIT and not options.as_json
            request = replace(request, tests=_may_run_tests(workspace, ask=asks))
        job = Job(kind, services.tasks[kind], workspace, request)
        session = _session(services, options, explain=explain)
        return session.run(job, carry_out_plan=carries_out).exit_code


def _session(services: "Services", options: TaskOptions, *, explain: bool) -> "Session":
    from assistant.headless.reviewers import Accepting, Asking, decide_nothing
    from assistant.headless.session import Session

    stdout = composition.console()
    reviewer: Reviewer = decide_nothing
    if options.yes:
        reviewer = Accepting(options.accept_failing, options.accept_deletions)
    elif composition.terminal() and not options.as_json:
        reviewer = Asking(stdout, sys.stdin.readline)
    stderr = composition.console(stderr=True)
    return Session(services, stdout, stderr, reviewer, options.as_json, explain)


def _request(
    kind: "Kind",
    task: str,
    options: TaskOptions,
    workspace: "Workspace",
    check: str,
    pasted: str,
) -> "TaskRequest":
    from assistant.solving.request import TaskRequest

    root, settings = workspace.repository.root, workspace.settings
    return TaskRequest(
        task=task,
        selection=selection_of(options.files, Path.cwd(), root),
        candidates=settings.candidates,
        seed=settings.seed,
        check=_check(kind, check, pasted, workspace, ask=not options.as_json),
        generated_tests=settings.generated_tests,
        pasted=pasted,
    )


def _check(
    kind: "Kind", given: str, pasted: str, workspace: "Workspace", *, ask: bool
) -> "CheckCommand | None":
    from assistant.checks.consent import Consents
    from assistant.headless.consent import choose_check
    from assistant.headless.outcome import Kind

    if not given and (kind is not Kind.FIX or pasted):
        return None
    settings, runner = workspace.settings, workspace.runner

    def question(command: "CheckCommand") -> str:
        return _ask_consent(command, isolates=runner.isolates)

    return choose_check(
        given,
        settings.check,
        workspace.repository.root,
        Consents(settings.state_dir),
        question if ask and composition.terminal() else None,
        confinement=runner.confinement,
    )


def _require_secrets(workspace: "Workspace", request: "TaskRequest", options: TaskOptions) -> None:
    """Asks before selected files with secrets are read. Raises ContextError without consent."""
    from assistant.context.confidential import sightings
    from assistant.headless.consent import require_secrets

    if options.allow_secrets or not request.selection:
        return
    asks = composition.terminal() and not options.as_json
    found = sightings(workspace.repository, request.selection)
    require_secrets(found, _ask_secrets if asks else None)


def _may_run_tests(workspace: "Workspace", *, ask: bool) -> bool:
    """Whether existing tests may run: decided by the option, an earlier answer, or a question."""
    from assistant.checks.consent import Consents
    from assistant.checks.discovery import NoTests, likely_tests
    from assistant.headless.consent import may_run_tests

    settings, runner = workspace.settings, workspace.runner
    if settings.tests or not runner.isolates:
        return settings.tests
    root = workspace.repository.root
    paths = [entry.path for entry in workspace.repository.snapshot().files]
    found = likely_tests(root, paths)
    if isinstance(found, NoTests):
        return False
    question = _ask_tests if ask and composition.terminal() else None
    consents = Consents(settings.state_dir)
    return may_run_tests(found.command, root, consents, question, confinement=runner.confinement)


def _ask_tests(command: "CheckCommand") -> str:
    click.echo("The tests that cover a change can run before and after it.", err=True)
    return _ask_consent(command)


def _ask_sending(address: str) -> str:
    key = click.prompt(
        f"Code of this repository will be sent to {sanitize_line(address)}, which is not this "
        "machine. Send it? [a]lways here, [o]nce, [n]o",
        type=click.Choice(["a", "o", "n"]),
        show_choices=False,
        err=True,
    )
    return {"a": "always", "o": "once"}.get(key, "no")


def _ask_secrets(found: str) -> bool:
    return click.confirm(f"{found}. Put it in the context all the same?", default=False, err=True)


def _ask_consent(command: "CheckCommand", *, isolates: bool = True) -> str:
    click.echo(f"Found in {command.source}: {command.text}", err=True)
    confined = "in a sandboxed copy" if isolates else NOT_CONFINED
    key = click.prompt(
        f"It runs code of this repository {confined}, with the type checkers and linters "
        "that are configured here. Run it? [a]lways here, [o]nce, [n]o",
        type=click.Choice(["a", "o", "n"]),
        show_choices=False,
        err=True,
    )
    return {"a": "always", "o": "once"}.get(key, "no")
