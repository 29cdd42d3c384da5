"""A host with credentials of its own does its work, and can do little else."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

import psycopg2
import pytest
import redis
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from fleet import enrolment, rights
from fleet.models import Host, Lease
from tests.faults import storm
from tests.faults.platform import Platform

STAGES = ("sieve", "pm1", "prp", "prove")


def key_of(table: str) -> str:
    """The column of its primary key."""
    (model,) = (each for each in apps.get_models() if each._meta.db_table == table)
    return model._meta.pk.column


FORBIDDEN = (
    *(f"INSERT INTO {table} DEFAULT VALUES" for table in rights.NEVER_WRITTEN),
    *(f"UPDATE {t} SET {c} = {c}" for t in rights.NEVER_WRITTEN for c in [key_of(t)]),
    "DELETE FROM verification_residue",
    "UPDATE verification_residue SET res64 = ''",
    "UPDATE verification_certificate SET kind = ''",
    "DELETE FROM searches_factor",
    "UPDATE searches_factor SET factor = '1'",
    "UPDATE searches_search SET priority = 9",
    "UPDATE fleet_lease SET epoch = 0",
    "UPDATE fleet_command SET kind = 'stop'",
    "INSERT INTO fleet_command DEFAULT VALUES",
    "SELECT * FROM auth_user",
    "SELECT * FROM django_session",
    "CREATE TABLE mine (id int)",
)


@pytest.fixture
def revoked(platform: Platform) -> Iterator[None]:
    """Roles belong to the server, not to the ledger of the test: none may be left."""
    yield
    for host in Host.objects.filter(revoked_at=None):
        enrolment.revoke(host.name)


@pytest.mark.timeout(300)
def test_an_enrolled_host_works_and_can_do_little_else(
    platform: Platform, revoked: None
) -> None:
    if connection.vendor != "postgresql":
        with pytest.raises(enrolment.EnrolmentError, match="serves one machine"):
            enrolment.enrol("host-7", STAGES)
        assert not Host.objects.exists()
        return
    platform.start_bell()
    platform.start_coordinator()
    given = enrolment.enrol("host-7", STAGES, by="test")
    assert given.fleeting
    owner = dict(platform.settings)
    platform.settings.update(DATABASE_URL=given.database, REDIS_URL=given.bell)
    worker = platform.start_worker()
    platform.settings.update(owner)
    search = storm.place(storm.FEW)
    platform.wait_until(lambda: storm.finished(search), 120)
    storm.check(search, endings=())
    assert worker.running
    assert Lease.objects.filter(ending="submitted").count() > 2
    for refusal in ("permission denied", "NOPERM", "NoPermission"):
        assert not platform.said(worker, refusal), platform.logs(40)

    check_ledger(given.database)
    check_bell(given.bell)
    enrolment.revoke("host-7")
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(given.database)
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(given.bell).ping()
    with pytest.raises(enrolment.EnrolmentError, match="no host"):
        enrolment.revoke("host-7")


def check_ledger(url: str) -> None:
    """Everything that it should not do is refused by the server."""
    session = psycopg2.connect(url)
    session.autocommit = True
    try:
        with session.cursor() as cursor:
            for statement in FORBIDDEN:
                with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                    cursor.execute(statement)
    finally:
        session.close()


def check_bell(url: str) -> None:
    client = redis.Redis.from_url(url)
    forbidden: tuple[tuple[Any, ...], ...] = (
        ("FLUSHDB",),
        ("KEYS", "*"),
        ("HGETALL", "unacked"),
        ("LPUSH", "coordinator", "x"),
        ("LPUSH", "prp.gpu", "x"),
        ("SET", "darkreach:leader", "me"),
        ("CONFIG", "GET", "*"),
        ("ACL", "LIST"),
        ("BGREWRITEAOF",),
    )
    try:
        for command in forbidden:
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.execute_command(*command)
        assert client.llen("prp") >= 0
    finally:
        client.close()


def told(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("enroll-host", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_command_says_what_it_did_and_what_it_cannot(
    platform: Platform, revoked: None
) -> None:
    platform.start_bell()
    with pytest.raises(CommandError, match="want the name"):
        told()
    if connection.vendor != "postgresql":
        with pytest.raises(CommandError, match="PostgreSQL"):
            told("host-8")
        return
    for wrong in (("Host 8",), ("8",), ("host-8", "--queues", "prp,nonsense")):
        with pytest.raises(CommandError):
            told(*wrong)
    with pytest.raises(CommandError, match="keeps house"):
        told("host-8", "--queues", "coordinator")
    out, err = told("host-8", "--queues", "sieve")
    assert "export DATABASE_URL='postgresql://darkreach_host_host_8:" in out
    assert "export REDIS_URL='redis://darkreach-host-host-8:" in out
    assert "worker -Q sieve\n" in out
    assert "could still" in err
    assert "no ACL file" in err
    with pytest.raises(CommandError, match="is enrolled"):
        told("host-8")
    assert "granted" in told("--refresh")[0]
    assert "revoked" in told("host-8", "--revoke")[0]
    assert Host.objects.get(name="host-8").revoked_at is not None
    assert "export" in told("host-8")[0]
    told("host-8", "--revoke")
