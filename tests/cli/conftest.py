"""The program called in this process: much cheaper than a new one, for what starts no engine."""

import sys
from collections.abc import Callable

import pytest

from kraken_tui.cli.main import main
from tests.cli.programs import Ended


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    def call(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["kraken-tui", *words])
        code = main()
        return Ended(code, *capsys.readouterr())

    return call
