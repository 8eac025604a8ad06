"""The filter of system calls; `tests/redteam` tries it for real."""

import os
import struct
from types import SimpleNamespace

import pytest

from assistant.checks import sandbox, seccomp
from assistant.checks.seccomp import filter_program

ALLOWED, REFUSED = 0x7FFF0000, 0x00050000
X86_64, I386 = 0xC000003E, 0x40000003


@pytest.fixture(autouse=True)
def on_x86_64(monkeypatch):
    be(monkeypatch, "x86_64")
    yield
    filter_program.cache_clear()


def be(monkeypatch, machine: str) -> None:
    monkeypatch.setattr(os, "uname", lambda: SimpleNamespace(machine=machine))
    filter_program.cache_clear()


def verdict(number: int, first: int = 0, second: int = 0, form: int = X86_64) -> int:
    """What the kernel would do, by running the filter as it is documented (BPF)."""
    steps = list(struct.iter_unpack("=HBBI", filter_program()))
    data = struct.pack("=iIQQQ", number, form, 0, first, second)
    at = value = 0
    while True:
        code, equal, other, word = steps[at]
        at += 1
        if code == 0x20:
            (value,) = struct.unpack_from("=I", data, word)
        elif code == 0x06:
            return word
        else:
            holds = value == word if code == 0x15 else value >= word
            at += equal if holds else other


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ((0,), ALLOWED),  # read
        ((41, 1), ALLOWED),  # socket: Unix
        ((41, 2), ALLOWED),  # IPv4
        ((41, 10), ALLOWED),  # IPv6
        ((41, 16), ALLOWED),  # netlink
        ((41, 40), REFUSED | 97),  # vsock
        ((41, 38), REFUSED | 97),  # the kernel's cryptography
        ((16, 0, 0x5401), ALLOWED),  # ioctl: TCGETS
        ((16, 0, 0x5412), REFUSED | 1),  # TIOCSTI
        ((16, 0, 0x1_0000_5412), REFUSED | 1),  # the kernel ignores the upper half
        ((16, 0, 0x541C), REFUSED | 1),  # TIOCLINUX
        ((248,), REFUSED | 38),  # add_key
        ((250,), REFUSED | 38),  # keyctl
        ((425,), REFUSED | 38),  # io_uring_setup
        ((426,), ALLOWED),
        ((0x40000000 | 41, 40), REFUSED | 38),  # x32
        ((-1,), REFUSED | 38),
    ],
)
def test_what_is_refused(call: tuple[int, ...], expected: int) -> None:
    assert verdict(*call) == expected


def test_calls_of_another_format_are_refused() -> None:
    assert verdict(0, form=I386) == REFUSED | 38


def test_other_machines(monkeypatch) -> None:
    be(monkeypatch, "aarch64")
    assert verdict(198, 40, form=0xC00000B7) == REFUSED | 97
    assert verdict(198, 1, form=0xC00000B7) == ALLOWED
    be(monkeypatch, "s390x")
    assert filter_program() == b""


def test_a_setuid_bubblewrap_and_no_sandbox_have_none(monkeypatch, tmp_path) -> None:
    program = tmp_path / "bwrap"
    program.touch()
    monkeypatch.setattr(sandbox, "bubblewrap", lambda: (str(program),))
    program.chmod(0o755)
    assert sandbox.call_filter("bubblewrap") == filter_program().hex() != ""
    program.chmod(0o4755)
    assert sandbox.call_filter("bubblewrap") == ""
    assert sandbox.call_filter("limits only") == ""
    assert seccomp.filter_program() != b""
