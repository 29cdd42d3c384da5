"""Receivers of webhooks for tests, each a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.darkreach_site.processes import guarded, wait_until

PROGRAM = Path(__file__).with_name("receiver.py")


class Receiver:
    """A receiver that answers as `mode` says, and what it got."""

    def __init__(self, folder: Path, *certificate: str) -> None:
        folder.mkdir()
        self.folder = folder
        self._scheme = "https" if certificate else "http"
        self.mode("200")
        command = [sys.executable, str(PROGRAM), str(folder), *certificate]
        self._process = subprocess.Popen(guarded(*command))
        wait_until((folder / "port").exists)
        self.port = int((folder / "port").read_text())

    def mode(self, mode: str) -> None:
        """A status, or a habit by its name."""
        new = self.folder / "mode.new"
        new.write_text(mode)
        new.rename(self.folder / "mode")

    def url(self, host: str = "127.0.0.1") -> str:
        return f"{self._scheme}://{host}:{self.port}/hook?a=1"

    def got(self) -> list[dict[str, Any]]:
        """The requests that arrived, whatever was answered."""
        log = self.folder / "got"
        lines = log.read_text().splitlines() if log.exists() else []
        return [json.loads(line) for line in lines]

    def sequences(self) -> list[int]:
        """The numbers of the events that arrived."""
        return [json.loads(each["body"])["sequence"] for each in self.got()]

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
