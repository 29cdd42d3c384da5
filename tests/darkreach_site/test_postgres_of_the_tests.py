"""The server that the tests themselves start."""

from __future__ import annotations

import psycopg2
import pytest

from tests.postgres import Cluster


def read(url: str, statement: str) -> object:
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]
    finally:
        connection.close()


def test_it_answers_and_writes_through_to_the_disk(postgres: Cluster) -> None:
    assert read(postgres.url("postgres"), "SHOW fsync") == "on"


def test_every_new_database_is_empty(postgres: Cluster) -> None:
    first, second = postgres.new_database(), postgres.new_database()
    assert first != second
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert read(first, tables) == 0


def test_a_committed_row_survives_an_immediate_restart() -> None:
    cluster = Cluster()
    try:
        cluster.start()
        connection = psycopg2.connect(cluster.url("postgres"))
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        connection.close()
        cluster.restart()
        assert read(cluster.url("postgres"), "SELECT answer FROM kept") == 42
    finally:
        cluster.remove()


def test_a_machine_without_postgresql_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.postgres._bin_folders", lambda: iter([]))
    with pytest.raises(RuntimeError, match="PostgreSQL was not found"):
        Cluster()
