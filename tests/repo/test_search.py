"""Searching a working tree for names and words, with real git."""

import subprocess
from pathlib import Path

import pytest

from assistant.repo import search
from assistant.repo.git import Repository
from assistant.repo.search import defining, likeliest, missing


def write(root: Path, files: dict[str, str]) -> Repository:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return Repository.open(root)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "class A:\n    async def wanted(self):\n        pass\n"),
        ("a.py", "wanted: int = 1\n"),
        ("a.ts", "export const wanted = () => 1;\n"),
        ("a.ts", "class A {\n  private wanted(a: number): void {\n  }\n}\n"),
        ("a.go", "func (a *A) wanted(b int) error {\n"),
        ("a.go", "type wanted struct {\n"),
        ("a.rs", "pub(crate) fn wanted<T>(a: T) -> T {\n"),
        ("A.java", "class A {\n    public int wanted(int a) throws E {\n"),
        ("a.cc", "std::string wanted(int a)\n{\n"),
        ("a.rb", "def self.wanted\nend\n"),
    ],
)
def test_files_that_define_a_name_are_found(root, path, text) -> None:
    use = "import a\n\nprint(a.wanted())\nunwanted = wanted2 = 1\n"
    repository = write(root, {path: text, "use.py": use})
    assert defining(repository.git, {"wanted"}) == (path,)


def test_ignored_files_define_nothing(root) -> None:
    repository = write(root, {".gitignore": "out/\n", "out/a.py": "def f(): pass\n"})
    assert defining(repository.git, {"f"}) == ()
    assert defining(repository.git, ()) == ()


def test_a_name_with_too_many_definitions_says_nothing(root, monkeypatch) -> None:
    monkeypatch.setattr(search, "_MOST_DEFINING", 2)
    repository = write(root, {f"{n}.py": "def main(): pass\n" for n in range(3)})
    assert defining(repository.git, {"main"}) == ()


@pytest.mark.parametrize(
    ("names", "words", "first"),
    [
        ({"special"}, (), "7.py"),
        ({"called"}, (), "8.py"),
        ((), {"rare"}, "6.py"),
        ((), {"folder"}, "folder/9.py"),
        ((), (), "0.py"),
    ],
)
def test_of_many_files_the_likeliest_are_read(root, monkeypatch, names, words, first) -> None:
    monkeypatch.setattr(search, "MOST_READ", 1)
    files = {f"{n}.py": "common = 1\n" for n in range(6)}
    files |= {"6.py": "# Rare common\n", "7.py": "def special(): pass\n", "8.py": "a.called()\n"}
    files |= {"folder/9.py": "special()\n"}
    repository = write(root, files)
    found = likeliest(repository.git, list(files), names, {"common", *words})
    assert found == [first]


def test_few_files_stay_as_they_are(root) -> None:
    repository = write(root, {"b.py": "", "a.py": ""})
    assert likeliest(repository.git, ["b.py", "a.py"], {"x"}, {"y"}) == ["b.py", "a.py"]


def test_names_that_no_file_has_are_missing(root) -> None:
    repository = write(root, {"a.py": "def there(): pass\n", "sub/named_file.py": ""})
    names = {"there", "there_not", "named_file", "the"}
    assert missing(repository.git, None, names) == ("named_file", "the", "there_not")
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    assert missing(repository.git, None, names) == ("the", "there_not")
