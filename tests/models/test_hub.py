"""The hub as a place: its cache, its answers, its silence. The hub here is a server of our own."""

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from assistant.errors import Cancelled, ModelError
from assistant.models import hub
from assistant.models.hub import HubFile, HubListing, cached_file, choose_files, list_repository
from assistant.models.store import ModelStore

REVISION = "0123456789abcdef0123456789abcdef01234567"


class Handler(BaseHTTPRequestHandler):
    server: "FakeHub"

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        self.server.reached.set()
        self.server.asked.append(f"{self.command} {self.path}")
        if self.server.silent.is_set():
            self.server.awake.wait(60)
            return
        path = self.path.split("?")[0]
        name = path.rpartition(f"/org/name/resolve/{REVISION}/")[2]
        if path.startswith("/api/models/org/name"):
            self.send(self.server.describe(), {}, body=body)
        elif name in self.server.files:
            etag = hashlib.sha256(self.server.files[name]).hexdigest()
            headers = {"ETag": f'"{etag}"', "X-Repo-Commit": REVISION}
            self.send(self.server.files[name], headers, body=body)
        else:
            self.send(b"{}", {"X-Error-Code": "RepoNotFound"}, body=body, code=404)

    def send(self, content: bytes, headers: dict[str, str], *, body: bool, code: int = 200) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Type", "application/json")
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        if body:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


class FakeHub(ThreadingHTTPServer):
    """Serves a repository the way the hub does, as far as its library looks."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.silent = threading.Event()
        self.awake = threading.Event()
        self.reached = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def describe(self) -> bytes:
        siblings = [
            {
                "rfilename": name,
                "size": len(content),
                "blobId": "0",
                "lfs": {
                    "sha256": hashlib.sha256(content).hexdigest(),
                    "size": len(content),
                    "pointerSize": 100,
                },
            }
            for name, content in self.files.items()
        ]
        model = {"id": "org/name", "modelId": "org/name", "sha": REVISION, "siblings": siblings}
        return json.dumps({**model, "private": False, "tags": [], "downloads": 0}).encode()


@pytest.fixture
def fake_hub(monkeypatch, tmp_path) -> Iterator[FakeHub]:
    served = FakeHub()
    thread = threading.Thread(target=served.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_ENDPOINT", served.url)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    yield served
    served.awake.set()
    served.shutdown()
    served.server_close()
    thread.join(10)


def test_one_file_of_a_repository_is_pulled_from_the_hub(
    fake_hub, world, make_flag, tmp_path
) -> None:
    fake_hub.files = {"q4/tiny.gguf": world.content(b"more"), "README.md": b"words"}
    services = replace(world.services(), list_repository=hub.list_repository, download=hub.download)
    store = ModelStore(tmp_path / "cache", services=services)
    folder = store.pull("org/name/q4/tiny.gguf", lambda _: None, make_flag())
    assert store.resolve("org/name/q4/tiny.gguf") == folder
    (listed,) = store.installed()
    assert listed.place == "hub"
    assert listed.source_sha256 == hashlib.sha256(world.content(b"more")).hexdigest()
    assert not any("README" in asked for asked in fake_hub.asked)
    assert not (store.layout.downloads("org/name/q4/tiny.gguf")).exists()


def test_a_repository_that_is_not_there_is_told(fake_hub, make_flag, tmp_path) -> None:
    with pytest.raises(ModelError, match="hub did not help: RepositoryNotFoundError"):
        list_repository("org/other", tmp_path, make_flag())


def test_a_hub_that_does_not_answer_costs_a_bounded_time(
    fake_hub, make_flag, tmp_path, monkeypatch
) -> None:
    fake_hub.silent.set()
    monkeypatch.setattr(hub, "ANSWER_SECONDS", 0.4)
    with pytest.raises(ModelError, match="did not answer within 0 s"):
        list_repository("org/name", tmp_path, make_flag())


def test_an_unreachable_hub_is_told(make_flag, tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # discard: nothing listens there
    with pytest.raises(ModelError, match="hub did not help"):
        list_repository("org/name", tmp_path, make_flag())


def test_a_download_does_not_outlive_the_program_that_wanted_it(fake_hub, tmp_path) -> None:
    fake_hub.silent.set()
    child = subprocess.Popen(
        [sys.executable, "-m", "assistant.models.hub_child", "list", "org/name"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert fake_hub.reached.wait(30)
        assert child.poll() is None
        child.stdin.close()
        assert child.wait(10) == 1
        assert child.stdout.read() == b""
    finally:
        child.kill()
        child.stdout.close()
        child.wait()


def test_a_question_to_the_hub_can_be_cancelled(fake_hub, make_flag, tmp_path) -> None:
    with pytest.raises(Cancelled):
        list_repository("org/name", tmp_path, make_flag(after=0))


@pytest.mark.parametrize("name", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_offline_means_that_the_hub_is_not_asked(
    fake_hub, make_flag, tmp_path, monkeypatch, name
) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE is set"):
        list_repository("org/name", tmp_path, make_flag())
    assert fake_hub.asked == []


def test_a_cached_file_is_found(tmp_path, monkeypatch) -> None:
    snapshot = tmp_path / "models--org--name" / "snapshots" / REVISION
    snapshot.mkdir(parents=True)
    (snapshot / "a.gguf").write_bytes(b"GGUF")
    refs = tmp_path / "models--org--name" / "refs"
    refs.mkdir()
    (refs / "main").write_text(REVISION)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert cached_file("org/name", "a.gguf") == snapshot / "a.gguf"
    assert cached_file("org/name", "b.gguf") is None
    assert cached_file("org/other", "a.gguf") is None
    assert cached_file("not a name/--", "a.gguf") is None


def listing(*names: str) -> HubListing:
    return HubListing("org/name", "main", tuple(HubFile(name, 10, "") for name in names))


def names(found: HubListing) -> set[str]:
    return {file.name for file in found.files}


def test_only_weights_configuration_and_tokenizer_are_chosen() -> None:
    wanted = {"config.json", "tokenizer.json", "model-00001-of-00002.safetensors"}
    others = {"modeling.py", "pytorch_model.bin", "onnx/model.safetensors", "adapter.safetensors"}
    found = choose_files(listing(*wanted, *others))
    assert names(found) == wanted
    assert found.bytes == 30


def test_one_gguf_file_is_chosen_by_its_name() -> None:
    assert names(choose_files(listing("a.gguf", "b.gguf"), "b.gguf")) == {"b.gguf"}


@pytest.mark.parametrize(
    ("found", "file", "said", "hint"),
    [
        (listing("a.gguf"), "b.gguf", "has no file", "org/name/a.gguf"),
        (listing("pytorch_model.bin"), "", "pickles only", "safetensors or GGUF"),
        (listing("a.gguf", "README.md"), "", "no safetensors", "org/name/a.gguf"),
        (listing("README.md"), "", "no safetensors", "Choose a repository"),
    ],
)
def test_repositories_that_cannot_be_used(found, file, said, hint) -> None:
    with pytest.raises(ModelError, match=said) as caught:
        choose_files(found, file)
    assert hint in caught.value.hint
