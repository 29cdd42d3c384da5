"""The local spool: finished results that the ledger has not answered yet.

A result is computed for minutes or days and accepted in milliseconds; it is written
here before it is sent and removed when it was accepted or refused, so that neither a
crash nor a long absence of the ledger loses it. One SQLite file serves all processes
of a host's folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine, String, Table, Text, create_engine, delete, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.schema import CreateTable

from darkreach.errors import DarkreachError


class SpoolError(DarkreachError):
    """The file cannot be read or written: a full disk, a damaged file."""


class _Base(DeclarativeBase):
    pass


class _Row(_Base):
    __tablename__ = "result"

    lease: Mapped[str] = mapped_column(String(32), primary_key=True)
    grant: Mapped[str] = mapped_column(Text)
    result: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True)
class Finished:
    """A result that waits for its answer, with the grant it was computed under."""

    grant: dict[str, Any]
    result: dict[str, Any]


class Spool:
    """The spool in one file; safe to open from several processes.

    Every method raises SpoolError when the disk does not do its part.
    """

    def __init__(self, path: Path) -> None:
        with _named(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._engine: Engine = create_engine(
            f"sqlite:///{path}", connect_args={"timeout": 30}
        )
        event.listen(self._engine, "connect", _durable)
        # Several processes may start at once: looking first would be a race.
        table = cast(Table, _Row.__table__)
        with _named(path), self._engine.begin() as connection:
            connection.execute(CreateTable(table, if_not_exists=True))

    def put(self, lease: str, grant: dict[str, Any], result: dict[str, Any]) -> None:
        """Keep a result; on return it survives a power failure."""
        row = _Row(lease=lease, grant=json.dumps(grant), result=json.dumps(result))
        with self._session() as session:
            session.merge(row)

    def remove(self, lease: str) -> None:
        """Forget a result that was answered. Removing it twice is harmless."""
        with self._session() as session:
            session.execute(delete(_Row).where(_Row.lease == lease))

    def pending(self) -> list[Finished]:
        """The results that wait for an answer."""
        with self._session() as session:
            return [
                Finished(json.loads(row.grant), json.loads(row.result))
                for row in session.query(_Row).all()
            ]

    def close(self) -> None:
        """Release the file."""
        self._engine.dispose()

    @contextmanager
    def _session(self) -> Iterator[Session]:
        with _named(self._path), Session(self._engine) as session, session.begin():
            yield session


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise SpoolError(f"the spool {path}: {reason}") from error


def _durable(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
