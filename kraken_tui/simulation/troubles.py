"""What goes wrong at the exchange, on the line and on the engine's machine, at random and for a while."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.clock import SECOND, Generator
from kraken_tui.sandbox.faults.fault_plan import FaultRule
from kraken_tui.simulation.disk import Disk
from kraken_tui.simulation.exchange_side import ExchangeSide
from kraken_tui.simulation.virtual_clock import SteppedClock

ORDERS = ("rest:AddOrder", "rest:AmendOrder", "rest:CancelOrder")
READS = (
    "rest:OpenOrders", "rest:ClosedOrders", "rest:QueryOrders", "rest:TradesHistory", "rest:Balance*",
    "rest:OpenPositions", "rest:GetWebSocketsToken", "rest:Ledgers", "rest:TradeVolume", "rest:public/*",
)  # fmt: skip
CHANNELS = ("executions", "executions", "balances", "*")
NOT_DONE = (
    "EService:Unavailable", "EService:Busy", "EAPI:Rate limit exceeded", "EOrder:Rate limit exceeded",
    "EGeneral:Internal error", "EService:Timeout", "EAPI:Invalid nonce", "EService: Throttled: 1767225700",
    "EGeneral:Temporary lockout", "EDatabase:Internal error", "EOrder:Insufficient funds", "EGeneral:Too many requests",
)  # fmt: skip
"""What is told although nothing was done."""
DONE = ("EService:Timeout", "EGeneral:Internal error", "EService:Unavailable", "EDatabase:Internal error")
"""What is told although it was done."""
SYSTEM_MODES = ("maintenance", "cancel_only", "post_only", "limit_only")
PAIR_MODES = ("cancel_only", "post_only", "limit_only", "reduce_only")


class Troubles:
    """Makes trouble.

    Args:
        exchange: whose faults are armed.
        disk: the engine's.
        engine_clock: the engine's machine's.
        chance: draws everything.
        contents: counts what was made, by kind.
    """

    def __init__(
        self,
        exchange: ExchangeSide,
        disk: Disk,
        engine_clock: SteppedClock,
        chance: Generator,
        contents: Counter[str],
    ) -> None:
        self.note: Callable[[str], None] = lambda what: None
        """Told what is made."""
        self._exchange = exchange
        self._disk = disk
        self._engine_clock = engine_clock
        self._chance = chance
        self._contents = contents
        exchange.rest.on_late = lambda: self._made("carried out late", "after its sender heard that nobody answers")
        self._kinds: dict[Callable[[], None], int] = {
            self._request_fault: 30, self._event_fault: 12, self._partial_fill: 8, self._latency: 6, self._refusal: 8,
            self._http: 6, self._outage: 3, self._silence: 4, self._disconnect: 4, self._tokens: 2, self._lag: 4,
            self._skew: 2, self._clock_step: 2, self._system_mode: 3, self._pair_mode: 3, self._stall_pong: 1,
            self._full_disk: 1,
        }  # fmt: skip

    async def run(self, mean_s: float) -> None:
        """Make one after another until cancelled; to be run by the exchange's process."""
        kinds, weights = tuple(self._kinds), tuple(self._kinds.values())
        while True:
            await self._exchange.clock.sleep(self._chance.expovariate(1 / mean_s))
            self._chance.choices(kinds, weights)[0]()

    def end(self) -> None:
        """Nothing goes wrong from now on."""
        exchange = self._exchange
        exchange.parts.faults.disarm()
        exchange.parts.faults.skew_ns = exchange.parts.venue.lag_ns = 0
        exchange.line.mend()
        self._set_system("online")
        for symbol in exchange.terms.symbols:
            self._set_pair(symbol, "online")
        self._disk.is_full = False
        self._engine_clock.ahead_ns = 0

    def _arm(self, **rule: object) -> None:
        """Arm a fault; the sandbox counts it when it hits."""
        self.note(f"fault {rule}")
        self._exchange.parts.faults.arm(FaultRule(**rule))  # type: ignore[arg-type]

    def _made(self, kind: str, what: str) -> None:
        self._contents[kind] += 1
        self.note(f"{kind}: {what}")

    def _where(self) -> str:
        draw = self._chance.random()
        return self._chance.choice(ORDERS) if draw < 0.6 else "rest:*" if draw < 0.7 else self._chance.choice(READS)

    def _odds(self) -> float:
        """Of a hit: what hits only the second of two requests breaks what needs both."""
        return self._chance.choice((1.0, 0.5))

    def _later(self, seconds: float, callback: Callable[..., object], *args: object) -> None:
        self._exchange.process.call_later(seconds, callback, *args)

    def _request_fault(self) -> None:
        kind = self._chance.choice(("lost", "reply-lost"))
        self._arm(
            kind=kind,
            where=self._where(),
            times=self._chance.choice((1, 1, 2, 5)),
            probability=self._odds(),
            for_s=30.0,
        )

    def _refusal(self) -> None:
        done = self._chance.random() < 0.4
        error = self._chance.choice(DONE if done else NOT_DONE)
        self._arm(
            kind="error", error=error, done=done, where=self._where(), times=self._chance.choice((1, 1, 3)),
            probability=self._odds(), for_s=30.0,
        )  # fmt: skip

    def _http(self) -> None:
        status = self._chance.choice((502, 503, 504, 520, 522, 429, 500))
        done = self._chance.random() < 0.4
        self._arm(
            kind="http", status=status, done=done, where=self._where(), times=self._chance.choice((1, 2)),
            probability=self._odds(), for_s=30.0,
        )  # fmt: skip

    def _latency(self) -> None:
        self._arm(
            kind="latency", where=self._where(), seconds=self._chance.choice((0.5, 3.0, 8.0, 20.0)), jitter=1.0,
            times=self._chance.choice((1, 2, 4)), for_s=30.0,
        )  # fmt: skip

    def _event_fault(self) -> None:
        kind = self._chance.choice(("drop-event", "duplicate-event", "late-event", "swap-event", "sequence-gap"))
        late = {"seconds": self._chance.choice((0.1, 1.0, 10.0)), "jitter": 0.5} if kind == "late-event" else {}
        self._arm(
            kind=kind, where=self._chance.choice(CHANNELS), times=self._chance.choice((1, 1, 2)), for_s=30.0, **late
        )

    def _partial_fill(self) -> None:
        self._arm(kind="partial-fill", fraction=Decimal(self._chance.randint(0, 9)) / 10, times=1)

    def _stall_pong(self) -> None:
        self._arm(kind="stall-pong", for_s=self._chance.uniform(10, 90))

    def _outage(self) -> None:
        seconds = self._chance.choice((0.1, 2.0, 20.0))
        self._made("line cut", f"{seconds} s")
        self._exchange.line.cut(seconds)

    def _silence(self) -> None:
        seconds = self._chance.choice((1.0, 6.0, 25.0))
        self._made("line silent", f"{seconds} s")
        self._exchange.line.hush(seconds)

    def _disconnect(self) -> None:
        self.note("private sockets dropped")
        self._exchange.parts.faults.drop_connections("private")

    def _tokens(self) -> None:
        self._made("expired-tokens", "all")
        self._exchange.parts.tokens.expire_all()

    def _lag(self) -> None:
        seconds, lasts = self._chance.choice((1.0, 10.0, 60.0)), self._chance.uniform(5, 60)
        self._made("lag", f"REST is {seconds} s behind, for {lasts:.0f} s")
        self._exchange.parts.venue.lag_ns = int(seconds * SECOND)
        self._later(lasts, setattr, self._exchange.parts.venue, "lag_ns", 0)

    def _skew(self) -> None:
        seconds, lasts = self._chance.choice((-30.0, -1.0, 1.0, 10.0)), self._chance.uniform(5, 60)
        self._made("skew", f"the exchange's clock is {seconds} s off, for {lasts:.0f} s")
        self._exchange.parts.faults.skew_ns = int(seconds * SECOND)
        self._later(lasts, setattr, self._exchange.parts.faults, "skew_ns", 0)

    def _clock_step(self) -> None:
        seconds = self._chance.choice((-5.0, -0.5, 0.5, 5.0))
        self._made("clock step", f"the engine's clock is {seconds} s off")
        self._engine_clock.ahead_ns = int(seconds * SECOND)

    def _system_mode(self) -> None:
        mode, lasts = self._chance.choice(SYSTEM_MODES), self._chance.uniform(2, 40)
        self._made("system mode", f"{mode} for {lasts:.0f} s")
        self._set_system(mode)
        self._later(lasts, self._set_system, "online")

    def _pair_mode(self) -> None:
        mode, lasts = self._chance.choice(PAIR_MODES), self._chance.uniform(2, 40)
        symbol = self._chance.choice(self._exchange.terms.symbols)
        self._made("pair mode", f"{symbol} {mode} for {lasts:.0f} s")
        self._set_pair(symbol, mode)
        self._later(lasts, self._set_pair, symbol, "online")

    def _full_disk(self) -> None:
        lasts = self._chance.uniform(1, 20)
        self._made("disk full", f"for {lasts:.0f} s")
        self._disk.is_full = True
        self._later(lasts, setattr, self._disk, "is_full", False)

    def _set_system(self, mode: str) -> None:
        venue = self._exchange.parts.venue
        venue.rules = replace(venue.rules, system=mode)

    def _set_pair(self, symbol: str, status: str) -> None:
        venue = self._exchange.parts.venue
        rows = dict(venue.rules.instruments)
        rows[symbol] = replace(rows[symbol], status=status)
        venue.rules = replace(venue.rules, instruments=rows)
