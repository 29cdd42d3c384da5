"""The vector width: the machine's own, or forced."""

from __future__ import annotations

import pytest

from darkreach.arithmetic.fft.width import VARIABLE, WIDTHS, native_width, vector_width


def test_the_environment_forces_a_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert vector_width() == native_width()
    for width in WIDTHS:
        monkeypatch.setenv(VARIABLE, str(width))
        assert vector_width() == width
        assert vector_width(2) == 2


@pytest.mark.parametrize("nonsense", ["3", "16", "wide", "-4", "8.0"])
def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, nonsense: str) -> None:
    monkeypatch.setenv(VARIABLE, nonsense)
    with pytest.raises(ValueError, match="vector width"):
        vector_width()
