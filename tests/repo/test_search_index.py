"""The search index of a working tree: what it finds, and that it is never an error."""

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from assistant.repo import search
from assistant.repo.git import Repository
from assistant.repo.indexing import updating
from assistant.repo.indexing.contents import read_contents
from assistant.repo.indexing.database import database_file
from assistant.repo.indexing.lookup import Found, SearchIndex
from assistant.repo.indexing.updating import update
from assistant.repo.search import missing, relevant
from assistant.repo.words import words

FILES = {
    "shop/cart.py": "class Cart:\n    def total_price(self):\n        return 0\n",
    "shop/stock.py": '"""Bestände im Lager."""\n\n\ndef available(item):\n    return item\n',
    "shop/preis.py": "# 计算购物车的总价\nRATE = 3\n\n\ndef charge():\n    return total_price()\n",
    "tests/test_cart.py": "def test_total():\n    assert Cart().total_price() == 0\n",
    "src/area.c": "static int\narea_of(int a)\n{\n    return a;\n}\n",
    "README.md": "# Shop\n\nWarehouse and prices.\n",
}


@pytest.fixture
def repository(root: Path, git, tmp_path: Path) -> Repository:
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    git("add", "-A")
    git("commit", "-qm", "first")
    opened = Repository.open(root)
    opened.index = SearchIndex(opened.git, opened.git_dir, tmp_path / "state")
    return opened


def updated(repository: Repository) -> bool:
    return update(repository.index.file, repository.git, repository.git_dir)


def found(repository: Repository, task: str, **names: float) -> Found | None:
    return repository.index.find(repository.snapshot().files, names, Counter(words(task)))


def best(repository: Repository, task: str, **names: float) -> str:
    scores = found(repository, task, **names).scores
    return max(scores, key=lambda path: scores[path], default="")


@pytest.mark.parametrize(
    ("path", "line", "name", "kind"),
    [
        ("a.py", "    async def wanted(self):", "wanted", "def"),
        ("a.py", "wanted: int = 1", "wanted", "constant"),
        ("a.py", "    WANTED = 1", "WANTED", "constant"),
        ("a.ts", "export const wanted = () => 1;", "wanted", "const"),
        ("a.ts", "  private wanted(a: number): void {", "wanted", "function"),
        ("a.go", "func (a *A) wanted(b int) error {", "wanted", "func"),
        ("a.go", "type wanted struct {", "wanted", "type"),
        ("a.rs", "pub(crate) fn wanted<T>(a: T) -> T {", "wanted", "fn"),
        ("A.java", "    public int wanted(int a) throws E {", "wanted", "function"),
        ("a.cc", "std::string A::wanted(int a)", "wanted", "function"),
        ("a.h", "#define wanted 1", "wanted", "#define"),
        ("a.rb", "def self.wanted", "wanted", "def"),
    ],
)
def test_definitions_are_read_without_a_parser(path, line, name, kind) -> None:
    contents = read_contents(path, f"\n{line}\nother(wanted2)\n".encode())
    symbol = next(each for each in contents.symbols if each.name == name)
    assert (symbol.kind, symbol.line, symbol.signature) == (kind, 2, line.strip())


@pytest.mark.parametrize("line", ["  return wanted(a);", "x = wanted", "if (wanted(a)) {"])
def test_a_use_defines_nothing(line: str) -> None:
    assert "wanted" not in {each.name for each in read_contents("a.c", line.encode()).symbols}


def test_hostile_lines_are_read_in_linear_time() -> None:
    """Takes hours where a pattern backtracks."""
    for line in ("a* " * 20_000, "pub " * 20_000, "template<" * 10_000, "a(" * 50_000):
        read_contents("a.cc", line.encode())


def test_binary_files_have_no_words() -> None:
    assert read_contents("a.bin", b"def f\0").body == ""


