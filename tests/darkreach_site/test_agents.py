"""AI agents read, and order with a token; asked by the SDK's own client."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import httpx2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from darkreach_site.agents import tokens
from darkreach_site.agents.models import Agent
from searches.models import Search
from tests import audits
from tests.darkreach_site.processes import (
    ROOT,
    environment,
    free_port,
    server,
    wait_until,
)

pytestmark = pytest.mark.django_db(transaction=True)

READ = {"prime", "primes", "candidate", "candidates", "search", "searches"}
READ |= {"forms", "stats", "fleet", "events"}
ORDER = {"plan", "estimate", "start", "pause"}
SMALL = {"expression": "5*2^n-1", "ranges": {"n": "1:300"}}


@pytest.fixture
def told(database_url: Callable[[], str], bell: object) -> dict[str, str]:
    return environment(
        settings.HOME,
        DATABASE_URL=database_url(),
        REDIS_URL=settings.BELL_URL,
        DARKREACH_LOG_LEVEL="ERROR",
    )


@pytest.fixture
def address(told: dict[str, str], transactional_db: None) -> Iterator[str]:
    """The server behind HTTP, in a process of its own."""
    port = free_port()
    command = [sys.executable, "manage.py", "mcp", "--http", str(port)]
    url = f"http://127.0.0.1:{port}/mcp"
    with server(command, told):
        wait_until(lambda: _answers(url), 40)
        yield url


def _answers(url: str) -> bool:
    try:
        return httpx.delete(url).status_code > 0
    except httpx.TransportError:
        return False


def by_pipe(told: dict[str, str], token: str = "") -> AbstractAsyncContextManager[Any]:
    """A server that the agent starts itself."""
    more = {**told, "DARKREACH_MCP_TOKEN": token} if token else told
    return Client(
        StdioServerParameters(
            command=sys.executable, args=["manage.py", "mcp"], env=more, cwd=str(ROOT)
        )
    )


@asynccontextmanager
async def by_http(url: str, token: str = "") -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx2.AsyncClient(headers=headers, timeout=30) as client:
        transport = streamable_http_client(url, http_client=client)
        async with Client(transport) as agent:
            yield agent


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 120))


def to_the_second(answer: Any) -> str:
    """Both write times in UTC, with more or fewer digits."""
    return re.sub(r"(T\d\d:\d\d:\d\d)\.\d+", r"\1", json.dumps(answer, sort_keys=True))


async def answer(agent: Any, tool: str, **given: Any) -> Any:
    result = await agent.call_tool(tool, given)
    assert not result.is_error, result.content
    return result.structured_content


async def refusal(agent: Any, tool: str, **given: Any) -> str:
    result = await agent.call_tool(tool, given)
    assert result.is_error
    return str(result.content[0].text)


def test_an_agent_reads_what_the_api_says(
    hunted: Search, told: dict[str, str], client: Browser
) -> None:
    async def work() -> None:
        async with by_pipe(told) as agent:
            tools = (await agent.list_tools()).tools
            assert {tool.name for tool in tools} == READ | ORDER
            assert all(tool.description and tool.output_schema for tool in tools)
            for tool, given, path in (
                ("primes", {"limit": 3}, "primes?limit=3"),
                ("prime", {"number": "3 * 2^189 + 1"}, "primes/3x2_189+1"),
                ("candidate", {"number": "3*2^41+1"}, "candidates/3x2_41+1"),
                ("search", {"number": hunted.pk}, f"searches/{hunted.pk}"),
                ("searches", {"form": "proth"}, "searches?form=proth"),
                (
                    "candidates",
                    {"search": hunted.pk, "state": "prime"},
                    f"candidates?search={hunted.pk}&state=prime",
                ),
                ("events", {"after": 0}, "events"),
            ):
                wanted = await asyncio.to_thread(_api, path)
                found = await answer(agent, tool, **given)
                assert to_the_second(found) == to_the_second(wanted), tool
            first = await answer(agent, "primes", limit=2)
            second = await answer(agent, "primes", limit=2, cursor=first["next"])
            assert second["items"] and second["items"] != first["items"]
            assert (await answer(agent, "forms"))["result"]
            assert (await answer(agent, "stats"))["primes"] > 5
            assert (await answer(agent, "fleet"))["workers"] == 0
            assert "no such" in await refusal(agent, "prime", number="35")
            assert "token" in await refusal(agent, "start", **SMALL)
            await _nonsense(agent, hunted.pk)

    def _api(path: str) -> Any:
        return client.get(f"/api/v1/{path}").json()

    run(work())


async def _nonsense(agent: Any, search: int) -> None:
    """Wrong and huge inputs are refused, and the server goes on."""
    for tool, given in (
        ("primes", {"limit": 0}),
        ("primes", {"form": "; DROP TABLE"}),
        ("primes", {"cursor": "x" * 100}),
        ("primes", {"min_digits": 10**30}),
        ("primes", {"found_from": "yesterday"}),
        ("candidates", {"search": -1}),
        ("candidates", {}),
        ("prime", {"number": "9^9^9^9"}),
        ("prime", {"number": "(" * 9_000}),
        ("prime", {"number": "7" * 1_000_000}),
        ("prime", {"number": {"deep": [[[[]]]]}}),
        ("search", {"number": 10**40}),
    ):
        assert await refusal(agent, tool, **given)
    assert (await agent.call_tool("no_such_tool", {})).is_error
    assert (await answer(agent, "search", number=search))["id"] == search


def test_an_agent_with_a_token_orders_over_http(
    transactional_db: None, address: str
) -> None:
    token = tokens.issue("careful")

    async def work() -> None:
        async with by_http(address, token) as agent:
            plan = await answer(agent, "plan", **SMALL)
            assert (plan["numbers"], plan["search"]) == (300, None)
            guess = await answer(agent, "estimate", **SMALL)
            assert 0 < guess["expected_primes"] < 60
            assert guess["test_core_hours"] > 0 and guess["slots"] == 0
            started = await answer(agent, "start", **SMALL, priority=7)
            assert started["created"] and started["state"] == "running"
            again = await answer(agent, "start", **SMALL)
            assert again == {**started, "created": False}
            number = started["search"]
            assert (await answer(agent, "pause", search=number))["state"] == "paused"
            assert "not run" in await refusal(agent, "pause", search=number)
            assert "paused" in await refusal(agent, "start", **SMALL)
            resumed = await answer(agent, "start", **SMALL, resume=True)
            assert resumed["state"] == "running"
            for wrong in (
                {"expression": "k*2^n+1", "ranges": {"n": "1:" + "9" * 30}},
                {"expression": "k*2^n+1", "ranges": {"k": "1:10^9", "n": "1:10^9"}},
                {"expression": "2^(9^9^9)*n+1", "ranges": {"n": "1:9"}},
                {"expression": "x" * 20_000, "ranges": {}},
                {"expression": "3*2^n+1", "ranges": {f"v{i}": "1" for i in range(99)}},
                {"expression": "3*2^n+1", "ranges": "n=1"},
                {**SMALL, "priority": 10},
            ):
                assert await refusal(agent, "start", **wrong)

    run(work())
    search = Search.objects.get()
    assert (search.created_by, search.priority) == ("agent careful", 7)
    assert audits.broken() == {}


def test_wrong_tokens_are_refused(
    transactional_db: None, address: str, told: dict[str, str]
) -> None:
    token = tokens.issue("gone")
    Agent.objects.update(active=False)

    async def without() -> None:
        async with by_http(address) as agent:
            assert (await answer(agent, "stats"))["primes"] == 0
            for tool in ("plan", "estimate", "start"):
                assert "token" in await refusal(agent, tool, **SMALL)
            assert "token" in await refusal(agent, "pause", search=1)

    run(without())
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    kinds = {"Accept": "application/json, text/event-stream"}
    for shown in (token, token[:-1], "dra_", "x" * 5000, "dra_é".encode()):
        text = shown if isinstance(shown, bytes) else shown.encode()
        headers = {**kinds, "Authorization": b"Bearer " + text}
        refused = httpx.post(address, json=body, headers=headers)
        assert refused.status_code == 401 and "WWW-Authenticate" in refused.headers
    basic = {**kinds, "Authorization": "Basic abc"}
    assert httpx.post(address, json=body, headers=basic).status_code == 401

    async def by_hand() -> None:
        async with by_pipe(told, token) as agent:
            assert "not good" in await refusal(agent, "start", **SMALL)

    run(by_hand())
    assert not Search.objects.exists()


def test_strange_requests_get_no_failure(transactional_db: None, address: str) -> None:
    kinds = {
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
    }
    for content in (
        b"x" * 2_000_000,
        b"{",
        b"[" * 500_000,
        b'{"jsonrpc": "2.0", "id": ' + b"9" * 900_000 + b"}",
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "no/such"}).encode(),
    ):
        status = httpx.post(address, content=content, headers=kinds).status_code
        assert 200 <= status < 500, (content[:30], status)
    assert httpx.post(address, content=b"x" * 2_000_000, headers=kinds).status_code in (
        400,
        413,
    )
    foreign = {**kinds, "Host": "evil.example"}
    assert httpx.post(address, content=b"{}", headers=foreign).status_code == 421
    page = {**kinds, "Origin": "https://evil.example"}
    assert httpx.post(address, content=b"{}", headers=page).status_code == 403


def test_tokens_are_shown_once_and_kept_as_a_hash(
    operator: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("mcp", new_token="<b>helper</b>")
    token = capsys.readouterr().out.strip()
    assert tokens.holder(token) == "<b>helper</b>"
    agent = Agent.objects.get()
    assert token not in (agent.digest, agent.prefix)
    page = operator.get("/admin/agents/agent/").content.decode()
    assert agent.prefix in page and token not in page and "<b>helper" not in page
    assert operator.get("/admin/agents/agent/add/").status_code == 403
    operator.post(f"/admin/agents/agent/{agent.pk}/change/", {})
    assert tokens.holder(token) is None
    call_command("mcp", new_token="<b>helper</b>")
    assert tokens.holder(token) is None
    assert tokens.holder(capsys.readouterr().out.strip()) == "<b>helper</b>"
    with pytest.raises(CommandError, match="port"):
        call_command("mcp", http="nowhere")
