"""Translates regular expressions to expressions of GBNF."""

import re

_SETS = {"d": "0-9", "w": "A-Za-z0-9_", "s": r" \t\n\r"}
_CONTROLS = {"n": r"\n", "t": r"\t", "r": r"\r"}
_COUNT = re.compile(r"\{\d+(?:,\d*)?\}")
_HEX = re.compile(r"x\{([0-9a-fA-F]+)\}|x([0-9a-fA-F]{2})")
_ANY = r"[^\x00]"


class Unsupported(ValueError):
    """GBNF cannot express it."""


def literal(text: str) -> str:
    """A string of GBNF."""
    return '"' + "".join(_escaped(character, '"') for character in text) + '"'


def pattern(text: str) -> str:
    """The expression for a regular expression. Raises Unsupported."""
    reader = _Reader(text)
    found = reader.alternatives()
    if reader.at < len(text):
        raise Unsupported(text)
    return found


class _Reader:
    """Reads a regular expression from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0
        self._dot_matches_all = False

    def alternatives(self) -> str:
        found = [self._sequence()]
        while self._taken("|"):
            found.append(self._sequence())
        return " | ".join(found)

    def _sequence(self) -> str:
        parts = []
        while self.at < len(self._text) and self._text[self.at] not in "|)":
            parts.append(self._atom() + self._quantifier())
        return " ".join(parts) or '""'

    def _atom(self) -> str:
        character = self._next()
        match character:
            case "(":
                return self._group()
            case "[":
                return self._class()
            case ".":
                return _ANY if self._dot_matches_all else r"[^\n]"
            case "\\":
                return self._escape()
            case "^" | "$" | "*" | "+" | "?":
                raise Unsupported(self._text)
            case _:
                return literal(character)

    def _quantifier(self) -> str:
        if found := _COUNT.match(self._text, self.at):
            self.at = found.end()
            return found[0]
        sign = self._text[self.at : self.at + 1]
        if sign and sign in "*+?":
            self.at += 1
            return sign
        return ""

    def _group(self) -> str:
        before = self._dot_matches_all
        if self._taken("?"):
            if self._taken("s:"):
                self._dot_matches_all = True
            elif not self._taken(":"):
                raise Unsupported(self._text)
        found = self.alternatives()
        if not self._taken(")"):
            raise Unsupported(self._text)
        self._dot_matches_all = before
        return f"({found})"

    def _class(self) -> str:
        negated = "^" if self._taken("^") else ""
        members = ""
        while not self._taken("]"):
            character = self._next()
            if character != "\\":
                members += _escaped(character, "[]^") if character != "-" else "-"
                continue
            if number := self._hex():
                members += _escaped(number, "[]^-")
                continue
            name = self._next()
            if name in "WDS":
                raise Unsupported(self._text)
            members += _SETS.get(name) or _CONTROLS.get(name) or _escaped(name, "[]^-")
        return f"[{negated}{members}]"

    def _escape(self) -> str:
        if number := self._hex():
            return literal(number)
        name = self._next()
        if name.lower() in _SETS:
            return f"[{'^' if name.isupper() else ''}{_SETS[name.lower()]}]"
        if name in _CONTROLS:
            return f'"{_CONTROLS[name]}"'
        if name.isalnum():
            raise Unsupported(self._text)
        return literal(name)

    def _hex(self) -> str:
        found = _HEX.match(self._text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return chr(int(found[1] or found[2], 16))

    def _next(self) -> str:
        if self.at >= len(self._text):
            raise Unsupported(self._text)
        self.at += 1
        return self._text[self.at - 1]

    def _taken(self, text: str) -> bool:
        if not self._text.startswith(text, self.at):
            return False
        self.at += len(text)
        return True


def _escaped(character: str, special: str) -> str:
    """A character in a string or a class of GBNF, where those in `special` have a meaning."""
    if character in special or character == "\\":
        return f"\\{character}" if character in '"\\[]' else f"\\x{ord(character):02x}"
    if character in "\n\t\r":
        return {"\n": r"\n", "\t": r"\t", "\r": r"\r"}[character]
    code = ord(character)
    if code < 32 or code == 127:
        return f"\\x{code:02x}"
    return character