def test_words_names_and_other_scripts_find_their_file(repository: Repository) -> None:
    assert updated(repository)
    assert best(repository, "the warehouse") == "README.md"
    assert best(repository, "Lager und Bestände prüfen") == "shop/stock.py"
    assert best(repository, "修改购物车总价") == "shop/preis.py"
    assert best(repository, "", total_price=1.0) == "shop/cart.py"
    assert found(repository, "", total_price=1.0).scores.keys() == {
        "shop/cart.py",
        "shop/preis.py",
        "tests/test_cart.py",
    }
    assert found(repository, "", total_price=1.0).defining == ["shop/cart.py"]


def test_a_path_in_the_task_finds_its_file(repository: Repository) -> None:
    updated(repository)
    entries = repository.snapshot().files
    scores = repository.index.find(entries, {}, (), ["shop/preis.py", "no/stock.py"]).scores
    assert scores.keys() == {"shop/preis.py"}


def test_definitions_have_a_place(repository: Repository) -> None:
    assert repository.index.definitions("Cart") is None  # there is no index yet
    updated(repository)
    (cart,) = repository.index.definitions("Cart")
    assert (cart.path, cart.kind, cart.line, cart.signature) == (
        "shop/cart.py",
        "class",
        1,
        "class Cart:",
    )
    assert repository.index.definitions("Carts") == ()


def test_a_content_is_read_once(repository: Repository, git, root: Path, monkeypatch) -> None:
    updated(repository)
    git("checkout", "-qb", "other")
    (root / "shop/cart.py").write_text("class Trolley:\n    pass\n")
    git("mv", "README.md", "README.rst")
    git("commit", "-qam", "second")
    read: list[str] = []
    monkeypatch.setattr(
        updating, "read_contents", lambda path, data: read.append(path) or read_contents(path, data)
    )
    assert not repository.index.is_current()
    assert best(repository, "a trolley") == "shop/cart.py"  # brought up to date by the question
    assert best(repository, "warehouse") == "README.rst"
    git("checkout", "-q", "main")
    assert best(repository, "a trolley") == ""
    assert best(repository, "", Cart=1.0) == "shop/cart.py"
    assert read == ["shop/cart.py"]


def test_changed_and_untracked_files_are_found_at_once(repository: Repository, root: Path) -> None:
    updated(repository)
    (root / "new.py").write_text("def fresh(): pass\n")
    (root / "shop/stock.py").write_text("def renamed(): pass\n")
    assert found(repository, "").scores.keys() == {"new.py", "shop/stock.py"}
    updated(repository)
    assert found(repository, "").scores.keys() == set()
    assert best(repository, "", fresh=1.0) == "new.py"
    (root / "new.py").unlink()
    assert found(repository, "", fresh=1.0).scores.keys() == set()


def test_a_change_that_is_taken_back_is_noticed(repository: Repository, root: Path, git) -> None:
    (root / "shop/stock.py").write_text("def renamed(): pass\n")
    updated(repository)
    (root / "shop/stock.py").write_text(FILES["shop/stock.py"])
    assert "shop/stock.py" in found(repository, "").scores


def test_secrets_and_generated_files_are_left_out(repository: Repository, root: Path) -> None:
    (root / ".env").write_text("password_of_shop = 1\n")
    (root / "package-lock.json").write_text('{"password_of_shop": 1}\n')
    updated(repository)
    with sqlite3.connect(repository.index.file) as connection:
        paths = {path for (path,) in connection.execute("SELECT path FROM files")}
    assert paths == {os.fsencode(path) for path in FILES}


@pytest.mark.skipif(sys.platform == "darwin", reason="its file system refuses such names")
def test_names_of_files_may_be_any_bytes(repository: Repository, root: Path, git) -> None:
    (root / os.fsdecode(b"\xff.py")).write_text("def odd_one(): pass\n")
    git("add", "-A")
    updated(repository)
    assert best(repository, "", odd_one=1.0) == os.fsdecode(b"\xff.py")


def test_the_index_is_private(repository: Repository) -> None:
    updated(repository)
    folder = repository.index.file.parent
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("damage", ["garbage", "other schema", "truncated"])
def test_a_damaged_index_is_made_again(repository: Repository, damage: str) -> None:
    updated(repository)
    file = repository.index.file
    match damage:
        case "garbage":
            file.write_bytes(b"no database " * 1000)
        case "other schema":
            with sqlite3.connect(file) as connection:
                connection.execute("PRAGMA user_version = 999")
        case "truncated":
            file.write_bytes(file.read_bytes()[:9000])
    found(repository, "warehouse")  # no error, whatever it answers
    assert updated(repository)
    assert best(repository, "warehouse") == "README.md"


