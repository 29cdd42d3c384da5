"""The home folder: where one installation keeps what is its own, and nothing else.

What lies there:

    ledger.sqlite3   the embedded ledger          bell/        data of the embedded bell
    spool.sqlite3    results not yet accepted     logs/        one log per child
    checkpoints/     states of long blocks        bell.sock    the bell's Unix socket
    secret_key       signs sessions               flower_password
    up.lock          who runs `up` here           *.lock       who starts, who migrates
    benchmark.json   how fast this host is        exports/     the nightly files
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

REPOSITORY = Path(__file__).resolve().parent.parent

#: sockaddr_un holds 104 bytes on macOS and 108 on Linux, the closing zero included.
LONGEST_SOCKET_PATH = 100


def home_folder() -> Path:
    """The home folder, named by DARKREACH_HOME or `.darkreach` in the repository."""
    named = os.environ.get("DARKREACH_HOME", "").strip()
    folder = Path(named).expanduser() if named else REPOSITORY / ".darkreach"
    return folder.absolute()


def make_home(folder: Path) -> Path:
    """Create the folder if it is missing; ImproperlyConfigured when it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ImproperlyConfigured(
            f"the home folder {folder} cannot be made ({error.strerror}); set "
            "DARKREACH_HOME to a folder that can"
        ) from error
    return folder


def bell_socket(folder: Path) -> Path:
    """Where the embedded bell of this home listens.

    A home whose path is too long for a socket gets a short folder beside the temporary
    files; its name depends on the home only, so that all processes find it.
    """
    path = folder / "bell.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    base = Path(tempfile.gettempdir())
    if len(os.fsencode(base)) > LONGEST_SOCKET_PATH - 60:
        base = Path("/tmp")
    return base / f"darkreach-{os.getuid()}-{digest}" / "bell.sock"


def make_socket_folder(path: Path) -> None:
    """Create the folder of a socket, private to this user, or refuse a foreign one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = path.parent.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise ImproperlyConfigured(f"{path.parent} belongs to somebody else")
