"""The program called in this process, much cheaper where no engine starts; and an exchange to be LIVE on."""

import sys
from collections.abc import Callable, Iterator

import pytest

from kraken_tui.cli.main import main
from tests.cli.programs import Ended
from tests.sandbox.programs import SandboxProcess, sandbox_process


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    def call(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["kraken-tui", *words])
        code = main()
        return Ended(code, *capsys.readouterr())

    return call


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with sandbox_process() as process:
        yield process


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KRAKEN_API_KEY", "KRAKEN_API_SECRET", "KRAKEN_TUI_LIVE"):
        monkeypatch.delenv(name, raising=False)
