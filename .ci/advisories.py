#!/usr/bin/env python3
"""Asks the published advisories about every package of requirements.txt.

pip-audit does it, from an environment of its own: it has to be new, and the program
does not need it. Exit status: 0 nothing known, 1 something known, 3 not all packages
could be asked about, so nothing is said.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
HOME = ROOT / "build" / "pip-audit"
#: Seconds that asking may take.
LONGEST = 180.0
#: Advisories that do not touch us, each with its reason.
IGNORED: dict[str, str] = {}


def main() -> int:
    """The exit status."""
    tool, report = HOME / "bin" / "pip-audit", HOME / "report.json"
    if not tool.exists():
        venv.create(HOME, with_pip=True, clear=True)
        install = [HOME / "bin" / "python", "-m", "pip", "install", "-q", "pip-audit"]
        if not _done(install):
            return _said(3, "pip-audit could not be installed")
    report.unlink(missing_ok=True)
    ignored = [word for name in IGNORED for word in ("--ignore-vuln", name)]
    command = [tool, "--disable-pip", "--require-hashes", "-r", "requirements.txt"]
    command += ["--progress-spinner", "off", "-f", "json", "-o", report, *ignored]
    _done([*command, *sys.argv[1:]])
    if not report.exists():
        return _said(3, "the advisories could not be reached")
    return _said(*verdict(json.loads(report.read_text("utf-8"))))


def _done(command: list[str | Path]) -> bool:
    """Whether the command ended well, and in time: a network may swallow questions."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, stderr=subprocess.DEVNULL, timeout=LONGEST
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def verdict(report: Any) -> tuple[int, str]:
    """What a report of pip-audit says: exit status and a line for people."""
    packages = report["dependencies"]
    known = [
        f"{each['name']} {each['version']}: {advisory['id']}"
        for each in packages
        for advisory in each.get("vulns", ())
    ]
    unasked = [each["name"] for each in packages if "skip_reason" in each]
    if known:
        return 1, "known: " + ", ".join(known)
    if unasked or not packages:
        return 3, f"{len(unasked)} of {len(packages)} packages could not be asked about"
    return 0, f"nothing is known of {len(packages)} packages"


def _said(status: int, line: str) -> int:
    sys.stdout.write(f"advisories: {line}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
