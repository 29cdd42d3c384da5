"""All public certificates in one archive, with a list of their SHA-256 sums."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

from darkreach_site.pages.labels import label
from verification import embargo

#: Characters of a label in a file name; longer ones are named by their key.
_LONGEST = 150
_AT_ONCE = 100


def write(path: Path) -> int:
    """Make the archive; returns how many certificates it holds.

    The files are `<label>.json`, and `SHA256SUMS` as `sha256sum --check` reads it.
    """
    sums: list[str] = []
    rows = embargo.public().select_related("certificate").order_by("id")
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for prime in rows.iterator(chunk_size=_AT_ONCE):
            body = json.dumps(prime.certificate.data).encode("ascii")
            name = file_name(prime.expression, prime.key)
            _add(archive, name, body, int(prime.found_at.timestamp()))
            sums.append(f"{hashlib.sha256(body).hexdigest()}  {name}\n")
        _add(archive, "SHA256SUMS", "".join(sums).encode("ascii"), 0)
    return len(sums)


def file_name(expression: str, key: str) -> str:
    """The label where it is short, without the signs that a file system dislikes."""
    text = label(expression).replace(":", "over")
    return f"{text if len(text) <= _LONGEST else key}.json"


def _add(archive: tarfile.TarFile, name: str, body: bytes, when: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = len(body), when, 0o644
    archive.addfile(entry, io.BytesIO(body))
