"""Inspecting a machine, with recorded data of several systems."""

from pathlib import Path

import pytest

from assistant.models.cgroups import read_limits
from assistant.models.machine import Gpu, Hardware, detect, instruction_sets, nvidia_gpus

X86 = "model name\t: A Processor\nflags\t\t: fpu sse2 avx avx2 avx512f avx512_vnni amx_int8\n"
OLD = "flags\t\t: fpu sse2 avx\n"
ARM = "Features\t: fp asimd aes asimddp i8mm\n"


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        (X86, ("avx2", "avx512", "vnni", "amx")),
        (OLD, ()),
        (ARM, ("neon", "dotprod", "i8mm")),
        ("", ()),
    ],
)
def test_instruction_sets_are_read_from_cpuinfo(cpuinfo, expected, monkeypatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert instruction_sets(cpuinfo) == expected


def test_an_arm_system_without_cpuinfo_has_neon(monkeypatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    assert instruction_sets("") == ("neon",)


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


GIB = 1024**3


def test_cgroup_v2_limits_apply_from_the_group_to_the_root(tmp_path) -> None:
    write(tmp_path / "proc" / "self", cgroup="0::/user/session\n")
    group = tmp_path / "cgroup"
    write(group / "user" / "session", memory__max="max\n", cpu__max="max 100000\n")
    write(
        group / "user",
        memory__max=str(4 * GIB),
        memory__current=str(3 * GIB),
        memory__stat=f"anon 5\ninactive_file {GIB}\n",
        cpu__max="150000 100000\n",
    )
    limits = read_limits(tmp_path / "proc", group)
    assert (limits.memory, limits.memory_used, limits.cpus) == (4 * GIB, 2 * GIB, 1.5)


def test_cgroup_v2_in_a_container_has_the_group_as_its_root(tmp_path) -> None:
    write(tmp_path / "proc" / "self", cgroup="0::/../../docker/abc\n")
    write(tmp_path / "cgroup", memory__max=str(GIB), memory__current="0", cpu__max="50000 100000")
    limits = read_limits(tmp_path / "proc", tmp_path / "cgroup")
    assert (limits.memory, limits.cpus) == (GIB, 0.5)


def test_cgroup_v1_limits_are_read(tmp_path) -> None:
    write(tmp_path / "proc" / "self", cgroup="4:memory:/job\n1:cpu,cpuacct:/job\n0::/\n")
    group = tmp_path / "cgroup"
    write(group / "memory", memory__limit_in_bytes=str((1 << 63) - 4096))
    write(
        group / "memory" / "job",
        memory__limit_in_bytes=str(2 * GIB),
        memory__usage_in_bytes=str(GIB),
        memory__stat=f"total_inactive_file {GIB // 2}",
    )
    write(group / "cpu" / "job", cpu__cfs_quota_us="200000", cpu__cfs_period_us="100000")
    write(group / "cpu", cpu__cfs_quota_us="-1", cpu__cfs_period_us="100000")
    limits = read_limits(tmp_path / "proc", group)
    assert (limits.memory, limits.memory_used, limits.cpus) == (2 * GIB, GIB // 2, 2.0)


def test_without_control_groups_there_are_no_limits(tmp_path) -> None:
    limits = read_limits(tmp_path / "proc", tmp_path / "cgroup")
    assert (limits.memory, limits.cpus) == (None, None)


def test_limits_reduce_the_detected_resources(tmp_path) -> None:
    write(tmp_path / "proc" / "self", cgroup="0::/\n")
    write(tmp_path / "proc", cpuinfo=X86)
    write(
        tmp_path / "cgroup",
        memory__max=str(GIB // 4),
        memory__current=str(GIB // 8),
        cpu__max="50000 100000",
    )
    found = detect(tmp_path, proc=tmp_path / "proc", cgroup=tmp_path / "cgroup", gpus=lambda: ())
    assert (found.memory_total, found.memory_available) == (GIB // 4, GIB // 8)
    assert found.cores_usable == 1
    assert found.processor == "A Processor"
    assert found.disk_free > 0


SMI = "0, GPU-aa, NVIDIA A, 8192, 8000\n1, GPU-bb, NVIDIA B, 24576, 20000\n[Not Supported]\n"
MIB = 1024**2
A = Gpu(0, "NVIDIA A", 8192 * MIB, 8000 * MIB)
B = Gpu(1, "NVIDIA B", 24576 * MIB, 20000 * MIB)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, (A, B)),
        ({"CUDA_VISIBLE_DEVICES": ""}, ()),
        ({"CUDA_VISIBLE_DEVICES": "-1"}, ()),
        ({"CUDA_VISIBLE_DEVICES": "1"}, (B,)),
        ({"CUDA_VISIBLE_DEVICES": "GPU-a"}, (A,)),
    ],
)
def test_hidden_gpus_are_ignored(environ, expected) -> None:
    assert nvidia_gpus(lambda _: SMI, environ) == expected


def test_without_nvidia_smi_no_gpu_is_found(monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert nvidia_gpus(environ={}) == ()


def test_an_nvidia_smi_in_the_working_directory_is_not_run(monkeypatch, tmp_path) -> None:
    script = tmp_path / "nvidia-smi"
    script.write_text("#!/bin/sh\necho '0, GPU-aa, NVIDIA A, 8192, 8000'\n")
    script.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".")
    assert nvidia_gpus(environ={}) == ()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert nvidia_gpus(environ={}) == (A,)


@pytest.mark.parametrize(
    ("torch", "gpus", "expected"),
    [
        ("2.13.0", (A,), True),
        ("2.13.0+cu130", (A,), True),
        ("2.13.0+cpu", (A,), False),
        ("", (A,), False),
        ("2.13.0", (), False),
    ],
)
def test_cuda_needs_a_gpu_and_a_torch_built_for_it(torch, gpus, expected) -> None:
    assert Hardware("", 1, 1, 1, 1, 1, (), gpus, torch, 1).cuda is expected
