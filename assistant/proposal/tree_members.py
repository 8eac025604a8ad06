"""Inserts members into a type of a language with a grammar: methods, fields and variants.

Each goes where the file has its like: a method after the last one that is not private, a field
after the fields, a variant after the variants, with the comma that it needs. Only what the type
does not have yet is inserted; every other byte stays.
"""

import re
import textwrap
from collections.abc import Collection, Sequence

from assistant.errors import ProposalError
from assistant.intent.values import NEUTRAL, Intent
from assistant.proposal.beside import placed_beside, taken_out
from assistant.proposal.imports import add_imports
from assistant.proposal.meant import is_meant
from assistant.proposal.member_lines import RUBY, Fresh, closed_list, listed, opened, spaced
from assistant.proposal.moving import leading, moved_code
from assistant.proposal.rust_impls import impl_head
from assistant.proposal.splice import insert_after, replace_unit
from assistant.repo.bodies import Body, Member, Role, body_in
from assistant.repo.files import TextFile, encode_text, split_lines
from assistant.repo.languages import language_of
from assistant.repo.parsing import units_of
from assistant.repo.reading import text_file
from assistant.repo.units import Unit, UnitKind, unit_text

_OVERLOADING = ("cpp", "java", "c")
_HEAD = re.compile(r"[{=]|->|=>")


def insert_tree_members(
    file: TextFile,
    owner: Unit,
    code: str,
    after: str = "",
    *,
    private: bool = False,
    intent: Intent = NEUTRAL,
) -> bytes:
    """The file with the members of `code` that the type lacks.

    `after` names the member after which they go; `private` ones go with the private ones. Members
    that the type has are replaced where `intent` asks for it. Definitions that stand beside the
    type go before it if other code uses them, and methods that stand outside of it after it.
    """
    text = textwrap.dedent(_with_first_indent(code.strip("\n")))
    text, imports = without_imports(file.path, text)
    beside, text = taken_out(file, owner, text)
    fresh, known = _members(file, owner, text)
    added = {each.name for each in fresh} | {each.name for each in beside}
    new = _with_changes(file, owner.name, known, added, intent)
    for each in beside:
        new = placed_beside(new, _unit(new, owner.name), each, after, added, intent)
    for role in (Role.FIELD, Role.VARIANT, Role.METHOD):
        found = [each for each in fresh if each.role is role]
        if found:
            new = text_file(file.path, _placed(new, owner.name, found, after, private))
    return add_imports(new, imports) if imports and new.data != file.data else new.data


def _with_first_indent(code: str) -> str:
    """The code with the indentation that its first line lost, if its last line still has it."""
    first, *others = code.split("\n")
    rest = [line for line in others if line.strip()]
    lost = min(map(leading, rest), key=len, default="")
    closes = rest and rest[-1].startswith(tuple(lost + each for each in ("}", "end", ")")))
    return f"{lost}{code}" if closes and not leading(first) else code


def bare_name(name: str) -> str:
    """The type's name, of an `impl` block too."""
    return re.sub(r"^impl (?:\S+ for )?", "", name)


def without_imports(path: str, text: str) -> tuple[str, tuple[str, ...]]:
    file = text_file(path, encode_text(f"{text}\n"))
    found = [unit for unit in units_of(file) if unit.kind is UnitKind.IMPORTS]
    lines = text.split("\n")
    gone = {row for unit in found for row in range(unit.start - 1, unit.end)}
    gone |= {at for at, line in enumerate(lines) if line.startswith("package ")}
    kept = "\n".join(line for at, line in enumerate(lines) if at not in gone)
    texts = (unit_text(text, unit) for unit in found)
    # `using` would change what names mean in the whole file.
    return kept.strip("\n"), tuple(each for each in texts if not each.startswith("using "))


