"""What a campaign happens in: the sandbox, a home for the engine, the account, and whoever reads it."""

import contextlib
from decimal import Decimal
from pathlib import Path

from chaos.books import read_books
from chaos.programs import EngineProgram, SandboxProgram, command
from chaos.setting import BALANCES, ENGINE, OPERATOR, SYMBOLS, make_home, make_keys
from chaos.truth import Auditor, Truth
from chaos.verdicts import Case
from kraken_tui.clock import Generator
from kraken_tui.config.instruments import load_instruments


class World:
    """The programs, and the account as it was opened.

    Args:
        folder: for everything that it leaves behind; there, and empty.
        hold: the sandbox's policy `hold_untriggered`.
        limits: whether the sandbox counts requests.
        chance: makes the keys.
    """

    def __init__(self, folder: Path, hold: str, chance: Generator, *, limits: bool) -> None:
        self._root = folder / "home"
        self._logs = folder / "logs"
        self._logs.mkdir()
        self._pairs = make_keys(folder / "keys.json", chance)
        self.sandbox = SandboxProgram(
            folder, folder / "keys.json", "--policy", f"hold_untriggered={hold}",
            "--policy", f"rate_limits={'on' if limits else 'off'}",
            *(word for balance in BALANCES for word in ("--balance", balance)),
        )  # fmt: skip
        self.engine = EngineProgram(self._root, ENGINE, self._logs / "engine.log")
        self.instruments = {row.symbol: row for row in load_instruments().values() if row.symbol in SYMBOLS}
        self._foreign: frozenset[str] = frozenset()
        self._opening: dict[str, Decimal] = {}

    async def begin(self, held: contextlib.AsyncExitStack) -> Auditor:
        """Start the sandbox and open the account; `held` ends every process."""
        await self.sandbox.start()
        held.push_async_callback(self.sandbox.kill)
        held.push_async_callback(self.engine.kill)
        make_home(self._root, self.sandbox.rest, self.sandbox.ws, self._pairs[ENGINE])
        auditor = Auditor(self.sandbox.rest, [pair for name, pair in self._pairs.items() if name.startswith("auditor")])
        held.push_async_callback(auditor.close)
        await self._open_account(auditor)
        return auditor

    async def _open_account(self, auditor: Auditor) -> None:
        """The operator's own order: far away, so that it never trades."""
        operator = Auditor(self.sandbox.rest, [self._pairs[OPERATOR]])
        try:
            placed = await operator.ask(
                "AddOrder", pair="XBTUSD", type="sell", ordertype="limit", volume="0.5", price="900000"
            )
            self._foreign = frozenset(placed["txid"])
        finally:
            await operator.close()
        truth = await auditor.look()
        assert truth is not None
        self._opening = dict(truth.balances)

    def case(self, truth: Truth) -> Case:
        """The exchange's books beside the engine's."""
        return Case(
            truth=truth, books=read_books(self.engine.home.journal), foreign=self._foreign,
            instruments=self.instruments, opening=self._opening,
        )  # fmt: skip

    async def command(self, *words: str) -> int:
        """Run a command of the program on the home, with a log by its name; returns the exit code."""
        return await command(*words, "--home", str(self._root), log=self._logs / f"{words[0]}.log")
