"""A fresh account's ledger: it begins with what the account starts with, also after a reset and on file."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken_tui.exchange.matching.state import opened
from kraken_tui.sandbox.control.control import Control
from kraken_tui.sandbox.keeping.state_file import StateFile
from kraken_tui.sandbox.opening import open_account
from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.sandbox import Sandbox
from kraken_tui.sandbox.venue import NotKept
from tests.exchange.replaying import replayed
from tests.sandbox.caller import Caller

D = Decimal
START = {"BTC": D(2), "ETH": D(20), "USD": D(100_000)}


def account(sandbox: Sandbox) -> dict[str, Any]:
    venue = sandbox.parts.venue
    return {"balances": dict(venue.state.balances), "ledger": dict(venue.history.ledger)}


def test_opening_moves_the_counter_and_leaves_what_it_was_made_from() -> None:
    opening = opened({"USD": D(5), "BTC": D(0), "ETH": D(1)})
    state, history, events = open_account(opening, 7)
    assert (opening.counter, state.counter) == (0, 4), "an entry and a cause for each amount above nothing"
    assert [(row.asset, row.amount, row.time_ns) for row in history.ledger.values()] == [
        ("USD", D(5), 7),
        ("ETH", D(1), 7),
    ]
    assert len(events) == 2


async def test_the_ledger_of_a_fresh_account_explains_its_balances(sandbox: Sandbox) -> None:
    key = sandbox.keys.named("full")
    async with Caller(sandbox.rest_url, sandbox.ws_url, key.key, key.secret) as caller:
        rows = (await caller.private("Ledgers", type="deposit"))["ledger"].values()
        told = {row["asset"]: (D(row["amount"]), D(row["balance"])) for row in rows}
        assert told == {"ZUSD": (D(100_000),) * 2, "XXBT": (D(2),) * 2, "XETH": (D(20),) * 2}
        await caller.buy("0.01")
    assert replayed(sandbox.parts.venue.history.ledger.values()) == sandbox.parts.venue.state.balances


async def test_after_a_reset_it_begins_anew_with_new_ids(sandbox: Sandbox) -> None:
    sandbox.control.balance("USD", D(5))
    before = set(sandbox.parts.venue.history.ledger)
    sandbox.control.reset()
    ledger = sandbox.parts.venue.history.ledger
    assert {row.asset: row.amount for row in ledger.values()} == START
    assert not before & set(ledger)


async def test_it_is_on_file_and_not_told_twice(tmp_path: Path) -> None:
    options = Options(port=0, seed=1, paused=True, state_file=tmp_path / "state.db")
    async with Sandbox(options) as sandbox:
        sandbox.control.balance("USD", D(5))
        told = account(sandbox)
    async with Sandbox(options) as sandbox:
        assert account(sandbox) == told
        sandbox.control.reset()
        sandbox.control.volume(D(77))
        told = account(sandbox)
    async with Sandbox(options) as sandbox:
        assert account(sandbox) == told
        assert sandbox.control.status()["volume_usd"] == "77"


@pytest.mark.parametrize("change", [Control.reset, lambda control: control.volume(D(77))])
async def test_what_cannot_be_kept_does_not_happen_in_memory_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    def full(*_: object) -> None:
        raise NotKept("no space left")

    async with Sandbox(Options(port=0, seed=1, paused=True, state_file=tmp_path / "state.db")) as sandbox:
        sandbox.control.balance("USD", D(5))
        sandbox.control.lag(3)
        told, status = account(sandbox), sandbox.control.status()
        with monkeypatch.context() as broken:
            broken.setattr(StateFile, "_write", full)
            with pytest.raises(NotKept):
                change(sandbox.control)
        after = sandbox.control.status()
        assert account(sandbox) == told
        assert (after["lag_s"], after["volume_usd"]) == (status["lag_s"], status["volume_usd"])
