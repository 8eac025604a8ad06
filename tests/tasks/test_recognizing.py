"""Plain words of a task that are names of the code."""

from dataclasses import replace

import pytest

from assistant.context.choosing import choose
from assistant.repo.search import defined
from assistant.solving.events import Step, Verb
from assistant.solving.request import TaskRequest
from assistant.tasks.recognizing import marked, with_names

FILES = {
    "sizes.py": "def naturalsize(value):\n    return str(value)\n\n\nclass strtobool:\n    pass\n",
    "words.py": "def echo(message):\n    print(message)\n\n\nfractional = 1\n",
    "tests/test_sizes.py": "def precisedelta():\n    pass\n",
}


class Counter:
    """Knows the words of a small vocabulary, with the space before them, as single tokens."""

    def count(self, text: str) -> int:
        known = (" echo", " zeros", " that", " keyword", " class")
        return sum(1 if f" {word}" in known else 3 for word in text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Give naturalsize a keyword", "Give `naturalsize` a keyword"),
        ("naturalsize: zeros, naturalsize", "`naturalsize`: zeros, `naturalsize`"),
        ("Let echo call strtobool.", "Let echo call `strtobool`."),
        ("See `naturalsize` and naturalsize()", "See `naturalsize` and naturalsize()"),
        ("In lib/naturalsize.py and naturalsize.py", "In lib/naturalsize.py and naturalsize.py"),
        ("naturalsize_of and x.naturalsize", "naturalsize_of and x.naturalsize"),
        ("fractional and precisedelta and unknownword", None),
    ],
)
def test_rare_words_that_the_repository_defines_are_marked(make_world, text, expected) -> None:
    git = make_world([], files=FILES).workspace.repository.git
    assert marked(git, Counter(), text) == (expected or text)


def test_only_names_after_a_keyword_outside_of_tests_are_definitions(make_world) -> None:
    git = make_world([], files=FILES).workspace.repository.git
    names = {"naturalsize", "strtobool", "echo", "message", "fractional", "precisedelta", "print"}
    assert defined(git, names) == {"naturalsize", "strtobool", "echo"}
    assert defined(git, set()) == set()


def test_a_step_is_marked_like_its_task(make_world) -> None:
    workspace = replace(make_world([], files=FILES).workspace, counter=Counter())
    step = Step(1, Verb.EDIT, "sizes.py", "", "Round in naturalsize")
    request = with_names(workspace, TaskRequest("Round naturalsize", step=step))
    assert request.task == "Round `naturalsize`"
    assert request.step is not None
    assert request.step.sentence == "Round in `naturalsize`"


def test_the_file_of_such_a_name_is_read_before_one_of_common_words(make_world) -> None:
    text = "Drop the trailing zeros of a fraction, unlike naturalsize."
    others = "".join(f'def zeros_of_{n}(value):\n    """{text}"""\n\n\n' for n in range(9))
    repository = make_world([], files={**FILES, "zeros.py": others}).workspace.repository
    task = "Let naturalsize drop the trailing zeros of a fraction"

    def first(text: str) -> str:
        files, _ = choose(repository, repository.snapshot().files, text, Counter(), 1_000)
        return files[0].path

    assert first(task) == "zeros.py"
    assert first(marked(repository.git, Counter(), task)) == "sizes.py"
