"""What clients and files say is shown as text, wherever it is shown."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from darkreach_site.pages import manual
from fleet import roster
from fleet.models import Worker
from searches.models import Block, Factor, Search
from tests.darkreach_site.test_pages import addresses
from tests.tampering import tampering
from verification.models import Certificate, CertificateCheck, Prime, Residue

HOSTILE = (
    "=cmd|' /C calc'!A0<script>alert(1)</script>\"><img src=x onerror=y>"
    "javascript:alert(1)\x00\x0b"
)


@pytest.fixture
def hostile(hunted: Search) -> Search:
    """Every text that a worker, a file or an operator wrote is an attack."""
    said = HOSTILE.replace("\x00", "")  # no database of ours stores it
    software = {"program": said, "version": said, "kernel": said}
    Search.objects.update(title=said, pm1_note=said[:150], source=said[:150])
    Search.objects.update(created_by=said[:100], pm1_b1=1, pm1_b2=2)
    Block.objects.update(current=said[:150])
    Worker.objects.update(hostname=said[:150], software=software)
    with tampering():
        Residue.objects.update(software=software, errors={said: 1})
        Certificate.objects.update(software=software, kind="<b>")
        CertificateCheck.objects.update(valid=False, reason=said, verified_by=[said])
        Prime.objects.update(verified_by=[said])
    composite = hunted.candidates.filter(state="composite").last()
    assert composite is not None
    Factor.objects.create(
        key=composite.key,
        expression=said,
        factor=said,
        stage="sieve",
        software=software,
        created_at=hunted.created_at,
    )
    return hunted


def test_no_page_runs_it(client: Client, hostile: Search) -> None:
    seen = 0
    for address in addresses(hostile):
        response = client.get(address)
        assert response.status_code == 200, address
        page = response.content.decode()
        if "html" in response.headers["Content-Type"]:
            assert "<script>alert" not in page, address
            assert "<img" not in page, address
            assert "<b>" not in page, address
            assert 'href="javascript:' not in page, address
            seen += "&lt;script&gt;" in page
    assert seen >= 6


def test_no_page_of_the_operators_runs_it(
    operator: Client, hostile: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = HOSTILE.replace("\x00", "").replace("\x0b", "")
    names = roster.Present._fields
    present = roster.Present._make([said] * len(names))
    monkeypatch.setattr("fleet.bell.present", lambda: [present])
    seen = 0
    for address in operators_addresses():
        response = operator.get(address)
        assert response.status_code == 200, address
        page = response.content.decode()
        assert "<script>alert" not in page, address
        assert "<img src=x" not in page, address
        assert 'href="javascript:' not in page, address
        seen += "&lt;script&gt;" in page
    assert seen >= 8


def operators_addresses() -> list[str]:
    """Every list of the admin, and the page of one row of each."""
    found = ["/admin/", reverse("admin:fleet_live")]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found.append(reverse(f"{name}_changelist"))
        row = model._default_manager.first()
        if row is not None:
            found.append(reverse(f"{name}_change", args=[row.pk]))
    return found


def test_programs_get_it_as_data(client: Client, hostile: Search) -> None:
    for address in ("searches", f"searches/{hostile.pk}", "primes", "events"):
        response = client.get(f"/api/v1/{address}")
        assert response.status_code == 200, address
        assert response.headers["Content-Type"].startswith("application/json")
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        json.loads(response.content)


def test_feeds_stay_well_formed(client: Client, hostile: Search) -> None:
    for address in ("/primes/feed.atom", "/news.atom"):
        feed = ET.fromstring(client.get(address).content)
        assert not feed.findall(".//{http://www.w3.org/2005/Atom}script")


def test_no_file_computes_it(client: Client, hostile: Search) -> None:
    for address in addresses(hostile):
        response = client.get(address)
        if "csv" in response.headers["Content-Type"]:
            for line in csv.reader(io.StringIO(response.content.decode())):
                assert not any(cell.startswith(("=", "+", "-", "@")) for cell in line)


def test_host_names_and_people_are_not_shown(client: Client, hunted: Search) -> None:
    Search.objects.update(created_by="ada@example.org")
    Worker.objects.update(hostname="adas-laptop")
    for address in addresses(hunted):
        page = client.get(address).content.decode()
        assert "ada@example" not in page, address
        assert "adas-laptop" not in page, address


def test_documents_show_markup_as_text_and_follow_no_script_links() -> None:
    parser = manual.parser()
    shown = parser.render("<script>x</script> [a](javascript:alert(1)) ![b](data:x)")
    assert "<script" not in shown
    assert "href" not in shown
