"""Formats tokens, bytes, durations and progress in a few characters."""

from assistant.solving.pace import Reached


def tokens(count: int) -> str:
    """Formats a count as 950, 1.2k, 34k or 1.2M."""
    if count < 1000:
        return str(count)
    if count < 10_000:
        return f"{count / 1000:.1f}k"
    if count < 1_000_000:
        return f"{count / 1000:.0f}k"
    return f"{count / 1_000_000:.1f}M"


def size(count: float) -> str:
    """Formats bytes as 950 B, 1.2 MB or 34 GB, in powers of 1000."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")


def duration(seconds: float) -> str:
    """Formats a duration as 0.4s, 12s, 3m 05s or 2h 10m."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    return f"{whole // 3600}h {whole % 3600 // 60:02d}m"


def reached_words(reached: Reached | None) -> str:
    """Says how much of the expected text is written, and the time left where it is known."""
    if reached is None:
        return ""
    left = f"{duration(reached.left)} left" if reached.left is not None else ""
    if reached.reading or not reached.total:
        return left
    return ", ".join(
        filter(None, (f"{tokens(reached.done)} of about {tokens(reached.total)} tokens", left))
    )
