"""Facts about the files around the code that people and machines rely on."""

from __future__ import annotations

import re
import subprocess
import tomllib
from typing import Any

import pytest
import yaml

from tests.darkreach_site.processes import ROOT


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return loaded


def test_compose_has_all_services(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {
        "postgres",
        "redis",
        "migrate",
        "web",
        "beat",
        "coordinator",
        "worker",
        "flower",
    }


def test_ledger_and_bell_are_reachable_on_the_private_network_only(
    compose: dict[str, Any],
) -> None:
    assert compose["networks"]["private"]["internal"] is True
    for name in ("postgres", "redis"):
        service = compose["services"][name]
        assert service["networks"] == ["private"]
        assert "ports" not in service


def test_what_is_published_is_published_on_loopback(compose: dict[str, Any]) -> None:
    published = {
        name: service["ports"]
        for name, service in compose["services"].items()
        if "ports" in service
    }
    assert set(published) == {"web", "flower"}
    for ports in published.values():
        assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_bell_wants_a_password_and_keeps_its_data(compose: dict[str, Any]) -> None:
    lines = compose["configs"]["bell"]["content"].splitlines()
    assert any(line.startswith("requirepass") for line in lines)
    assert "appendonly yes" in lines
    assert "appendfsync everysec" in lines
    assert "maxmemory-policy noeviction" in lines
    assert "${REDIS_PASSWORD" in compose["services"]["web"]["environment"]["REDIS_URL"]


def test_everything_waits_for_the_migration(compose: dict[str, Any]) -> None:
    for name in ("web", "beat", "coordinator", "worker", "flower"):
        waits = compose["services"][name]["depends_on"]
        assert waits["migrate"]["condition"] == "service_completed_successfully"
    assert compose["services"]["migrate"]["restart"] == "no"


def test_workers_can_be_multiplied(compose: dict[str, Any]) -> None:
    worker = compose["services"]["worker"]
    assert "container_name" not in worker
    assert "ports" not in worker
    assert "sieve,pm1,prp,prove" in worker["command"]


def test_no_password_stands_in_the_file(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|AUTH", name):
                assert value.startswith("${") and ":?" in value


def test_flower_asks_for_a_password(compose: dict[str, Any]) -> None:
    flower = compose["services"]["flower"]
    assert "DARKREACH_FLOWER_PASSWORD" in flower["environment"]
    assert "flower" in flower["command"]


def test_make_help_lists_every_target_with_a_line() -> None:
    listed = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    makefile = (ROOT / "Makefile").read_text()
    makefile = makefile.replace("\\\n", "")
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert targets is not None
    for target in targets[1].split():
        assert re.search(rf"^  make {target} +\S", listed, re.MULTILINE), target
    assert {"setup", "hunt", "up", "test", "flower", "audit"} <= set(targets[1].split())


def test_the_lock_pins_and_hashes_every_package_and_names_no_host() -> None:
    lock = (ROOT / "requirements.txt").read_text()
    assert "://" not in lock
    entries = re.split(r"\n(?=[a-z0-9])", lock)
    for entry in entries:
        first = entry.splitlines()[0]
        if not first.startswith("#"):
            assert "==" in first, first
            assert "--hash=sha256:" in entry, first


def test_the_lock_and_the_package_want_the_same() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = set((ROOT / "requirements.in").read_text().split())
    extras = project["optional-dependencies"]
    for dependency in [*extras["client"], *extras["site"]]:
        if not dependency.startswith("darkreach"):
            assert dependency in wanted, dependency
    locked = re.findall(
        r"^([a-z0-9-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )
    for dependency in project["dependencies"]:
        assert re.split(r"[<>=\[]", dependency)[0] in locked


def test_models_and_migrations_agree(db: None) -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
