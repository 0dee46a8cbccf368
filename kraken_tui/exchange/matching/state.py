"""The whole state of one account at one venue, and the context of one step."""

from decimal import Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from kraken_tui.exchange.matching.liquidity import Market
from kraken_tui.exchange.matching.lots import Lots
from kraken_tui.exchange.matching.messages import Event
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.model.instrument import Instrument

ZERO = Decimal(0)
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Totals(Struct, frozen=True, kw_only=True):
    """Sums over the account's life in one quote currency. start + deposits + realised - fees = balance + basis."""

    start: Decimal = ZERO
    deposits: Decimal = ZERO
    """From outside, and what coins from outside were sold for."""
    realised: Decimal = ZERO
    """P&L of what was closed, before fees."""
    fees: Decimal = ZERO
    """All of them, opening and rollover fees included."""
    margin_fees: Decimal = ZERO
    """Opening and rollover fees alone."""

    def plus(
        self,
        *,
        deposits: Decimal = ZERO,
        realised: Decimal = ZERO,
        fees: Decimal = ZERO,
        margin_fees: Decimal = ZERO,
    ) -> "Totals":
        """These sums with something added."""
        return replace(
            self,
            deposits=self.deposits + deposits,
            realised=self.realised + realised,
            fees=self.fees + fees,
            margin_fees=self.margin_fees + margin_fees,
        )


class VenueState(Struct, kw_only=True):
    """Everything that the core remembers. Only the reducer changes it; all values in it are immutable."""

    balances: dict[str, Decimal]
    orders: dict[str, OrderRecord] = field(default_factory=dict)
    """Open ones, by id."""
    spot: dict[str, Lots] = field(default_factory=dict)
    """Coins bought, by symbol."""
    margin: dict[str, Lots] = field(default_factory=dict)
    """Margin positions, by symbol; all lots of a symbol have one side."""
    totals: dict[str, Totals] = field(default_factory=dict)
    """By quote currency."""
    markets: dict[str, Market] = field(default_factory=dict)
    counter: int = 0
    """Ids come from it."""
    time_ns: int = 0

    def copy(self) -> "VenueState":
        """A state that can change without changing this one."""
        return VenueState(
            balances=dict(self.balances), orders=dict(self.orders), spot=dict(self.spot), margin=dict(self.margin),
            totals=dict(self.totals), markets=dict(self.markets), counter=self.counter, time_ns=self.time_ns,
        )  # fmt: skip


def opened(balances: dict[str, Decimal]) -> VenueState:
    """A fresh account that starts with `balances`."""
    return VenueState(
        balances=dict(balances), totals={asset: Totals(start=amount) for asset, amount in balances.items()}
    )


class Step:
    """One input on its way through the core: the state it changes, the rules, the time, and what happened so far."""

    def __init__(self, state: VenueState, rules: Rules, now_ns: int) -> None:
        self.state = state
        self.rules = rules
        self.now_ns = now_ns
        self.events: list[Event] = []
        self.spawned: list[str] = []
        """Children whose triggers have not been looked at yet."""

    def instrument(self, symbol: str) -> Instrument:
        """The rules of a pair that the venue lists."""
        return self.rules.instruments[symbol]

    def next_number(self) -> int:
        """The next value of the counter."""
        self.state.counter += 1
        return self.state.counter

    def next_id(self, letter: str) -> str:
        """An id in Kraken's shape, such as `O00000-00000-00002S`."""
        number, digits = self.next_number(), ""
        while number:
            number, digit = divmod(number, 36)
            digits = _DIGITS[digit] + digits
        text = letter + digits.rjust(16, "0")
        return f"{text[:6]}-{text[6:11]}-{text[11:]}"

    def credit(self, asset: str, amount: Decimal) -> None:
        """Add `amount` (negative to take) to a balance."""
        self.state.balances[asset] = self.state.balances.get(asset, ZERO) + amount

    def count(self, quote: str, **sums: Decimal) -> None:
        """Add to the totals of a quote currency."""
        self.state.totals[quote] = self.state.totals.get(quote, Totals()).plus(**sums)
