import unittest

from bookshelf.catalog import Book, Catalog

EMMA = Book(1, "Emma", "Jane Austen", 1815)
DUNE = Book(2, "Dune", "Frank Herbert", 1965)


class CatalogTest(unittest.TestCase):
    def setUp(self):
        self.catalog = Catalog()
        self.catalog.add(DUNE)
        self.catalog.add(EMMA)

    def test_finds_by_author(self):
        self.assertEqual(self.catalog.find("austen"), [EMMA])

    def test_every_word_must_be_there(self):
        self.assertEqual(self.catalog.find("emma austen"), [EMMA])
        self.assertEqual(self.catalog.find("emma herbert"), [])

    def test_sorts_by_author(self):
        self.assertEqual(self.catalog.find("e"), [DUNE, EMMA])

    def test_a_number_is_given_once(self):
        with self.assertRaises(ValueError):
            self.catalog.add(Book(1, "Persuasion", "Jane Austen", 1817))
