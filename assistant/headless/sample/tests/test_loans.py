import unittest
from datetime import date, timedelta

from bookshelf.loans import MOST_CENTS, Loan, days_late, fine

LOAN = Loan(1, "Ada", date(2024, 3, 1))


class LoanTest(unittest.TestCase):
    def test_on_the_due_date_it_is_not_late(self):
        self.assertEqual(days_late(LOAN, LOAN.due), 0)

    def test_each_day_costs(self):
        self.assertEqual(fine(LOAN, LOAN.due + timedelta(days=3)), 60)

    def test_a_fine_has_a_limit(self):
        self.assertEqual(fine(LOAN, LOAN.due + timedelta(days=400)), MOST_CENTS)
