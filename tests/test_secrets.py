"""No secret stands in the tree: a key, a token, a password of somebody."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).parent.parent
#: Residues, keys of numbers and factors are hex wherever one looks.
LEFT_OUT = {"HexHighEntropyString"}
#: Known answers, numbers all of them.
NUMBERS = ("tests/vectors/", "darkreach/vectors/")
#: What looks like a secret and is none: an alphabet, and passwords of examples.
EXAMPLES = {
    "darkreach/files/templates.py",
    "darkreach_site/exposure.py",
    "darkreach_site/ledger.py",
    "docs/operations.md",
    "tests/browser/ledger.py",
    "tests/darkreach_site/test_attacks.py",
    "tests/darkreach_site/test_exposure.py",
    "tests/darkreach_site/test_up.py",
    "tests/darkreach_site/test_webhooks.py",
}


def found(paths: list[Path]) -> set[str]:
    """The files among these that hold what looks like a secret."""
    kinds = get_mapping_from_secret_type_to_class().values()
    plugins = [{"name": k.__name__} for k in kinds if k.__name__ not in LEFT_OUT]
    with transient_settings({"plugins_used": plugins}):
        return {str(path) for path in paths if any(scan_file(str(path)))}


@pytest.mark.slow
def test_no_file_holds_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True)
    names = [Path(x) for x in tracked.stdout.splitlines() if not x.startswith(NUMBERS)]
    assert len(names) > 500
    assert found(names) == EXAMPLES


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRI" + "VATE KEY-----",
        "key = 'AKIA" + "IOSFODNN7EXAMPLF'",
        "token: ghp_" + "a1B2" * 9,
        "postgresql://owner:" + "hunter2@ledger/darkreach",
        "password = '" + "correct-horse'",
    ],
    ids=["key", "cloud", "forge", "address", "password"],
)
def test_a_secret_would_be_found(text: str, tmp_path: Path) -> None:
    path = tmp_path / "settings.py"
    path.write_text(text + "\n")
    assert found([path]) == {str(path)}


@pytest.fixture(scope="module")
def advisories() -> ModuleType:
    spec = importlib.util.spec_from_file_location("_", ROOT / ".ci" / "advisories.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("packages", "status", "line"),
    [
        ('[{"name":"a","version":"1","vulns":[]}]', 0, "nothing is known of 1"),
        ('[{"name":"a","version":"1","vulns":[{"id":"X-1"}]}]', 1, "a 1: X-1"),
        ('[{"name":"a","vulns":[]},{"name":"b","skip_reason":"no"}]', 3, "1 of 2"),
        ("[]", 3, "0 of 0"),
    ],
)
def test_what_could_not_be_asked_is_not_called_clean(
    advisories: ModuleType, packages: str, status: int, line: str
) -> None:
    got = advisories.verdict({"dependencies": json.loads(packages)})
    assert got[0] == status and line in got[1]


def test_ci_looks_for_secrets_and_advisories() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    recipe = makefile.split("\nsecurity:")[1].split("\n\n")[0]
    assert "tests/test_secrets.py" in recipe and ".ci/advisories.py" in recipe
    assert "\nmake security" in (ROOT / ".ci" / "run").read_text("utf-8")
