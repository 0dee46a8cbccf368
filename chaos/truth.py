"""The exchange's own books, read over REST with keys that the engine does not have."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import cycle
from typing import Any
from urllib.parse import urlencode

import aiohttp
from msgspec import Struct, json

from kraken_tui.clock import SystemClock
from kraken_tui.config.instruments import load_instruments
from kraken_tui.model.errors import KrakenTuiError

PAGE = 50


class Unheard(KrakenTuiError):
    """The exchange did not answer, or not this."""


class OrderRow(Struct, frozen=True, kw_only=True):
    """An order, as the exchange has it."""

    id: str
    client_id: str
    parent_id: str
    symbol: str
    side: str
    type: str
    status: str
    amount: Decimal
    filled: Decimal

    @property
    def is_resting(self) -> bool:
        """Whether it may still trade."""
        return self.status in ("open", "pending")


class TradeRow(Struct, frozen=True, kw_only=True):
    """An execution, as the exchange has it."""

    id: str
    order_id: str
    symbol: str
    side: str
    amount: Decimal
    price: Decimal
    cost: Decimal
    fee: Decimal
    time: float


class Truth(Struct, frozen=True, kw_only=True):
    """The account at one moment."""

    orders: Mapping[str, OrderRow]
    """Every order that rests, and as many of the ended ones as were asked for."""
    trades: Mapping[str, TradeRow]
    balances: Mapping[str, Decimal]


class Auditor:
    """Reads the account; it remembers what can't change any more.

    Args:
        url: of REST.
        keys: pairs of key and secret, taken in turn: each has a request budget of its own.
    """

    def __init__(self, url: str, keys: Sequence[tuple[str, str]]) -> None:
        self._url = url
        self._keys = cycle(keys)
        self._clock = SystemClock()
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        instruments = load_instruments().values()
        self._symbols = {row.id: row.symbol for row in instruments} | {row.altname: row.symbol for row in instruments}
        self._orders: dict[str, OrderRow] = {}
        self._trades: dict[str, TradeRow] = {}

    async def close(self) -> None:
        """Hang up."""
        await self._session.close()

    async def ask(self, method: str, **values: str) -> Any:
        """One private request.

        Raises:
            Unheard: no answer, or an error.
        """
        key, secret = next(self._keys)
        path, nonce = f"/0/private/{method}", str(self._clock.now_ns())
        body = urlencode({"nonce": nonce, **values}).encode()
        digest = hashlib.sha256(nonce.encode() + body).digest()
        sign = base64.b64encode(hmac.digest(base64.b64decode(secret), path.encode() + digest, "sha512")).decode()
        headers = {"API-Key": key, "API-Sign": sign, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            async with self._session.post(self._url + path, data=body, headers=headers) as response:
                answer = json.decode(await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unheard(f"{method}: {error!r}") from error
        if answer["error"]:
            raise Unheard(f"{method}: {answer['error']}")
        return answer["result"]

    async def look(self) -> Truth | None:
        """The account now; None where something traded while it was read.

        Raises:
            Unheard: the exchange does not answer.
        """
        await self._read_trades()
        count = len(self._trades)
        resting = self._orders_of((await self.ask("OpenOrders"))["open"])
        balances = await self._balances()
        await self._read_trades()
        if len(self._trades) != count:
            return None
        for order_id in [row.id for row in self._orders.values() if row.is_resting and row.id not in resting]:
            del self._orders[order_id]
        self._orders |= resting
        missing = {row.order_id for row in self._trades.values()} - self._orders.keys()
        await self._query(sorted(missing))
        return Truth(orders=dict(self._orders), trades=dict(self._trades), balances=balances)

    async def look_at_all(self) -> Truth | None:
        """The account now, with every order that it ever had.

        Raises:
            Unheard: the exchange does not answer.
        """
        rows: dict[str, Any] = {}
        while True:
            page = (await self.ask("ClosedOrders", ofs=str(len(rows))))["closed"]
            if not page.keys() - rows.keys():
                break
            rows |= page
        self._orders |= self._orders_of(rows)
        return await self.look()

    async def _read_trades(self) -> None:
        """New trades come first; those that are known already end the reading."""
        offset = 0
        while True:
            found = await self.ask("TradesHistory", ofs=str(offset), consolidate_taker="false")
            rows = found["trades"]
            new = rows.keys() - self._trades.keys()
            self._trades |= {id: self._trade(id, rows[id]) for id in new}
            offset += PAGE
            if len(new) < PAGE or len(rows) < PAGE:
                return

    async def _query(self, order_ids: Sequence[str]) -> None:
        for start in range(0, len(order_ids), PAGE):
            rows = await self.ask("QueryOrders", txid=",".join(order_ids[start : start + PAGE]))
            self._orders |= self._orders_of(rows)

    async def _balances(self) -> dict[str, Decimal]:
        rows = await self.ask("BalanceEx")
        return {_coin(asset): Decimal(row["balance"]) for asset, row in rows.items()}

    def _orders_of(self, rows: Mapping[str, Any]) -> dict[str, OrderRow]:
        return {
            id: OrderRow(
                id=id, client_id=row.get("cl_ord_id") or "", parent_id=row["refid"] or "",
                symbol=self._symbols[row["descr"]["pair"]], side=row["descr"]["type"], type=row["descr"]["ordertype"],
                status=row["status"], amount=Decimal(row["vol"]), filled=Decimal(row["vol_exec"]),
            )
            for id, row in rows.items()
        }  # fmt: skip

    def _trade(self, id: str, row: Mapping[str, Any]) -> TradeRow:
        return TradeRow(
            id=id, order_id=row["ordertxid"], symbol=self._symbols[row["pair"]], side=row["type"],
            amount=Decimal(row["vol"]), price=Decimal(row["price"]), cost=Decimal(row["cost"]),
            fee=Decimal(row["fee"]), time=row["time"],
        )  # fmt: skip


def _coin(asset: str) -> str:
    """Kraken's old names have a letter in front, `XETH` or `ZUSD`, and `XBT` and `XDG` for two coins."""
    short = asset[1:] if len(asset) == 4 and asset[0] in "XZ" else asset
    return {"XBT": "BTC", "XDG": "DOGE"}.get(short, short)