def test_without_an_index_nothing_is_found_and_nothing_made(repository: Repository) -> None:
    assert found(repository, "warehouse") is None
    assert not repository.index.is_current()
    assert not repository.index.file.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_no_error(repository: Repository) -> None:
    repository.index.file.parent.parent.mkdir(mode=0o500)
    assert found(repository, "warehouse") is None


def test_while_another_process_updates_it_the_index_is_not_asked(
    repository: Repository, git
) -> None:
    updated(repository)
    git("commit", "-q", "--allow-empty", "-m", "second")
    git("rm", "-q", "README.md")
    with FileLock(f"{repository.index.file}.lock"):
        assert not updated(repository)
        assert found(repository, "warehouse") is None
    assert found(repository, "warehouse").scores == {}


def test_an_update_that_is_interrupted_is_continued(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updating, "_BATCH", 2)

    class Stopped(BaseException): ...

    def stop(done: int, total: int) -> None:
        if done >= 4:
            raise Stopped

    with pytest.raises(Stopped):
        update(repository.index.file, repository.git, repository.git_dir, report=stop)
    assert not repository.index.is_current()
    read: list[str] = []
    monkeypatch.setattr(
        updating, "read_contents", lambda path, data: read.append(path) or read_contents(path, data)
    )
    assert updated(repository)
    assert len(read) == 2
    assert best(repository, "warehouse") == "README.md"


def test_two_updates_at_once(repository: Repository) -> None:
    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(updated, repository) for _ in range(2)]
        assert True in [each.result() for each in done]
    assert best(repository, "warehouse") == "README.md"


def test_documents_of_forgotten_branches_do_not_pile_up(
    repository: Repository, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updating, "_UNUSED", 3)
    for number in range(20):
        (root / "shop/cart.py").write_text(f"def cart_{number}(): pass\n")
        updated(repository)
    with ThreadPoolExecutor(1) as pool:
        update(repository.index.file, repository.git, repository.git_dir, pool=pool)
    with sqlite3.connect(repository.index.file) as connection:
        assert connection.execute("SELECT count(*) FROM documents").fetchone() == (len(FILES),)


def test_the_process_that_makes_the_index(repository: Repository, root: Path, tmp_path) -> None:
    arguments = ["-P", "-m", "assistant.repo.indexing.child", str(root), str(tmp_path / "state")]
    child = subprocess.Popen(
        [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd="/"
    )
    assert child.stdout.read().splitlines()[-1] == b'{"done": 6, "total": 6}'
    assert child.wait() == 0
    child.stdin.close()
    assert repository.index.file == database_file(tmp_path / "state", root)
    assert repository.index.is_current()


def test_names_that_the_index_has_are_not_looked_for(repository: Repository, monkeypatch) -> None:
    updated(repository)
    assert repository.index.has("total_price")
    assert not repository.index.has("total_prices")
    monkeypatch.setattr(search, "_occurs", lambda _git, name: name == "available")
    assert missing(repository.git, repository.index, {"total_price", "available"}) == ()


def test_of_many_files_those_that_matter_are_read(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "INDEXED_FROM", 2)
    monkeypatch.setattr(search, "MOST_FOUND", 0)  # nothing to fill up with
    entries = repository.snapshot().files

    def asked(text: str):
        return relevant(repository.git, repository.index, entries, (), Counter(words(text)), text)

    assert asked("area_of").paths == [entry.path for entry in entries]  # by git
    updated(repository)
    assert asked("area_of").paths == ["src/area.c"]
    assert asked("area_of").defining == ["src/area.c"]
    assert asked("let available fail").paths == ["shop/stock.py"]
    assert asked("change cart.py").paths == ["shop/cart.py", "tests/test_cart.py"]
