from assistant.checks.standing import MOST_PROBLEMS, standing_problems


def test_undefined_names_are_found_with_their_lines() -> None:
    data = b"def f(a):\n    return integer(a) + b\n"
    assert standing_problems("a.py", data) == (
        "a.py:2: undefined name 'integer'",
        "a.py:2: undefined name 'b'",
    )


def test_a_file_that_does_not_parse_has_only_that_problem() -> None:
    (problem,) = standing_problems("a.py", b"def f(:\n    return b\n")
    assert problem.startswith("a.py:1: ")


def test_a_correct_file_has_no_problems() -> None:
    assert standing_problems("a.py", b"def f(a):\n    return a\n") == ()
    assert standing_problems("notes.txt", b"def f(:\n") == ()


def test_a_long_list_of_problems_is_truncated() -> None:
    data = b"".join(b"print(x%d)\n" % number for number in range(20))
    assert len(standing_problems("a.py", data)) == MOST_PROBLEMS
