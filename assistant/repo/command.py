"""Runs git safely: an absolute program path, a scrubbed environment and fixed overrides.

A repository may be hostile: its configuration can name programs for hooks, filters, diffs, pagers,
transports and file watching. None of them is started here. Callers must not use subcommands that
run content filters (status, diff against the working tree, add, checkout, archive).
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import RepositoryError

_TIMEOUT = 60.0
_READ_SIZE = 1 << 16

_OVERRIDES = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.sshCommand=false",
    "core.askPass=",
    "credential.helper=",
    "diff.external=",
    "log.showSignature=false",
    "safe.bareRepository=explicit",
    "submodule.recurse=false",
)

_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",  # a partial clone must not fetch missing objects
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_TERMINAL_PROMPT": "0",
    "LANGUAGE": "C",
    "LC_ALL": "C",
}


def enclosing_work_tree(start: Path) -> Path | None:
    """The nearest folder at or above `start` with a .git: programs in it are never run.

    None if there is none, or if the working tree is the root of the file system.
    """
    found = next((at for at in (start, *start.parents) if (at / ".git").exists()), None)
    return None if found is None or found.parent == found else found.resolve()


def safe_path(path: str, untrusted: Path | None) -> str:
    """PATH without relative entries and entries inside the untrusted folder."""
    kept = (entry for entry in path.split(os.pathsep) if Path(entry).is_absolute())
    return os.pathsep.join(entry for entry in kept if not _inside(Path(entry), untrusted))


def _inside(path: Path, folder: Path | None) -> bool:
    return folder is not None and path.resolve().is_relative_to(folder)


def find_git(untrusted: Path | None, environ: Mapping[str, str] = os.environ) -> Path:
    """Absolute path of git, never from the untrusted folder. Raises RepositoryError."""
    found = shutil.which("git", path=safe_path(environ.get("PATH", os.defpath), untrusted))
    if found is None or _inside(Path(found), untrusted):
        raise RepositoryError(
            "git was not found.", hint="Install git and make sure it is on your PATH."
        )
    return Path(found)


def git_environment(
    untrusted: Path | None, environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The environment for git: the user's, without GIT_* and LC_*, and with a safe PATH."""
    kept = {k: v for k, v in environ.items() if not k.startswith(("GIT_", "LC_"))}
    kept["PATH"] = safe_path(environ.get("PATH", os.defpath), untrusted)
    return kept | _ENVIRONMENT


@dataclass(frozen=True, slots=True)
class GitOutput:
    code: int
    stdout: bytes
    stderr: str

    @property
    def reason(self) -> str:
        """Git's error message on one line, without its prefix."""
        lines = [line.strip() for line in self.stderr.splitlines() if line.strip()]
        message = next((line for line in lines if line.startswith(("fatal:", "error:"))), "")
        if message:
            return message.partition(": ")[2]
        return lines[0] if lines else f"exit code {self.code}"


class Git:
    """Runs git in one folder."""

    def __init__(self, folder: Path, *, timeout: float = _TIMEOUT) -> None:
        """`timeout` is in seconds. Raises RepositoryError if git is not found."""
        untrusted = enclosing_work_tree(folder)
        self.folder = folder
        self.program = find_git(untrusted)
        self.environment = git_environment(untrusted)
        self.overrides = _OVERRIDES
        """Settings that override the repository's, in the form that `-c` takes."""
        self._timeout = timeout

    def argv(self, arguments: Sequence[str]) -> list[str]:
        """The full command line for `arguments`."""
        overrides = [part for override in self.overrides for part in ("-c", override)]
        return [str(self.program), "--no-pager", *overrides, *arguments]

    def call(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> GitOutput:
        """Run git and return its output, whatever the exit code.

        `environment` is added to the environment (GIT_INDEX_FILE, ...). Raises RepositoryError if
        git cannot be started or times out.
        """
        try:
            done = subprocess.run(
                self.argv(arguments),
                cwd=self.folder,
                env=self.environment | dict(environment or {}),
                input=stdin,
                capture_output=True,
                timeout=self._timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _timed_out(arguments, self._timeout) from error
        except (OSError, ValueError) as error:
            raise _not_started(self.folder, error) from error
        return GitOutput(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))

    def output(
        self,
        *arguments: str,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> bytes:
        """The stdout of git. Raises RepositoryError with git's message if it fails."""
        result = self.call(*arguments, stdin=stdin, environment=environment)
        if result.code != 0:
            raise RepositoryError(
                f"git {arguments[0]} failed: {result.reason}",
                hint="Run `git status` and `git fsck` in the repository to find the problem.",
            )
        return result.stdout

    def records(self, *arguments: str) -> Iterator[bytes]:
        """Yield NUL-separated records as git prints them; closing the iterator early kills git.

        Raises RepositoryError after the last record if git failed.
        """
        process = self._start(arguments)
        assert process.stdout is not None  # noqa: S101 - for the type checker
        rest = b""
        try:
            while chunk := process.stdout.read(_READ_SIZE):
                *complete, rest = (rest + chunk).split(b"\0")
                yield from complete
            if rest:
                yield rest
            process.communicate(timeout=self._timeout)
            if process.returncode != 0:
                raise RepositoryError(
                    f"git {arguments[0]} failed with exit code {process.returncode}.",
                    hint="Run `git status` and `git fsck` in the repository to find the problem.",
                )
        except subprocess.TimeoutExpired as error:
            raise _timed_out(arguments, self._timeout) from error
        finally:
            process.stdout.close()
            if process.poll() is None:
                process.kill()
                process.wait()

    def _start(self, arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
        try:
            return subprocess.Popen(
                self.argv(arguments),
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except (OSError, ValueError) as error:
            raise _not_started(self.folder, error) from error


def _timed_out(arguments: Sequence[str], seconds: float) -> RepositoryError:
    return RepositoryError(
        f"git {arguments[0]} timed out after {seconds:.0f} s.",
        hint="Check that the disk or network drive with the repository responds.",
    )


def _not_started(folder: Path, error: Exception) -> RepositoryError:
    return RepositoryError(
        f"Cannot start git in {folder}: {error}",
        hint="Check that the folder exists and is accessible.",
    )
