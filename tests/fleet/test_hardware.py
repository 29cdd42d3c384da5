"""What a host says of itself, and which class it counts as."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from fleet import benchmark, hardware
from fleet.hardware import Hardware


def host(folder: Path, memory_kb: int, *devices: str, limit: str = "max") -> Hardware:
    for name, text in (
        ("proc/meminfo", f"MemTotal:  {memory_kb} kB\nMemFree: 1 kB\n"),
        ("sys/fs/cgroup/memory.max", f"{limit}\n"),
        *((f"dev/{device}", "") for device in devices),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return hardware.detect(folder)


def test_memory_is_what_the_container_may_use(tmp_path: Path) -> None:
    assert host(tmp_path, 16_384_000).memory == 16_000
    limited = host(tmp_path, 16_384_000, limit=str(2**30))
    assert limited.memory == 1024
    assert limited.cores >= 1


def test_an_unreadable_system_says_nothing(tmp_path: Path) -> None:
    found = hardware.detect(tmp_path)
    assert (found.memory, found.gpus, found.suits) == (None, (), "cpu")


def test_a_graphics_processor_makes_the_class(tmp_path: Path) -> None:
    found = host(tmp_path, 16_384_000, "nvidia0", "nvidia1", "nvidiactl")
    assert found.gpus == ("nvidia0", "nvidia1")
    assert found.suits == "gpu"
    assert hardware.contradiction("gpu", found) == ""


@pytest.mark.parametrize(
    ("cores", "memory", "suits"),
    [(4, 128_000, "highmem"), (64, 128_000, "cpu"), (2, 24_000, "cpu")],
)
def test_much_memory_for_each_core_makes_the_class(
    cores: int, memory: int, suits: str
) -> None:
    assert Hardware(cores, memory, ()).suits == suits


def test_a_class_that_the_host_cannot_be_is_refused() -> None:
    assert "no graphics processor" in hardware.contradiction("gpu", Hardware(2, 1, ()))
    assert hardware.contradiction("highmem", Hardware(2, 1, ())) == ""


def test_a_host_is_measured_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "HOME", tmp_path)
    assert benchmark.known() is None
    first = benchmark.ensure()
    assert 0 < first["us_per_squaring"] < 10**6
    assert first["sieved_per_second"] > 0
    monkeypatch.setattr(benchmark, "measure", lambda: {"us_per_squaring": -1.0})
    assert benchmark.ensure() == first
    monkeypatch.setattr(settings, "HARDWARE", Hardware(10**6, None, ()))
    assert benchmark.ensure()["us_per_squaring"] == -1.0


def test_vector_registers_are_described() -> None:
    described = settings.HARDWARE.describe()
    assert described["vector_width"] in (2, 4, 8)
    assert described["cores"] == settings.HARDWARE.cores
