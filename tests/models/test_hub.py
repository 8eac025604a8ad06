"""Getting weights from the hub and its cache, against a local fake of the hub."""

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
        self.respond(body=False)

    def do_GET(self) -> None:
        self.respond(body=True)

    def respond(self, *, body: bool) -> None:
        self.server.reached.set()
        self.server.requests.append(f"{self.command} {self.path}")
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
    """Serves a repository as the hub does, as far as huggingface_hub needs."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.requests: list[str] = []
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
    assert not any("README" in request for request in fake_hub.requests)
    assert not (store.layout.downloads("org/name/q4/tiny.gguf")).exists()


def test_a_missing_repository_is_reported(fake_hub, make_flag, tmp_path) -> None:
    with pytest.raises(ModelError, match="hub request failed: RepositoryNotFoundError"):
        list_repository("org/other", tmp_path, make_flag())


def test_a_request_to_a_stalled_hub_times_out(fake_hub, make_flag, tmp_path, monkeypatch) -> None:
    fake_hub.silent.set()
    monkeypatch.setattr(hub, "LISTING_TIMEOUT", 0.4)
    with pytest.raises(ModelError, match="did not answer within 0 s"):
        list_repository("org/name", tmp_path, make_flag())


def test_an_unreachable_hub_is_reported(make_flag, tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv(
        "HF_ENDPOINT", "http://127.0.0.1:9"
    )  # the discard port: nothing listens there
    with pytest.raises(ModelError, match="hub request failed"):
        list_repository("org/name", tmp_path, make_flag())


def test_a_download_does_not_outlive_its_parent_process(fake_hub, tmp_path) -> None:
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


def test_a_hub_request_can_be_cancelled(fake_hub, make_flag, tmp_path) -> None:
    with pytest.raises(Cancelled):
        list_repository("org/name", tmp_path, make_flag(after=0))


@pytest.mark.parametrize("name", ["HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_offline_mode_sends_no_requests(fake_hub, make_flag, tmp_path, monkeypatch, name) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE is set"):
        list_repository("org/name", tmp_path, make_flag())
    assert fake_hub.requests == []


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


def test_a_gguf_file_is_chosen_by_its_name() -> None:
    assert names(choose_files(listing("a.gguf", "b.gguf"), "b.gguf")) == {"b.gguf"}


@pytest.mark.parametrize(
    ("found", "file", "message", "hint"),
    [
        (listing("a.gguf"), "b.gguf", "has no file", "org/name/a.gguf"),
        (listing("pytorch_model.bin"), "", "only pickles", "safetensors or GGUF"),
        (listing("a.gguf", "README.md"), "", "no safetensors", "org/name/a.gguf"),
        (listing("README.md"), "", "no safetensors", "Choose a repository"),
    ],
)
def test_an_unusable_repository_is_refused(found, file, message, hint) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        choose_files(found, file)
    assert hint in caught.value.hint
