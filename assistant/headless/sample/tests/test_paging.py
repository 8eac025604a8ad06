import unittest

from bookshelf.paging import page, page_count

LETTERS = ["a", "b", "c", "d", "e"]


class PagingTest(unittest.TestCase):
    def test_counts_a_short_last_page(self):
        self.assertEqual(page_count(5, 2), 3)

    def test_the_first_page_starts_with_the_first_item(self):
        self.assertEqual(page(LETTERS, 1, 2), ["a", "b"])

    def test_there_is_no_page_zero(self):
        with self.assertRaises(ValueError):
            page(LETTERS, 0, 2)
