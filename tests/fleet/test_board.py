"""The board: what the processes of one worker tell each other without locks."""

from __future__ import annotations

import os

from fleet.board import Board


def test_what_the_parent_is_told_reaches_a_forked_child() -> None:
    board = Board()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(reader, 1)
        seen = (board.looks, board.paused, board.draining, board.refused)
        os._exit(0 if seen == (1, True, True, [7, 9]) else 1)
    board.look()
    board.paused = board.draining = True
    board.refuse(7)
    board.refuse(9)
    os.write(writer, b"x")
    assert os.waitpid(child, 0)[1] == 0


def test_what_a_child_does_is_shown_until_it_clears_its_line() -> None:
    board = Board()
    child = os.fork()
    if child == 0:
        board.show({"pid": 5, "block": 3, "current": "3*2^5+1"})
        os._exit(0)
    os.waitpid(child, 0)
    assert board.shown() == [{"pid": 5, "block": 3, "current": "3*2^5+1"}]
    board.clear()
    assert board.shown() == []


def test_a_torn_line_and_a_line_too_long_are_not_shown() -> None:
    board = Board()
    board._write(b'{"pid": 5, "blo')
    assert board.shown() == []
    board.show({"current": "9" * 600})
    assert board.shown() == []


def test_a_line_that_nobody_writes_any_more_is_not_shown(monkeypatch: object) -> None:
    board = Board()
    board.show({"pid": 5})
    import time

    now = time.monotonic() + 16
    monkeypatch.setattr("fleet.board.time.monotonic", lambda: now)  # type: ignore[attr-defined]
    assert board.shown() == []


def test_the_last_sixty_four_refused_blocks_are_remembered() -> None:
    board = Board()
    for block in range(1, 101):
        board.refuse(block)
    assert sorted(board.refused) == list(range(37, 101))


def test_a_keeper_shows_its_block_and_takes_the_line_away_at_its_end() -> None:
    from fleet.board import board
    from fleet.keeper import Keeper
    from fleet.leases import Grant
    from tests.darkreach_site.processes import wait_until

    grant = Grant("a" * 32, 7, 1, "b" * 32)
    with Keeper(grant, 60.0, {"stage": "prp", "count": 10}) as keeper:
        keeper.progress, keeper.current = 0.5, "3*2^5+1"
        wait_until(lambda: board.shown() and board.shown()[0]["progress"] == 0.5)
        (line,) = board.shown()
        assert (line["block"], line["stage"]) == (7, "prp")
        assert line["current"] == "3*2^5+1"
    keeper._show()
    assert board.shown() == []
