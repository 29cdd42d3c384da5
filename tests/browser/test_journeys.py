"""What people come for, in light, in dark and on a phone."""

from __future__ import annotations

import csv
import re
import secrets
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import LOOKS, Site
from tests.browser.ledger import LONG
from tests.darkreach_site import processes

PRIME = "3*2^534+1"
_ORDER = """
from tests import hunts
hunts.placed("{expression}", n="1:10")
"""


def test_from_the_first_page_to_a_prime_and_its_checks(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("darkreach sieves")
    page.get_by_role("navigation", name="Site").get_by_text("Primes").click()
    page.get_by_label("form", exact=True).select_option("proth")
    page.get_by_label("digits from").fill("100")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile(r"form=proth.*min=100"))
    # The head, and n = 353, 408, 438, 534 of 3*2^n+1.
    expect(page.get_by_role("row")).to_have_count(5)
    page.get_by_role("link", name=PRIME).click()
    expect(page).to_have_url(re.compile(r"/primes/3x2_534\+1$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("is prime")
    expect(page.get_by_role("table")).to_contain_text("verify")
    expect(page.locator("pre").filter(has_text="import gmpy2")).to_be_visible()
    with page.expect_download() as certificate:
        page.get_by_role("link", name="download (JSON)").click()
    assert certificate.value.suggested_filename == "3x2_534+1.certificate.json"
    page.get_by_role("link", name="Everything known about this number").click()
    expect(page.get_by_text("3*2^534+1 is prime")).to_be_visible()


def test_what_is_copied_is_the_whole_plain_number(page: Page) -> None:
    page.goto("/primes/3x2_534+1")
    page.locator("summary").click()
    digits = page.locator(".digits")
    digits.select_text()
    assert int(page.evaluate("getSelection().toString()")) == 3 * 2**534 + 1
    page.goto("/")
    left = page.locator(".totals .number").first
    left.select_text()
    shown = page.evaluate("getSelection().toString()")
    assert shown.isdecimal() and int(shown) > 10_000


def test_a_long_number_is_short_in_lines_and_whole_in_its_order(page: Page) -> None:
    page.goto("/searches/7")
    expect(page.get_by_role("heading", level=1)).to_contain_text("10000000…00000153")
    expect(page.locator("code").filter(has_text=LONG)).to_be_visible()


def test_a_search_shows_funnel_expectation_and_blocks(
    page: Page, tmp_path: Path
) -> None:
    page.goto("/searches/?state=finished")
    page.get_by_role("link", name="3*2^n+1, n = 1:600").click()
    expect(page.get_by_role("table", name="What became")).to_contain_text("composite")
    drawing = page.get_by_role("img", name=re.compile("Primes found and expected"))
    expect(drawing).to_be_visible()
    box = drawing.bounding_box()
    assert box is not None and box["height"] > 100
    expect(page.get_by_role("img", name=re.compile("prp block"))).to_be_visible()
    with page.expect_download() as numbers:
        page.get_by_role("link", name="The numbers (CSV)").first.click()
    assert numbers.value.suggested_filename == "search-1-funnel.csv"
    numbers.value.save_as(tmp_path / "funnel.csv")
    with (tmp_path / "funnel.csv").open(newline="") as file:
        rows = {row["outcome"]: row["numbers"] for row in csv.DictReader(file)}
    assert rows["candidates"] == "600"


def test_a_block_that_was_given_up_is_seen(page: Page) -> None:
    page.goto("/searches/40")
    expect(page.get_by_role("img", name=re.compile("1 sieve block"))).to_be_visible()
    assert page.locator(".strip .cell.quarantined").count() == 1
    page.goto("/status")
    expect(page.locator(".facts").first).to_contain_text("quarantined blocks")


def test_forms_lead_to_searches_and_documents(page: Page) -> None:
    page.goto("/forms/")
    page.get_by_role("link", name="Twin primes").click()
    expect(page.get_by_text("Source and completeness")).to_be_visible()
    page.get_by_role("link", name=re.compile(r"k\*2\^60\+-1")).click()
    expect(page.get_by_text("every number is settled")).to_be_visible()
    page.goto("/docs/")
    page.get_by_role("link", name="Forms", exact=True).last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Forms")
    page.get_by_role("link", name="formats").first.click()
    expect(page).to_have_url(re.compile(r"/docs/formats#expressions$"))


def test_long_lists_are_walked_there_and_back(page: Page) -> None:
    page.goto("/searches/")
    first = page.get_by_role("row").nth(1).inner_text()
    page.get_by_role("link", name="next →").click()
    expect(page.get_by_role("row").nth(1)).not_to_have_text(first)
    page.get_by_role("link", name="← previous").click()
    assert page.get_by_role("row").nth(1).inner_text() == first


def test_a_page_refreshes_itself_when_something_happens(page: Page, site: Site) -> None:
    page.goto("/searches/")
    expression = f"{2 * secrets.randbelow(10**9) + 1001}*2^n+1"
    order = _ORDER.format(expression=expression)
    with _other_readers(f"{site.address}/searches/"):
        done = processes.manage(site.home, "shell", "--no-imports", "-c", order)
        assert done.returncode == 0, done.stderr
        expect(page.get_by_role("link", name=expression)).to_be_visible(timeout=20_000)


@contextmanager
def _other_readers(address: str) -> Iterator[None]:
    """Somebody else reads the page all the time: an older copy of it is always kept."""
    over = threading.Event()

    def read() -> None:
        while not over.wait(0.1):
            urllib.request.urlopen(address, timeout=10).close()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        over.set()
        reader.join()


def test_everything_works_without_scripts(browser: Browser, site: Site) -> None:
    context = browser.new_context(
        base_url=site.address, java_script_enabled=False, **LOOKS["phone"]
    )
    page = context.new_page()
    page.goto("/primes/?sort=date")
    page.get_by_label("form", exact=True).select_option("factorial")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("link", name="41!+1").click()
    page.locator("summary").click()
    expect(page.locator(".digits")).to_be_visible()
    page.get_by_role("link", name="n!+1, n = 2:60").click()
    expect(page.get_by_role("table", name="What became")).to_be_visible()
    context.close()


def test_a_keyboard_is_enough(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