def _unit(file: TextFile, name: str) -> Unit:
    found = next((unit for unit in units_of(file) if unit.name == name), None)
    if found is None:
        raise ProposalError(f"{file.path} has no {name}.", hint="Read the file again.")
    return found


def _methods(file: TextFile, owner: str) -> list[Unit]:
    names = (owner, bare_name(owner))
    return [
        unit
        for unit in units_of(file)
        if unit.kind is UnitKind.METHOD and unit.name.rpartition(".")[0] in names
    ]


def _named(file: TextFile, after: str, owner: str) -> list[Unit]:
    return [unit for unit in _methods(file, owner) if unit.name.rpartition(".")[2] == after]


def _members(file: TextFile, owner: Unit, text: str) -> tuple[list[Fresh], list[Fresh]]:
    """The members of the text that the type lacks, and the methods that it has."""
    homes = _homes(file, owner)
    there = [each for home in homes for each in _body(file, home).members]
    lines, found = _read(file, owner, homes, text) if text else ([], [])
    names = {_plain(each) for each in there}
    heads = {_head(each) for each in there}
    new = [each for each in found if _plain(each) not in names]
    if not new:  # an overload has another signature
        new = [each for each in found if _head(each) not in heads and each.role is Role.METHOD]
        new = [] if len(new) == len(found) > 1 else new
    fixed = (owner.name.rpartition(".")[2],) if language_of(file.path) in _OVERLOADING else names
    known = [
        each
        for each in found
        if each not in new and (_plain(each) in fixed or _head(each) in heads)
    ]
    both = (
        [
            Fresh(each.role, _plain(each), "\n".join(lines[each.start - 1 : each.end]), each.text)
            for each in some
        ]
        for some in (new, known)
    )
    return next(both), next(both)


def _with_changes(
    file: TextFile, owner: str, known: Sequence[Fresh], added: Collection[str], intent: Intent
) -> TextFile:
    """The file with the methods that the task means to change."""
    for each in known:
        units = _named(file, each.name, owner)
        if len(units) == 1 and is_meant(file, units[0], each.code, added, intent):
            file = text_file(file.path, replace_unit(file, units[0], each.code))
    return file


def _plain(member: Member) -> str:
    """The name without the type that C++ may write before it."""
    return re.split(r"::|\.", member.name)[-1]


def _head(member: Member) -> str:
    return "".join(_HEAD.split(member.text, maxsplit=1)[0].split()).rstrip(";")


def _read(
    file: TextFile, owner: Unit, homes: Sequence[Unit], text: str
) -> tuple[list[str], list[Member]]:
    """The lines of the candidate, and its members: of the type in it, or of the text as a body."""
    read = text_file(file.path, encode_text(f"{text}\n"))
    types = [unit for unit in units_of(read) if unit.kind is UnitKind.CLASS]
    last = bare_name(owner.name).rpartition(".")[2]
    same = [unit for unit in types if bare_name(unit.name).rpartition(".")[2] == last]
    if same:
        bodies = [body_in(read.path, read.data, unit.start, unit.end) for unit in same]
        return text.split("\n"), [each for body in bodies if body for each in body.members]
    best: tuple[list[str], list[Member], bool] | None = None
    for head, foot in _wrappers(file, owner, homes):
        whole = f"{head}\n{text}\n{foot}\n"
        body = body_in(file.path, encode_text(whole), 1, len(whole.split("\n")))
        if body is not None and body.members and (best is None or (best[2] and not body.broken)):
            best = (whole.split("\n"), list(body.members), body.broken)
    return (best[0], best[1]) if best else ([], [])


def _wrappers(file: TextFile, owner: Unit, homes: Sequence[Unit]) -> list[tuple[str, str]]:
    """First and last lines between which the text can be read as a body."""
    found: list[tuple[str, str]] = []
    for home in homes:
        head = _opening(home.signature)
        ruby = file.path.endswith(RUBY)
        last = bare_name(owner.name).rpartition(".")[2]
        found.append(
            (f"class {last.replace('self', '<< self')}", "end") if ruby else (f"{head} {{", "}")
        )
        if file.path.endswith(".java"):  # an enum has other members after a semicolon
            found.append((f"{head} {{;", "}"))
    if language_of(file.path) == "rust" and not any(h.name.startswith("impl") for h in homes):
        found.append((f"impl {owner.name} {{", "}"))
    return found


