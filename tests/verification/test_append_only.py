"""The database refuses to change or delete evidence (I8)."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Model

from searches.clock import ledger_now
from searches.models import Block, Factor, SievedSpan
from tests.audits import broken
from tests.hunts import drain, placed
from tests.tampering import tampering
from verification import append_only
from verification.models import (
    Certificate,
    CertificateCheck,
    Certification,
    Confirmation,
    OtherOpinion,
    Prime,
    PrimeTag,
    Refutation,
    Residue,
    TestProof,
)

pytestmark = pytest.mark.django_db(transaction=True)

EVIDENCE: list[type[Model]] = [
    *(Factor, SievedSpan, Residue, Confirmation, Refutation),
    *(Certificate, CertificateCheck, Prime, PrimeTag),
    *(TestProof, Certification, OtherOpinion),
]


def test_the_tables_of_evidence_are_the_models() -> None:
    assert {model._meta.db_table for model in EVIDENCE} == set(append_only.TABLES)


def test_no_row_of_evidence_can_be_changed_or_deleted() -> None:
    search = placed("3*2^n+1", n="1:200")
    drain()
    now, block = ledger_now(), Block.objects.filter(search=search)[0]
    Factor.objects.create(key="k", factor="3", stage="pm1", block=block, created_at=now)
    some = Residue.objects.filter(confirmation=None)[0]
    Refutation.objects.create(residue=some, reason="", created_at=now)
    numbers = dict.fromkeys(("residue_type", "base", "power", "size"), 1)
    proof = TestProof.objects.create(
        block=block, worker=some.worker, created_at=now, **numbers
    )
    Certification.objects.create(proof=proof, valid=False, created_at=now)
    OtherOpinion.objects.create(data={}, created_at=now)
    for model in EVIDENCE:
        rows = model._default_manager.all()
        before = list(rows.values())
        assert before
        for statement in (
            f"UPDATE {model._meta.db_table} SET id = id",
            f"DELETE FROM {model._meta.db_table}",
        ):
            refused = pytest.raises(DatabaseError, match="never changed")
            with refused, transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        assert list(rows.values()) == before


def test_the_audit_notices_tables_that_can_be_changed() -> None:
    with tampering():
        assert "I8 append-only" in broken()
    assert broken() == {}
