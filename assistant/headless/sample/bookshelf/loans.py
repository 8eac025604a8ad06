"""Who has which book, until when, and what a late return costs."""

from dataclasses import dataclass
from datetime import date, timedelta

LOAN_DAYS = 21
CENTS_PER_DAY = 20
MOST_CENTS = 1000


@dataclass(frozen=True)
class Loan:
    book: int
    reader: str
    start: date

    @property
    def due(self) -> date:
        return self.start + timedelta(days=LOAN_DAYS)


def days_late(loan: Loan, returned: date) -> int:
    """Days after the due date; returning on the due date is not late."""
    return max(0, (returned - loan.due).days)


def fine(loan: Loan, returned: date) -> int:
    """What the reader owes, in cents."""
    return min(MOST_CENTS, days_late(loan, returned) * CENTS_PER_DAY)
