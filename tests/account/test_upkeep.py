"""What no stream tells is read now and then, once, and again after every gap."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from kraken_tui.account.account_state import AccountState
from kraken_tui.account.status_service import StatusService
from kraken_tui.account.upkeep import EVERY_S, LEDGER_EVERY_NS, Upkeep
from kraken_tui.clock import SECOND
from kraken_tui.exchange.live.private_messages import LedgerRow
from kraken_tui.model.errors import ExchangeUnreachable, RetryLater
from kraken_tui.model.trading import Side
from tests.account.test_account_state import INSTRUMENTS, account
from tests.samples import D, fill
from tests.sandbox.stand import HandClock


def rollover(number: int, fee: str, ref: str = "T1", asset: str = "USD", type: str = "rollover") -> LedgerRow:
    return LedgerRow(
        id=f"L{number}", ref_id=ref, type=type, subtype="", asset=asset, amount=D(0), fee=D(fee), balance=D(0),
        time_ns=number,
    )  # fmt: skip


class Kraken:
    """Answers as it is told to; counts what it is asked."""

    def __init__(self) -> None:
        self.ledger: list[LedgerRow] = []
        self.asked: list[Any] = []
        self.error: Exception | None = None
        self.used = "200.0000"
        self.account: AccountState | None = None

    def _note(self, what: Any) -> None:
        self.asked.append(what)
        if self.error is not None:
            raise self.error

    async def fetch_balance(self) -> dict[str, Any]:
        self._note("balance")
        return {"used": {"USD": "1"}, "USD": {"total": "10", "free": "9"}}

    async def trade_balance(self, currency: str) -> dict[str, Any]:
        self._note(("margin", currency))
        if self.account is not None:
            self.account.apply_fill(fill(9, Side.BUY, "1", "1000.0"))
        return {"m": self.used}

    async def fetch_ledger(self, types: Iterable[str] = (), since: int | None = None) -> list[LedgerRow]:
        self._note((*types, since))
        return self.ledger


class Stand:
    def __init__(self, leverage: int = 5) -> None:
        self.clock, self.kraken, self.account, self.connections = HandClock(), Kraken(), account(), 1
        self.account.apply_fill(fill(1, Side.BUY, "1", "1000.0", leverage=leverage))
        self.upkeep = Upkeep(self.kraken, self.account, self.clock, lambda: self.connections)

    @property
    def ledger_reads(self) -> list[Any]:
        return [each for each in self.kraken.asked if isinstance(each, tuple) and each[0] == "rollover"]


async def test_without_a_margin_position_only_balances_are_read() -> None:
    it = Stand(leverage=1)
    await it.upkeep.look()
    assert it.kraken.asked == ["balance"]
    assert (it.account.balance, it.account.free, it.account.holds) == (D(10), D(9), {"USD": D(1)})


async def test_the_ledger_is_read_after_each_new_connection_and_now_and_then() -> None:
    it = Stand()
    for _ in range(3):
        await it.upkeep.look()
    assert len(it.ledger_reads) == 1
    it.connections += 1
    await it.upkeep.look()
    assert len(it.ledger_reads) == 2
    await it.clock.sleep(LEDGER_EVERY_NS / SECOND)
    await it.upkeep.look()
    assert len(it.ledger_reads) == 3
    since_ms = [since for _, since in it.ledger_reads]
    assert since_ms[0] == 0, "from the first margin position on"
    now_ms = it.clock.now_ns() // 1_000_000
    assert now_ms - 2 * 600_000 == since_ms[1] == since_ms[2], "a gap before the last read is read again"


async def test_a_rollover_counts_once_from_stream_and_ledger_and_only_ours() -> None:
    it = Stand()
    it.upkeep.fees.note(rollover(1, "0.20"))
    it.upkeep.fees.note(rollover(1, "0.20"))
    it.kraken.ledger = [rollover(1, "0.20"), rollover(2, "0.30"), rollover(3, "9", ref="TOTHERS")]
    await it.upkeep.look()
    assert it.account.other_fees == D("0.50")
    it.upkeep.fees.note(rollover(4, "7", type="margin"))
    assert it.account.other_fees == D("0.50"), "the fill itself carries that fee"
    it.account.apply_fill(fill(2, Side.BUY, "1", "1000.0"))
    it.upkeep.fees.note(rollover(5, "0.1", ref="T2"))
    assert it.account.other_fees == D("0.60")


async def test_a_rollover_told_before_its_fill_is_counted_in_the_end() -> None:
    it = Stand()
    it.upkeep.fees.note(rollover(1, "0.20", ref="T2"))
    assert it.account.other_fees == 0
    it.account.apply_fill(fill(2, Side.BUY, "1", "1000.0"))
    await it.upkeep.look()
    assert it.account.other_fees == D("0.20")


async def test_a_closing_fill_is_no_position_that_rolls_over() -> None:
    it = Stand()
    it.account.apply_fill(fill(2, Side.SELL, "0.5", "1000.0"))
    it.upkeep.fees.note(rollover(1, "0.20", ref="T2"))
    assert it.account.other_fees == 0
    it.account.apply_fill(fill(3, Side.SELL, "1", "1000.0"))
    it.upkeep.fees.note(rollover(2, "0.30", ref="T3"))
    assert it.account.other_fees == D("0.30"), "it turned the position over"


async def test_a_fee_in_another_currency_is_shown_apart() -> None:
    it = Stand()
    it.upkeep.fees.note(rollover(1, "0.0036", asset="ETH"))
    it.upkeep.fees.note(rollover(2, "0.10", asset="USD.F"))
    status = StatusService(it.account, INSTRUMENTS, lambda _: None, margin=True, taker_fee=D("0.4"))
    row = status.account_row(Decimal(0), 3)
    assert (row.fees, row.fees_apart) == ("0.10", "0.0036 ETH")


@pytest.mark.parametrize("error", [RetryLater("EAPI:Rate limit exceeded"), ExchangeUnreachable("no")])
async def test_what_fails_is_read_at_the_next_look(error: Exception) -> None:
    it = Stand()
    it.kraken.error, it.kraken.ledger = error, [rollover(1, "0.2")]
    await it.upkeep.look()
    assert (it.account.other_fees, it.account.balance) == (D(0), D(0))
    it.kraken.error = None
    await it.upkeep.look()
    assert (it.account.other_fees, it.account.balance) == (D("0.2"), D(10))
    assert EVERY_S < 60


@pytest.mark.parametrize("used", ["", "NaN", "none"])
async def test_margin_that_can_not_be_read_is_reckoned(used: str) -> None:
    it = Stand()
    it.kraken.used = used
    await it.upkeep.look()
    assert it.account.totals(lambda _: None, margin=True).margin_used == 200  # 1000 / 5


async def test_margin_that_a_fill_has_overtaken_is_not_believed() -> None:
    it = Stand()
    it.kraken.account = it.account
    await it.upkeep.look()
    assert it.account.totals(lambda _: None, margin=True).margin_used == 400
