"""What Kraken tells of the account, whole: every page, every row, oldest first."""

from collections.abc import Iterable, Mapping
from typing import Any

from kraken_tui.exchange.live import answers
from kraken_tui.exchange.live.answers import Row
from kraken_tui.exchange.live.budgets import HISTORY
from kraken_tui.exchange.live.kraken_calls import KrakenCalls
from kraken_tui.exchange.live.ledger_rows import ledger_row
from kraken_tui.exchange.live.order_requests import order_id
from kraken_tui.exchange.live.private_messages import LedgerRow
from kraken_tui.exchange.live.signed_kraken import SignedKraken
from kraken_tui.exchange.port import CcxtStruct
from kraken_tui.model.errors import Refused


class AccountReads:
    """Reads of orders, trades, balances, positions and the ledger.

    Args:
        kraken: parses.
        calls: asks.
    """

    def __init__(self, kraken: SignedKraken, calls: KrakenCalls) -> None:
        self._kraken = kraken
        self._calls = calls

    async def open_orders(self) -> list[CcxtStruct]:
        """Every order that rests, oldest first."""
        answer = await self._calls.read("OpenOrders")
        return self._orders(_sorted(answers.rows(answer, "open"), "opentm"))

    async def closed_orders(self, since_ms: int | None) -> list[CcxtStruct]:
        """Every order that ended since, by its end; ccxt would leave out those that were placed before."""
        window = _window(since_ms) | {"closetime": "close"}
        found = await self._pages("ClosedOrders", "closed", window)
        return self._orders(_sorted((row for row in found if answers.is_since(row, "closetm", since_ms)), "closetm"))

    async def order(self, id: str) -> CcxtStruct:
        """One order.

        Raises:
            Refused: `EOrder:Unknown order`.
        """
        answer = await self._calls.read(
            "QueryOrders", {"txid": order_id(id), "trades": "true", "consolidate_taker": "false"}
        )
        found = [row for row in answers.rows(answer) if row["id"] == id]
        if not found:
            raise Refused("EOrder:Unknown order")
        return self._orders(found)[0]

    async def trades(self, since_ms: int | None) -> list[CcxtStruct]:
        """Every execution since, one row each: Kraken would join those of one taker order under one id."""
        found = await self._pages("TradesHistory", "trades", _window(since_ms) | {"consolidate_taker": "false"})
        rows = _sorted((row for row in found if answers.is_since(row, "time", since_ms)), "time")
        return answers.parsed(self._kraken.parse_trade, rows)

    async def balance(self) -> CcxtStruct:
        """Totals, held and free per currency."""
        answer = await self._calls.read("BalanceEx")
        for row in answers.rows(answer):
            answers.number(row, "balance")
            answers.number(row, "hold_trade")
        return answers.parsed(self._kraken.parse_balance, [answer])[0]

    async def positions(self) -> list[CcxtStruct]:
        """Open margin positions, one row per pair."""
        answer = await self._calls.read("OpenPositions", {"docalcs": "true", "consolidation": "market"})
        return answers.parsed(lambda row: answers.position(self._kraken, row), answers.listed(answer))

    async def ledger(self, types: Iterable[str], since_ms: int | None) -> list[LedgerRow]:
        """Ledger entries of these types since, oldest first; every type where none is named.

        What has no balance yet (a deposit that is on its way) has moved nothing, and is left out.
        """
        wanted = frozenset(types)
        fields = _window(since_ms) | ({"type": next(iter(wanted))} if len(wanted) == 1 else {})
        found = await self._pages("Ledgers", "ledger", fields)
        rows = (row for row in found if answers.is_since(row, "time", since_ms))
        return [
            ledger_row(row, self._kraken.safe_currency_code(row.get("asset")))
            for row in _sorted(rows, "time")
            if (not wanted or row.get("type") in wanted) and row.get("balance") != ""
        ]

    async def _pages(self, method: str, name: str, fields: Mapping[str, Any]) -> list[Row]:
        """All rows, newest first. Rows that come meanwhile move the others back, so that some are told twice."""
        found: dict[str, Row] = {}
        offset = 0
        while True:
            answer = await self._calls.read(method, {**fields, **({"ofs": offset} if offset else {})}, HISTORY)
            page = answers.rows(answer, name)
            for row in page:
                found.setdefault(row["id"], row)
            offset += len(page)
            if not page or offset >= answers.number(answers.table(answer), "count"):
                return list(found.values())

    def _orders(self, rows: list[Row]) -> list[CcxtStruct]:
        return answers.parsed(self._kraken.parse_order, rows)


def _window(since_ms: int | None) -> dict[str, Any]:
    """`start` is exclusive and in seconds: one earlier, and what is too old is left out afterwards."""
    return {} if since_ms is None else {"start": max(0, since_ms // 1000 - 1)}


def _sorted(rows: Iterable[Row], field: str) -> list[Row]:
    """Oldest first; of the same moment, the later row of Kraken's answer is the older."""
    oldest_first = list(rows)[::-1]
    return sorted(oldest_first, key=lambda row: answers.number(row, field))
