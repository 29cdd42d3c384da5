"""Every page can be used by everybody: judged by axe, in every look."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.ledger import OPERATOR, PASSWORD

PAGES = (
    "/",
    "/primes/",
    "/primes/?form=proth&tag=twin",
    "/primes/3x2_534+1",
    "/candidates/3x2_534+1",
    "/candidates/3x2_44+1",
    "/forms/",
    "/forms/proth",
    "/searches/",
    "/searches/1",
    "/searches/2",
    "/searches/7",
    "/searches/39",
    "/searches/40",
    "/verification/",
    "/fleet/",
    "/status",
    "/news",
    "/exports/",
    "/docs/",
    "/docs/formats",
    "/docs/adr/0001-ledger-and-bell",
    "/privacy",
    "/security",
)
OPERATORS = (
    "/admin/",
    "/admin/searches/search/",
    "/admin/searches/search/1/change/",
    "/admin/searches/search/7/change/",
    "/admin/searches/search/add/",
    "/admin/searches/block/",
    "/admin/fleet/worker/",
    "/admin/fleet/lease/",
    "/admin/fleet/tick/",
    "/admin/verification/prime/",
)
WIDER = """() => {
  const page = document.documentElement;
  return page.scrollWidth > page.clientWidth;
}"""


def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(page: Page) -> None:
    axe = Axe()
    for address in PAGES:
        answer = page.goto(address)
        assert answer is not None and answer.status == 200, address
        found = axe.run(page)
        said = [
            f"{one['id']}: {one['nodes'][0]['html'][:200]}"
            for one in found.response["violations"]
        ]
        assert not said, (address, said)
        assert len(found.response["passes"]) > 10
        assert not page.evaluate(WIDER), address


@pytest.mark.parametrize("address", ["/nothing", "/primes/4", "/searches/?state=x"])
def test_what_is_not_found_is_as_easy_to_read(silent_page: Page, address: str) -> None:
    answer = silent_page.goto(address)
    assert answer is not None and answer.status == 404
    assert not Axe().run(silent_page).response["violations"]
    assert not silent_page.evaluate(WIDER)


def test_operators_pages_fit_the_screen(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_label("Username").fill(OPERATOR)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    for address in OPERATORS:
        answer = page.goto(address)
        assert answer is not None and answer.status == 200, address
        assert not page.evaluate(WIDER), address
