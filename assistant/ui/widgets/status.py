"""The head line, the tabs and the status line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rich.style import Style

from assistant.engine.base import EngineInfo
from assistant.repo.files import FileState, Snapshot
from assistant.solving.pace import Reached
from assistant.ui.amounts import duration, size, tokens
from assistant.ui.rows import Part, spinner, width_of
from assistant.ui.widgets.bars import Bar

_BAR = 8
"""Cells of the progress bar."""


@dataclass(frozen=True, slots=True)
class StatusValue:
    """The values that the status line shows."""

    phase: str = "ready"
    running: bool = False
    since: float = 0.0
    """Clock reading at the start of the phase."""
    detail: str = ""
    reached: Reached | None = None
    """How much of the prompt is read, or of the candidate written."""
    model: str = ""
    info: EngineInfo | None = None
    rate: float = 0.0
    """Tokens per second of the last or the running generation."""
    used: int = 0
    """Tokens of the selection."""
    budget: int = 0
    warm: float | None = None
    """Share of the selection that was read ahead."""
    indexed: float | None = None
    """Share of the files that the running update of the search index has read."""
    queued: int = 0
    """Tasks that start after the running one."""


class StatusLine(Bar):
    """The phase on the left; model, speed and context on the right."""

    def __init__(self, clock: Callable[[], float], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._clock = clock
        self.value = StatusValue()

    def on_mount(self) -> None:
        self._draw()

    def tick(self) -> None:
        """Updates the elapsed time."""
        if self.value.running:
            self._draw()

    def set(self, **changes: object) -> None:
        """Changes fields of the value."""
        self.value = replace(self.value, **changes)  # type: ignore[arg-type]  # names are checked by dataclasses
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        left = self._left_parts()
        room = self.size.width - width_of(left) - 3
        right: list[Part] = []
        for parts in self._right_parts():
            joined = [*parts, ("  ", self.palette.plain), *right] if right else parts
            if width_of(joined) <= room:
                right = joined
        self.show(left, [*right, (" ", self.palette.plain)])

    def _left_parts(self) -> list[Part]:
        style, value = self.palette, self.value
        if not value.running:
            return [
                (" ● ", style("success")),
                (value.phase, style("muted")),
                (f"  {value.detail}" if value.detail else "", style("faint")),
            ]
        frame = spinner(self._clock(), still=self.app.animation_level == "none")
        parts: list[Part] = [(f" {frame} ", style("warning")), (value.phase, style("foreground"))]
        share = value.reached.share if value.reached is not None else None
        if share is not None:
            full = int(share * _BAR)
            parts += [
                (" ", style()),
                ("━" * full, style("primary")),
                ("━" * (_BAR - full), style("line")),
                (f" {int(share * 100)}%", style("muted")),
            ]
        elif value.detail:
            parts.append((f" {value.detail}", style("muted")))
        parts.append((f"  {duration(self._clock() - value.since)}", style("muted")))
        if value.reached is not None and value.reached.left is not None:
            parts.append((f" · {duration(value.reached.left)} left", style("muted")))
        return parts

    def _right_parts(self) -> list[list[Part]]:
        """Returns groups from most to least important. Each is placed to the left of the last."""
        style, value = self.palette, self.value
        groups: list[list[Part]] = []
        if value.queued:
            groups.append([(f"{value.queued} queued", style("warning"))])
        if value.info and value.info.address:
            address = value.info.address.partition("://")[2]
            groups.append([("sent to ", style("faint")), (address, style("warning"))])
        if value.budget:
            share = value.used / value.budget
            colour = "error" if share > 1 else ("warning" if share > 0.85 else "foreground")
            groups.append(
                [
                    ("ctx ", style("faint")),
                    (tokens(value.used), style(colour)),
                    (f"/{tokens(value.budget)}", style("faint")),
                ]
            )
        if value.rate:
            groups.append([(f"{value.rate:.0f}", style("foreground")), (" tok/s", style("faint"))])
        if name := (value.info.model if value.info else value.model):
            groups.append([(name, style("secondary"))])
        if value.info and not value.info.address:
            device, weights = value.info.device, value.info.weights
            groups.append([(device, style("muted")), (f" {weights}", style("faint"))])
            groups.append([(size(value.info.memory_bytes), style("muted"))])
        if value.warm is not None:
            text = "read ahead ✓" if value.warm >= 1 else f"reading ahead {value.warm:.0%}"
            groups.append([(text, style("success" if value.warm >= 1 else "muted"))])
        if value.indexed is not None:
            groups.append([(f"indexing {value.indexed:.0%}", style("muted"))])
        return groups


class HeadLine(Bar):
    """Repository, branch, git operation in progress, and number of changed files."""

    def show_repository(self, name: str, snapshot: Snapshot | None) -> None:
        style = self.palette
        left: list[Part] = [
            (" assistant ", style("primary", "", "bold")),
            (f" {name} ", style("foreground", "", "bold")),
        ]
        right: list[Part] = []
        if snapshot is not None:
            detached = f"detached at {snapshot.head[:8]}"
            left.append(
                (
                    f" ⎇ {snapshot.branch or detached} ",
                    style("muted" if snapshot.branch else "warning"),
                )
            )
            if snapshot.operation.value:
                left.append((f" {snapshot.operation.value} in progress ", style("warning")))
            if not snapshot.head:
                left.append((" no commits yet ", style("warning")))
            right = self._counts(snapshot)
        self.show(left, right)

    def _counts(self, snapshot: Snapshot) -> list[Part]:
        style = self.palette
        states = [entry.state for entry in snapshot.files]
        shown = (
            (FileState.STAGED, "staged", "git-staged"),
            (FileState.CHANGED, "changed", "git-changed"),
            (FileState.UNTRACKED, "untracked", "git-untracked"),
            (FileState.UNMERGED, "unmerged", "git-conflict"),
        )
        parts: list[Part] = []
        for state, word, colour in shown:
            if count := states.count(state):
                parts.append((f"{count} {word}  ", style(colour)))
        if not parts:
            parts.append(("clean  ", style("faint")))
        return parts


class TabStrip(Bar):
    """Titles of panes with the active one marked. Titles are clickable."""

    def tabs(self, tabs: Sequence[tuple[str, str, str, str]], active: str) -> None:
        """Shows tabs, each given as key, name, title and note."""
        style = self.palette
        parts: list[Part] = []
        for key, name, title, note in tabs:
            on = name == active
            meta = Style(meta={"@click": f"screen.pane('{name}')"})
            words = style("foreground" if on else "muted", "", "bold underline" if on else "")
            parts += [
                (f" {key} ", style("primary" if on else "faint") + meta),
                (title, words + meta),
                (f" {note}  " if note else "  ", style("primary" if on else "faint") + meta),
            ]
        self.show(parts)