def _opening(signature: str) -> str:
    """The head of a type on one line, without comments, annotations and the opening brace."""
    lines = [line.strip() for line in signature.split("\n")]
    aside = ("//", "/*", "*", "#", "@")
    head = " ".join(e for e in lines if e.endswith("{") or not e.startswith(aside))
    return head.removesuffix("{").rstrip() if head.endswith("{") else head.split("{")[0].rstrip()


def _homes(file: TextFile, owner: Unit) -> list[Unit]:
    """The units whose bodies have the type's members: in Rust also its inherent `impl`s."""
    also = [u for u in units_of(file) if u.name == f"impl {owner.name}"]
    return [owner, *also]


def _body(file: TextFile, home: Unit) -> Body:
    found = body_in(file.path, file.data, home.start, home.end)
    return found or Body(home.start + home.signature.count("\n"), home.end, "", ())


def _placed(file: TextFile, name: str, fresh: Sequence[Fresh], after: str, private: bool) -> bytes:
    owner = _unit(file, name)
    homes = _homes(file, owner)
    home = owner
    free = not name.startswith("impl ") and not re.search(r"\btrait\b", owner.signature)
    if free and fresh[0].role is Role.METHOD and language_of(file.path) == "rust":
        if len(homes) == 1:
            return _with_impl(file, owner, fresh)
        named = [h for h in homes[1:] if after in {m.name for m in _body(file, h).members}]
        home = (named or homes[1:])[0]
    body = _body(file, home)
    if not body.columns[0] and not file.path.endswith(RUBY):
        raise ProposalError(
            f"{home.name} has no body to which anything can be added.",
            hint="Change the type instead.",
        )
    lines = split_lines(file.data)
    role, java = fresh[0].role, file.path.endswith(".java")
    is_listed = body.separator and role is not Role.METHOD and not (java and role is Role.FIELD)
    same = body.named(role)
    if not (is_listed and same and same[-1].end == body.closing):
        wider = opened(file.path, lines, home, body)
        if java and body.separator and not is_listed and wider == lines:
            wider = closed_list(lines, body)
        if wider != lines:
            return _placed(text_file(file.path, b"".join(wider)), name, fresh, after, private)
    if is_listed:
        return b"".join(listed(file.path, lines, body, same, fresh))
    anchor = _anchor(body, fresh[0].role, after, private)
    return b"".join(spaced(file.path, lines, body, anchor, fresh))


def _with_impl(file: TextFile, owner: Unit, fresh: Sequence[Fresh]) -> bytes:
    inner = "\n\n".join(moved_code(file.path, each.code, "    ") for each in fresh)
    indent = leading(unit_text(file.text, owner))
    block = moved_code(file.path, f"{impl_head(file, owner)}\n{inner}\n}}", indent)
    return insert_after(file, owner.end, block)


def _anchor(body: Body, role: Role, after: str, private: bool) -> Member | None:
    """The member after which new ones go; None for the top of the body."""
    members = body.members
    named = [each for each in members if each.name == after]
    if named:
        return named[-1]
    same = [each for each in members if each.role is role]
    if role is Role.FIELD:
        first = next((e.start for e in members if e.role is Role.METHOD), body.closing)
        leading = [each for each in same if each.start < first]
        found = leading or same or body.named(Role.VARIANT)
        return found[-1] if found else None
    shown = [each for each in members if each.hidden is private]
    fitting = [each for each in shown if each.role is role] or shown or list(members)
    return fitting[-1] if fitting else None
