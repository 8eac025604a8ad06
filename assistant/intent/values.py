"""The intent of a task: what its words ask for, as one frozen value."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto


class Topic(Enum):
    """Something that the words of a task ask for or mention."""

    REPAIR = auto()
    """Something is wrong and must be fixed."""
    ADDITION = auto()
    """Something is added, whatever it is called."""
    REMOVAL = auto()
    """Code is removed, renamed, moved or merged."""
    LAYOUT = auto()
    """White space, indentation or formatting."""
    SAME_BEHAVIOUR = auto()
    """The code may behave as before: refactoring, documentation, speed."""
    DEMONSTRATION = auto()
    """Output, examples, a main block or a script."""
    ASSERTIONS = auto()
    """Tests or assertions are mentioned, in whatever role."""
    TESTS = auto()
    """Tests are written or changed."""
    ONLY_TESTS = auto()
    """The whole task is to write tests."""
    DOCUMENTS = auto()
    """Documentation is written or changed."""
    NEW_FILE = auto()
    """Files, modules or tests are mentioned that may have to be created."""
    EVERYWHERE = auto()
    """Every use changes, in tests and documentation too."""
    CALLERS = auto()
    """The callers of what changes are changed with it."""
    INSPECTION = auto()
    """The task begins with running, reading or reviewing, which changes no code."""


class AdditionKind(Enum):
    """What kind of definition is added."""

    METHOD = auto()
    """A method or property of a type."""
    FUNCTION = auto()
    FIELD = auto()
    CASE = auto()
    """A variant of an enumeration, or a case of a switch."""
    TYPE = auto()
    """A class, struct, interface or enumeration."""


@dataclass(frozen=True, slots=True)
class Addition:
    """A definition that the task says to add."""

    kind: AdditionKind
    name: str
    said: tuple[str, ...] = ()
    """The words that say where it goes: its clause, then the sentence around it."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """A name that the task replaces by another."""

    old: str
    """As written: a name, a qualified name, or the path of a module."""
    new: str
    kind: str = ""
    """`module`, `class`, `method`, `function`, `parameter`, `attribute` or `variable`, where the
    task says which."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What the words of a task ask for. The defaults are those of a task without words."""

    text: str = ""
    """The task as given."""
    topics: frozenset[Topic] = frozenset()
    names: frozenset[str] = frozenset()
    """Every word of the task that could be an identifier."""
    code_names: frozenset[str] = frozenset()
    """The names that cannot be prose: `snake_case`, `camelCase`, `PascalCase`, in backticks, or
    called."""
    additions: tuple[Addition, ...] = ()
    """Definitions that are to be added; who owns them is decided with the code in view."""
    parameters: tuple[str, ...] = ()
    """Names of parameters that are to be added."""
    changed: frozenset[str] = frozenset()
    """Words that name existing code, if there is any of that name, which is changed."""
    renamings: tuple[Renaming, ...] = ()
    """What the task renames; empty where it also asks for something else."""
    wants_mentions: bool = False
    """Whether a rename also changes comments, strings and documents that mention the name."""

    def asks(self, topic: Topic) -> bool:
        return topic in self.topics

    def mentions(self, name: str) -> bool:
        return name in self.names

    def may_remove(self, names: Collection[str]) -> bool:
        """Whether the task asks for a removal and mentions all of `names`.

        A mention alone is not enough: a task also names functions that others must call.
        """
        return self.asks(Topic.REMOVAL) and self.names.issuperset(names)


NEUTRAL = Intent()
"""The intent of a task that says nothing."""
