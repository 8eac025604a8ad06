"""What a worker does before torch is imported, and its restart when torch needs all of itself."""

import gc
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

from assistant.engine import startup
from assistant.engine.process import worker_arguments, worker_environment
from assistant.engine.protocol import read_line, write_line
from assistant.settings import Settings

TESTED = startup._TESTED.search((Path(torch.__file__).parent / "version.py").read_text())
BEGIN = (
    "import sys\n"
    "from pathlib import Path\n"
    "from assistant.engine import startup\n"
    "def over(): raise SystemExit('over')\n"
    "startup.begin(Path(sys.argv[1]), over)\n"
    "registrations = sys.modules.get('torch._meta_registrations')\n"
)
RUN = (
    "from assistant.engine.base import *\n"
    "from assistant.engine.local import LocalEngine\n"
    "engine = LocalEngine.load(Path(sys.argv[1]), context_tokens=512, threads=1)\n"
    "startup.end()\n"
    "request = Request((Message('user', 'hi'),), draft='return x', constraint=Constraint('regex', "
    "'[a-z ]+'), samplings=tuple(Sampling(temperature=t, max_tokens=8) for t in (0.0, 0.8)))\n"
    "assert len(list(engine.stream(request, Cancel()))) > 3\n"
    "assert len(engine.score(request, ['a', 'b'], Cancel())) == 2\n"
    "assert list(engine.warm(request, Cancel()))\n"
    "engine.close()\n"
)


def python(code: str, *arguments: str, **environment: str) -> str:
    """What the code prints in a new interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    return done.stdout


@pytest.fixture
def postponed(tmp_path: Path) -> ModuleType:
    path = tmp_path / "lazy_module.py"
    path.write_text("import sys\nsys.lazy_module_ran = True\nvalue = 3\n")
    startup.postpone("lazy_module", path)
    return sys.modules["lazy_module"]


@pytest.fixture(autouse=True)
def clean() -> object:
    yield
    sys.modules.pop("lazy_module", None)
    if hasattr(sys, "lazy_module_ran"):
        del sys.lazy_module_ran


def test_a_postponed_module_runs_on_first_access(postponed: ModuleType) -> None:
    import lazy_module  # type: ignore[import-not-found]

    assert lazy_module is postponed
    assert not hasattr(postponed, "__path__")
    assert postponed.__file__
    assert not hasattr(sys, "lazy_module_ran")
    assert postponed.value == 3
    assert hasattr(sys, "lazy_module_ran")
    assert not hasattr(postponed, "other")


def test_a_postponed_module_can_be_run(
    postponed: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "_META_REGISTRATIONS", "lazy_module")
    startup.complete()
    assert vars(postponed)["value"] == 3
    startup.complete()


def test_a_loaded_or_missing_module_is_not_postponed(tmp_path: Path) -> None:
    startup.postpone("json", tmp_path / "json.py")
    startup.postpone("lazy_module", tmp_path / "absent.py")
    assert "lazy_module" not in sys.modules
    assert sys.modules["json"].loads("1") == 1


@pytest.mark.skipif(not TESTED, reason="no module of this torch is postponed")
def test_an_engine_never_runs_the_meta_registrations(tiny_model: Path) -> None:
    asked = "print(type(registrations).__name__, vars(registrations).get('torch') is None)"
    assert python(BEGIN + RUN + asked, str(tiny_model)) == "_Postponed True\n"


@pytest.mark.skipif(not TESTED, reason="no module of this torch is postponed")
def test_tracing_works_after_running_the_meta_registrations(tiny_model: Path) -> None:
    code = (
        "import torch\n"
        "startup.complete()\n"
        "torch.Generator()\n"
        "x = torch.empty(2, 3, device='meta')\n"
        "program = torch.export.export(torch.nn.Linear(3, 4), (torch.ones(2, 3),))\n"
        "print(torch.addmm(torch.empty(4, device='meta'), x, x.new_empty(3, 4)).shape)\n"
    )
    assert python(BEGIN + code, str(tiny_model)) == "torch.Size([2, 4])\n"


def test_nothing_is_postponed_on_request(tiny_model: Path) -> None:
    code = BEGIN + "print(type(registrations).__name__)"
    assert python(code, str(tiny_model), **{startup.WHOLE: "1"}) in ("NoneType\n", "module\n")


def test_nothing_is_postponed_for_an_untested_torch(tiny_model: Path) -> None:
    code = "import re\n" + BEGIN.replace(
        "startup.begin", "startup._TESTED = re.compile('(?!)'); startup.begin"
    )
    assert python(code + "print(type(registrations).__name__)", str(tiny_model)) == "module\n"


@pytest.mark.parametrize("weights", ["bf16", None])
def test_torch_is_not_imported_for_other_folders(
    weights: str | None, tiny_model: Path, tmp_path: Path
) -> None:
    if weights is not None:
        text = (tiny_model / "manifest.json").read_text()
        (tmp_path / "manifest.json").write_text(text.replace("int8", weights))
    assert python(BEGIN + "print('torch' in sys.modules)", str(tmp_path)) == "False\n"


INCOMPLETE_TORCH = (
    "import sys\n"
    "class Finder:\n"
    "    def find_spec(self, name, path=None, target=None):\n"
    "        if name == 'torch' and 'torch._meta_registrations' in sys.modules:\n"
    "            raise ImportError('a module is missing')\n"
    "sys.meta_path.insert(0, Finder())\n"
)


@pytest.mark.skipif(not TESTED or os.name != "posix", reason="no module of torch is postponed")
def test_a_worker_restarts_when_torch_needs_the_postponed_module(
    tiny_model: Path, tmp_path: Path
) -> None:
    """The request sent meanwhile is answered by the same process."""
    (tmp_path / "sitecustomize.py").write_text(INCOMPLETE_TORCH)
    settings = Settings(threads=1, cache_dir=tmp_path)
    environment = worker_environment(settings)
    environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), environment["PYTHONPATH"]])
    environment.pop(startup.WHOLE, None)
    done = subprocess.run(
        worker_arguments(tiny_model, settings),
        input=write_line({"op": "info", "id": 4}),
        capture_output=True,
        text=True,
        env=environment,
        check=True,
        timeout=120,
    )
    answer = read_line(done.stdout)
    assert answer["result"]["model"] == "tiny"
    assert done.stderr.count("a module is missing") == 1


def test_garbage_collection_is_off_until_the_model_is_loaded(tmp_path: Path) -> None:
    try:
        startup.begin(tmp_path, pytest.fail)
        assert not gc.isenabled()
        startup.end()
        assert gc.isenabled()
        assert gc.get_freeze_count()
    finally:
        gc.enable()
        gc.unfreeze()


def test_a_library_that_cannot_be_linked_is_ignored(tmp_path: Path) -> None:
    broken = tmp_path / "libbroken.so"
    broken.write_bytes(b"no library")
    for library in (broken, tmp_path / "absent.so"):
        startup._link(library)
