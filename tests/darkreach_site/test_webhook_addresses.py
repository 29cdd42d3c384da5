"""Webhooks reach the public internet and what the operator allows, nothing else."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.exceptions import ValidationError

from darkreach_site.webhooks import addresses, sending
from darkreach_site.webhooks.addresses import check_url, place_of
from darkreach_site.webhooks.outcomes import Outcome
from tests.darkreach_site.receivers import Receiver

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
PRIVATE = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1"),
    *("172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.8"),
    *("198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1"),
    # Addresses of IPv4 in disguise: mapped, compatible, NAT64, 6to4, Teredo.
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1"),
    *("64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::"),
    "2001:0:808:808:0:0:80ff:fffe",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808"]


@pytest.mark.parametrize("text", PRIVATE)
def test_private_addresses_are_refused(text: str) -> None:
    assert not addresses.allowed(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_allowed(text: str) -> None:
    assert addresses.allowed(ipaddress.ip_address(text))


def test_named_networks_are_allowed_and_only_they(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("10.1.0.0/16")]
    assert addresses.allowed(ipaddress.ip_address("10.1.2.3"))
    assert not addresses.allowed(ipaddress.ip_address("10.2.2.3"))
    # Whoever spells it otherwise is up to something.
    assert not addresses.allowed(ipaddress.ip_address("::ffff:10.1.2.3"))


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://0x7f.1/",
            "http://127.1/",
        ),
        *("http://0x7f000001/", "http://[::1]/", "http://[::ffff:127.0.0.1]/"),
        *("http://[fe80::1%25eth0]/", "http://localhost.localdomain:x/", "http://"),
        *("ftp://a.example/", "file:///etc/passwd", "javascript:alert(1)", "a.example"),
        *("http://a@b.example/", "http://a:b@c.example/", "http://a.example\\@b/"),
        *("http://a.example/\r\nX: y", "http://a b.example/", "http://exämple.org/"),
        *("http://a.example:99999/", f"http://{'a' * 300}.example/"),
    ],
)
def test_addresses_that_say_it_themselves_are_not_taken(url: str) -> None:
    with pytest.raises(ValidationError):
        check_url(url)


def test_addresses_in_order_are_taken() -> None:
    check_url("https://hooks.example/a/b?c=d")
    place = place_of("https://Hooks.example/a?b#c")
    assert (place.host, place.port, place.path) == ("hooks.example", 443, "/a?b")
    assert place_of("http://a.example").path == "/"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    found = Receiver(tmp_path / "receiver")
    yield found
    found.stop()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """A resolver: for each name its answers, one after the other."""
    known: dict[str, list[list[str]]] = {}

    def answer(host: str, port: int, *args: Any, **kwargs: Any) -> list[Any]:
        try:
            found = known[host].pop(0)
        except (KeyError, IndexError):
            raise socket.gaierror(socket.EAI_NONAME, "not known") from None
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in found]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return known


def send(url: str, longest: float = 5.0) -> Outcome:
    return asyncio.run(sending.send(url, b'{"sequence": 1}', {}, longest))


def test_a_name_that_leads_to_a_private_address_is_refused(
    receiver: Receiver, names: dict[str, list[list[str]]]
) -> None:
    names["hooks.example"] = [["127.0.0.1", "169.254.169.254"]]
    outcome = send(receiver.url("hooks.example"))
    assert outcome.status is None and "not public" in outcome.reason
    assert receiver.got() == []


def test_the_connection_goes_to_the_address_that_was_judged(
    receiver: Receiver, names: dict[str, list[list[str]]], settings: Any
) -> None:
    """A name is asked once: its second answer would be a private address."""
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.1/32")]
    names["hooks.example"] = [["127.0.0.1", "10.0.0.1"], ["127.0.0.2"]]
    assert send(receiver.url("hooks.example")).status == 200
    assert len(names["hooks.example"]) == 1
    (got,) = receiver.got()
    assert got["path"] == "/hook?a=1"
    assert got["headers"]["host"] == f"hooks.example:{receiver.port}"


def test_redirects_are_answers_that_are_not_followed(
    receiver: Receiver, settings: Any
) -> None:
    settings.WEBHOOK_NETWORKS = LOOPBACK
    receiver.mode("redirect")
    outcome = send(receiver.url())
    assert outcome.status == 307 and not outcome.delivered
    assert [each["path"] for each in receiver.got()] == ["/hook?a=1"]


def test_slow_and_endless_answers_end(receiver: Receiver, settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = LOOPBACK
    for mode in ("slow", "drip"):
        receiver.mode(mode)
        outcome = send(receiver.url(), 0.5)
        assert outcome.reason == "no answer within 0.5 s"
    receiver.mode("flood")
    assert "ProtocolError" in send(receiver.url()).reason
    receiver.mode("large")
    assert send(receiver.url()).delivered  # nobody reads the gigabyte


def test_what_is_not_there_is_a_reason(
    names: dict[str, list[list[str]]], settings: Any
) -> None:
    settings.WEBHOOK_NETWORKS = LOOPBACK
    assert "gaierror" in send("http://nowhere.example/").reason
    names["closed.example"] = [["127.0.0.1"]]
    assert "ConnectError" in send("http://closed.example:1/").reason
    assert send(f"http://{'a' * 70}.example/").status is None


def test_the_certificate_must_be_that_of_the_name(
    tmp_path: Path, names: dict[str, list[list[str]]], settings: Any, monkeypatch: Any
) -> None:
    settings.WEBHOOK_NETWORKS = LOOPBACK
    pem, key = str(tmp_path / "pem"), str(tmp_path / "key")
    _certificate("hooks.example", pem, key)
    receiver = Receiver(tmp_path / "receiver", pem, key)
    try:
        names.update(
            {"hooks.example": [["127.0.0.1"]] * 2, "b.example": [["127.0.0.1"]]}
        )
        assert "CERTIFICATE" in send(receiver.url("hooks.example")).reason
        trusting = ssl.create_default_context(cafile=pem)
        monkeypatch.setattr(sending, "_certificates", lambda: trusting)
        assert send(receiver.url("hooks.example")).delivered
        assert "CERTIFICATE" in send(receiver.url("b.example")).reason
    finally:
        receiver.stop()
    assert len(receiver.got()) == 1


def _certificate(name: str, pem: str, key: str) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"]
    command += ["-pkeyopt", "ec_paramgen_curve:prime256v1", "-keyout", key, "-out", pem]
    command += ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120.0), ("", 0.0), ("soon", 0.0), ("-5", 0.0), ("9" * 5000, 999999999.0)],
)
def test_a_receiver_says_how_long_it_wants_to_rest(text: str, seconds: float) -> None:
    answer = httpx.Response(503, headers={"Retry-After": text})
    assert sending._wanted_rest(answer) == seconds
    late = {
        "Date": "Thu, 26 Nov 2026 12:00:00 GMT",
        "Retry-After": "Thu, 26 Nov 2026 12:02:00 GMT",
    }
    assert sending._wanted_rest(httpx.Response(503, headers=late)) == 120.0
