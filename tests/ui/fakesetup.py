"""Model weights that are installed, or downloaded without a network."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.engine.base import Cancel
from assistant.errors import AssistantError
from assistant.models.progress import PullProgress
from assistant.ui.services import ModelChoice, Survey


@dataclass
class FakeSetup:
    """Replaces the store of weights."""

    is_ready: bool = True
    reports: tuple[PullProgress, ...] = ()
    failure: AssistantError | None = None
    hold: threading.Event | None = None
    pulled: list[str] = field(default_factory=list)

    def ready(self) -> bool:
        return self.is_ready

    def survey(self) -> Survey:
        return Survey(
            (
                ("Device", "CPU, 2 cores, AVX-512 VNNI"),
                ("Memory", "24.0 GB, 21.3 GB free"),
                ("Disk", "53 GB free in ~/.cache/assistant"),
            ),
            (
                ModelChoice("qwen2.5-coder-1.5b", "Qwen2.5-Coder 1.5B", 1_890_000_000, "Apache-2.0",
                            "good edits, about 12 tokens/s here", recommended=True),
                ModelChoice("qwen2.5-coder-0.5b", "Qwen2.5-Coder 0.5B", 676_000_000, "Apache-2.0",
                            "small and quick, for simple edits"),
                ModelChoice("qwen2.5-coder-7b", "Qwen2.5-Coder 7B", 8_100_000_000, "Apache-2.0",
                            "best edits, slow without a GPU"),
            ),
        )  # fmt: skip

    def pull(self, name: str, report: Callable[[PullProgress], None], cancel: Cancel) -> None:
        for progress in self.reports:
            report(progress)
        while self.hold is not None and not self.hold.is_set():
            if cancel.is_set:
                cancel.check()
            self.hold.wait(0.01)
        if self.failure is not None:
            raise self.failure
        self.pulled.append(name)
        self.is_ready = True
