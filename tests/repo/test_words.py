"""Splitting text into word stems, and BM25 scores."""

import re

import pytest

from assistant.repo.bm25 import Document, scores
from assistant.repo.words import WORD_END, WORD_START, spaced, stem, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("parse_HTTPResponse", ["pars", "http", "respons"]),
        ("getUserName", ["user", "nam"]),
        ("the a of self", []),
        ("Größe ändern", ["größ", "ändern"]),
        ("", []),
        ("计算总价", ["计算", "算总", "总价"]),
        ("修改total_price的折扣。", ["修改", "total", "pric", "的折", "折扣"]),
        ("カゴのparseHTTP2を直す", ["カゴ", "ゴの", "pars", "http2", "を直", "直す"]),
        ("가격 계산", ["가격", "계산"]),
        ("の", ["の"]),
    ],
)
def test_names_are_split_into_stems(text: str, expected: list[str]) -> None:
    assert list(words(text)) == expected


def test_grammatical_forms_share_a_stem() -> None:
    assert len({stem(word) for word in ("parse", "parses", "parsed", "parsing", "parser")}) == 1


def test_rare_words_and_short_documents_score_higher() -> None:
    documents = [
        Document({"common": 1, "rare": 1}),
        Document({"common": 1}),
        Document({"common": 9}),
    ]
    rare, short, _ = scores({"common": 1, "rare": 1}, documents)
    assert rare > short > 0
    long, brief = scores({"word": 1}, [Document({"word": 1}, 100), Document({"word": 1}, 1)])
    assert brief > long
    assert scores({"absent": 1}, documents) == [0.0, 0.0, 0.0]
    assert scores({"word": 1}, []) == []


def test_a_name_ends_where_another_script_begins() -> None:
    name = re.compile(f"{WORD_START}total_price{WORD_END}")
    assert name.search("修改total_price函数")
    assert not name.search("subtotal_price total_prices")
    assert spaced("修改total_price函数") == "修改 total_price 函数"
