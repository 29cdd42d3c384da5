"""Where earlier residues came from, and what earlier composites rest on."""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce


def fill(apps: Any, _: Any) -> None:
    Residue = apps.get_model("verification", "Residue")
    Candidate = apps.get_model("searches", "Candidate")
    hosts = dict(apps.get_model("fleet", "Worker").objects.values_list("id", "hostname"))
    changed = []
    for row in Residue.objects.filter(host="").only("software", "worker_id").iterator():
        row.host = hosts[row.worker_id]
        row.kernel = str(row.software.get("kernel", ""))[:100]
        row.version = str(row.software.get("version", ""))[:20]
        changed.append(row)
        if len(changed) == 1000:
            Residue.objects.bulk_update(changed, ["host", "kernel", "version"])
            changed = []
    Residue.objects.bulk_update(changed, ["host", "kernel", "version"])
    first = Residue.objects.filter(key=OuterRef("key"), role="accepted")
    Candidate.objects.filter(state="composite").update(
        evidence="single", tester=Coalesce(Subquery(first.values("host")[:1]), Value(""))
    )


class Migration(migrations.Migration):
    dependencies = [
        ("verification", "0005_reliability"),
        ("searches", "0008_evidence_levels"),
        ("fleet", "0001_ledger"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
