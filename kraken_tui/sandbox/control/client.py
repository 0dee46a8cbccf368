"""Steering a sandbox from another process."""

from decimal import Decimal
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from kraken_tui.model.errors import KrakenTuiError
from kraken_tui.sandbox.faults.fault_plan import FaultRule

Amount = Decimal | int | str


class ControlRefused(KrakenTuiError):
    """The control API refused; the text says what would be right."""


class SandboxControl:
    """The methods of `sandbox.control`, over HTTP: `async with SandboxControl(url) as control`.

    Args:
        url: of the control API, as `kraken-tui sandbox` prints it.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """One request.

        Raises:
            ControlRefused: it was refused.
        """
        if self._session is None:
            raise ControlRefused("not connected: use `async with SandboxControl(url) as control`")
        data = b"" if body is None else msgspec.json.encode(body)
        async with self._session.request(method, self._url + path, data=data) as response:
            answer: dict[str, Any] = msgspec.json.decode(await response.read())
        if response.status != 200:
            raise ControlRefused(answer["error"])
        return answer

    async def status(self) -> dict[str, Any]:
        """How the exchange stands, and what it has been asked so far."""
        return await self.ask("GET", "/status")

    async def arm(self, *rules: FaultRule) -> None:
        """Arm faults, besides those that are."""
        await self.ask("POST", "/faults", list(rules))

    async def disarm(self) -> int:
        """Forget every fault; returns how many were armed."""
        return int((await self.ask("DELETE", "/faults"))["forgotten"])

    async def mode(self, *, system: str | None = None, pair: str | None = None, status: str = "online") -> None:
        """Set the whole exchange's mode, or a pair's."""
        await self.ask("POST", "/mode", {"system": system} if pair is None else {"pair": pair, "status": status})

    async def lag(self, seconds: float) -> None:
        """Let REST lag behind WebSocket; 0 ends it."""
        await self.ask("POST", "/lag", {"seconds": seconds})

    async def skew(self, seconds: float) -> None:
        """Let the exchange tell a wrong time; 0 ends it."""
        await self.ask("POST", "/skew", {"seconds": seconds})

    async def disconnect(self, which: str = "all") -> int:
        """Drop WebSocket connections: `public`, `private` or `all`; returns how many."""
        return int((await self.ask("POST", "/disconnect", {"which": which}))["dropped"])

    async def expire_tokens(self) -> int:
        """Let every WebSocket token expire now; returns how many there were."""
        return int((await self.ask("POST", "/tokens/expire"))["expired"])

    async def balance(self, asset: str, amount: Amount) -> Decimal:
        """Deposit, or withdraw where negative; returns what is there then."""
        return Decimal((await self.ask("POST", "/balance", {"asset": asset, "amount": str(amount)}))["balance"])

    async def price(
        self,
        pair: str,
        bid: Amount,
        ask: Amount,
        last: Amount | None = None,
        *,
        index: Amount | None = None,
        bid_amount: Amount = 0,
        ask_amount: Amount = 0,
        hold: bool = True,
    ) -> Decimal:
        """Move a pair's market now, and hold it there; returns its last price."""
        body = {
            "pair": pair, "bid": str(bid), "ask": str(ask), "bid_amount": str(bid_amount),
            "ask_amount": str(ask_amount), "hold": hold,
        }  # fmt: skip
        body |= {name: str(value) for name, value in (("last", last), ("index", index)) if value is not None}
        return Decimal((await self.ask("POST", "/price", body))["last"])

    async def pause(self) -> None:
        """Let the whole market stand still."""
        await self.ask("POST", "/pause")

    async def resume(self, pair: str | None = None) -> None:
        """Let one pair follow its market again, or all of them."""
        await self.ask("POST", "/resume", {} if pair is None else {"pair": pair})

    async def advance(self, seconds: float) -> None:
        """Put the exchange's clock forward; what is due by then happens."""
        await self.ask("POST", "/time", {"seconds": seconds})

    async def volume(self, usd: Amount) -> None:
        """Set what the account has traded over the last 30 days."""
        await self.ask("POST", "/volume", {"usd": str(usd)})

    async def reset(self) -> None:
        """A fresh account, and an exchange without faults; keys and nonces stay."""
        await self.ask("POST", "/reset")
