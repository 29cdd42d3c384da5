"""A foreign sieve file becomes a search of exactly its numbers, and goes out again."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from darkreach import arrays, forms
from darkreach.errors import OrderError
from darkreach.files import factors, sieve_files
from darkreach.files.lines import FileError, numbered
from searches import blocks, factor_files
from searches.funnel import funnel
from searches.intake import BadResult, check_sieve
from searches.models import Block, Candidate, Factor, ListedSpan, Search, SievedSpan
from searches.sieve_files import place_listed, reached, survivors
from searches.work import task_of
from tests.audits import broken
from tests.hunts import drain, placed, work_once
from tests.oracle import prime_exponents
from verification import results

pytestmark = pytest.mark.django_db(transaction=True)

ODD = [n for n in range(1, 300) if n % 2]
ABC = "ABC 3*2^$a+1 // Sieved to 50\n" + "".join(f"{n}\n" for n in ODD)


def imported(text: str, **options: Any) -> list[Search]:
    listed = sieve_files.read(io.StringIO(text))
    return [place_listed(each, "test.abc", **options).search for each in listed]


def expressions(search: Search) -> set[str]:
    rows = Candidate.objects.filter(search=search)
    return set(rows.values_list("expression", flat=True))


def test_the_candidates_are_exactly_those_of_the_file() -> None:
    (search,) = imported("ABC $a*2^$b+1 // Sieved to 7\n3 5\n3 6\n5 1\n5 7\n7 4\n")
    assert funnel(search)["candidates"] == 5
    assert search.unlisted == search.size - 5
    drain()
    search.refresh_from_db()
    counts = funnel(search)
    assert search.state == "finished"
    assert counts["open"] == 0
    found = {x["expression"] for x in results.primes(search)}
    assert found == {"3*2^5+1", "3*2^6+1", "5*2^1+1", "5*2^7+1", "7*2^4+1"}
    assert broken() == {}


def test_an_imported_search_ends_with_the_primes_among_its_numbers() -> None:
    (search,) = imported(ABC)
    drain()
    found = [x["variables"]["n"] for x in results.primes(search)]
    assert found == prime_exponents(3, 2, 1, ODD)
    assert funnel(search)["candidates"] == len(ODD)
    assert broken() == {}


def test_what_the_file_leaves_out_is_never_called_factored() -> None:
    (search,) = imported(ABC)
    drain()
    span = SievedSpan.objects.get(search=search)
    # Each removal by the first pass has its verified factor.
    assert (
        span.removed
        == funnel(search)["factored"]
        - Candidate.objects.filter(search=search, state="factored").count()
    )
    shown = list(factor_files.lines(search))
    even = {f"3*2^{n}+1" for n in range(2, 300, 2)}
    assert shown
    assert not even & {line.split(" | ")[1] for line in shown}
    assert not even & expressions(search)


def test_a_long_file_is_cut_into_spans_and_an_empty_span_does_no_harm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(blocks, "SPAN", 20)
    rows = [(3, n) for n in range(1, 61)] + [(5, 1), (5, 7), (5, 60)]
    text = "ABC $a*2^$b+1\n" + "".join(f"{k} {n}\n" for k, n in rows)
    (search,) = imported(text)
    spans = ListedSpan.objects.filter(search=search).order_by("first")
    assert [arrays.unpack(s.positions).size for s in spans] == [20, 20, 20, 2, 0, 1]
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    found = {(x["variables"]["k"], x["variables"]["n"]) for x in results.primes(search)}
    wanted = {(3, n) for n in prime_exponents(3, 2, 1, range(1, 61))}
    assert found == wanted | {(5, 1), (5, 7)}
    assert broken() == {}


def test_the_same_numbers_are_the_same_search_and_others_are_not() -> None:
    (first,) = imported(ABC)
    (again,) = imported(ABC.replace("50", "77"))
    (other,) = imported(ABC + "300\n")
    ordered = placed("3*2^n+1", n="1:299:2")
    assert first.pk == again.pk
    assert len({first.pk, other.pk, ordered.pk}) == 3


def test_sieving_goes_on_from_where_the_file_ends() -> None:
    (search,) = imported(
        ABC.replace("Sieved to 50", "Sieved to 1500000"), sieve_limit=1_600_000
    )
    drain()
    deeper = Block.objects.get(search=search, stage="sieve", p_min__gt=2)
    assert (deeper.p_min, deeper.p_max) == (1_500_001, 1_600_000)
    assert reached(search) == 1_600_000
    assert broken() == {}


def test_a_result_about_numbers_that_are_not_listed_is_refused() -> None:
    (search,) = imported("ABC 3*2^$a+1\n1\n3\n4\n5\n8\n11\n12\n20\n21\n")
    block = Block.objects.get(search=search)
    assert arrays.unpack(task_of(block)["alive"]).size == 9
    position = next(
        i
        for i in range(search.size)
        if i not in arrays.unpack(task_of(block)["alive"])
        and pow(2, i + 1, 5) * 3 % 5 == 4
    )
    columns = {"indices": [position], "factors": [5], "members": [0]}
    false = {name: arrays.pack(values) for name, values in columns.items()}
    with pytest.raises(BadResult, match="does not list"):
        check_sieve(block, false)


def test_a_file_of_pairs_of_numbers_becomes_a_search_of_pairs() -> None:
    rows = "".join(f"{k} 7\n" for k in range(3, 200, 6))
    (search,) = imported("9:T:0:2:3\n" + rows)
    drain()
    search.refresh_from_db()
    assert search.state == "finished"
    expected = {
        k
        for k in range(3, 200, 6)
        if all(forms.number(f"{k}*2^7{c}").value() > 0 for c in ("+1", "-1"))
        and _prime(k * 2**7 + 1)
        and _prime(k * 2**7 - 1)
    }
    assert {x["variables"]["k"] for x in results.primes(search)} == expected
    assert expected
    assert broken() == {}


def _prime(number: int) -> bool:
    return number > 1 and all(number % q for q in range(2, int(number**0.5) + 1))


def test_survivors_go_out_and_come_back_in_every_format(tmp_path: Path) -> None:
    search = placed("k*2^n+1", k="3:9:2", n="1:60")
    with pytest.raises(OrderError, match="not finished"):
        reached(search)
    work_once("sieve")
    wanted = Candidate.objects.filter(search=search).exclude(state="factored")
    for form in sieve_files.WRITERS:
        path = tmp_path / f"left.{form}"
        call_command("export_sieve", str(search.pk), "--format", form, "-o", str(path))
        lines = path.read_text(encoding="ascii").splitlines()
        (listed,) = sieve_files.read(lines)
        back = {listed.order.members(i)[0].expression for i in listed.positions}
        assert back == set(wanted.values_list("expression", flat=True))
        assert listed.sieved_to == search.sieve_limit
    assert not list(tmp_path.glob("*.part"))


def test_what_was_tested_can_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    search = placed("3*2^n+1", n="100:160")
    drain()
    assert list(survivors(search, untested=True)) == []
    call_command("export_sieve", str(search.pk))
    everything = capsys.readouterr().out.splitlines()
    assert len(everything) == 1 + len(list(survivors(search))) > 1
    call_command("export_sieve", str(search.pk), "--untested")
    assert capsys.readouterr().out.splitlines() == everything[:1]


def test_the_command_orders_a_search_of_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "odd.abc"
    path.write_text(ABC + "1\n", encoding="ascii")
    call_command("import_sieve", str(path))
    first = capsys.readouterr().out
    assert "(ordered): 3*2^n+1" in first
    assert "left out: 1" in first
    search = Search.objects.get()
    assert search.source == "odd.abc, sieved to 50"
    assert search.sieve_automatic
    call_command("import_sieve", str(path))
    assert "(known, running)" in capsys.readouterr().out
    assert Search.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("ABC $a*2^$b+1\n3 7\n3\n", "line 3"), ("", "empty")],
)
def test_a_bad_file_orders_nothing(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.abc"
    path.write_text(text, encoding="ascii")
    with pytest.raises(CommandError, match=complaint):
        call_command("import_sieve", str(path))
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_sieve", str(tmp_path / "nowhere"))
    with pytest.raises(CommandError, match="no search 99"):
        call_command("export_sieve", "99")
    assert not Search.objects.exists()


def read_factors(text: str) -> factor_files.Imported:
    lines = factors.read(numbered(text.splitlines()))
    return factor_files.store(lines, "test.txt")


def test_imported_factors_settle_their_numbers_and_stay_known() -> None:
    search = placed("3*2^n+1", n="1:300")
    work_once("sieve")
    known = list(factor_files.lines(search))
    done = read_factors("\n".join(known[:20]))
    assert (done.read, done.new) == (20, 20)
    assert read_factors("\n".join(known[:20])).new == 0
    assert broken() == {}


def test_a_factor_removes_a_candidate_of_one_number_and_of_two() -> None:
    single = placed("15*2^n+1", n="40:60")
    pairs = placed("k*2^41-1,k*2^41+1", k="3:99:6")
    Block.objects.filter(stage="sieve").update(p_max=2)
    while work_once("sieve"):
        pass
    assert Candidate.objects.filter(search=pairs, state="open").count() > 3
    lines = []
    for search in (single, pairs):
        for row in Candidate.objects.filter(search=search, state="open"):
            for text in row.expression.split(","):
                number = forms.number(text)
                p = next((p for p in (3, 5, 7, 11, 13) if number.mod(p) == 0), None)
                if p is not None:
                    lines.append(factors.show(p, text))
    done = read_factors("\n".join(lines))
    assert done.touched == {single.pk, pairs.pk}
    for row in Candidate.objects.filter(state="open"):
        for text in row.expression.split(","):
            assert all(forms.number(text).mod(p) for p in (3, 5, 7, 11, 13))
    assert broken() == {}


def test_a_false_factor_is_refused_and_what_came_before_stays() -> None:
    with pytest.raises(FileError, match="line 3"):
        read_factors("5 | 3*2^3+1\n7 | 3*2^4+1\n7 | 3*2^3+1\n")
    assert Factor.objects.count() in (0, 2)
    assert broken() == {}


def test_the_factors_of_a_search_go_out_and_come_back(tmp_path: Path) -> None:
    search = placed("k*2^n+1", k="3:9:2", n="1:60")
    work_once("sieve")
    path = tmp_path / "factors.txt"
    call_command("export_sieve", str(search.pk), "--format", "factors", "-o", str(path))
    lines = path.read_text(encoding="ascii").splitlines()
    assert len(lines) >= funnel(search)["factored"] > 50
    call_command("import_sieve", str(path), "--factors")
    assert Factor.objects.count() >= len(set(lines))
    assert broken() == {}
