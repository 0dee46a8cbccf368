"""The whole state of one account at one venue, and the context of one step."""

from decimal import Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from kraken_tui.exchange.matching.market.liquidity import Market
from kraken_tui.exchange.matching.messages import Booked, EntryType, Event, LedgerEntry
from kraken_tui.exchange.matching.money.lots import Lots
from kraken_tui.exchange.matching.orders import OrderRecord
from kraken_tui.exchange.matching.rules import Rules
from kraken_tui.model.instrument import Instrument

ZERO = Decimal(0)
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Totals(Struct, frozen=True, kw_only=True):
    """Sums over the account's life in one currency.

    start + deposits + realised - fees + traded = balance + basis, where basis is the cost of the coins bought with it.
    """

    start: Decimal = ZERO
    """What was there when the account began, or when the currency was first booked."""
    deposits: Decimal = ZERO
    """From outside, and what coins from outside were sold for."""
    realised: Decimal = ZERO
    """P&L of what was closed, before fees."""
    fees: Decimal = ZERO
    """All of them, opening and rollover fees included."""
    margin_fees: Decimal = ZERO
    """Opening and rollover fees alone."""
    traded: Decimal = ZERO
    """What came in less what went out where it was the base of a trade, fees taken in coins off."""

    def plus(
        self,
        *,
        deposits: Decimal = ZERO,
        realised: Decimal = ZERO,
        fees: Decimal = ZERO,
        margin_fees: Decimal = ZERO,
        traded: Decimal = ZERO,
    ) -> "Totals":
        """These sums with something added."""
        return replace(
            self,
            deposits=self.deposits + deposits,
            realised=self.realised + realised,
            fees=self.fees + fees,
            margin_fees=self.margin_fees + margin_fees,
            traded=self.traded + traded,
        )


class VenueState(Struct, kw_only=True):
    """Everything that the core remembers. Only the reducer changes it; all values in it are immutable.

    A balance may be below nothing on a margin account, where a position lost more than there was.
    """

    balances: dict[str, Decimal]
    orders: dict[str, OrderRecord] = field(default_factory=dict)
    """Open ones, by id."""
    spot: dict[str, Lots] = field(default_factory=dict)
    """Coins bought, by symbol."""
    margin: dict[str, Lots] = field(default_factory=dict)
    """Margin positions, by symbol; all lots of a symbol have one side."""
    totals: dict[str, Totals] = field(default_factory=dict)
    """By currency, coins included."""
    markets: dict[str, Market] = field(default_factory=dict)
    volumes: dict[int, Decimal] = field(default_factory=dict)
    """Traded cost by UTC day (days since the epoch); the last 30 of them make the fee tier."""
    cancel_all_at_ns: int = 0
    """When the dead man's switch falls; 0 = not armed."""
    due_ns: int = 0
    """No order opens or expires before that; 0 = none ever does."""
    margin_called: tuple[str, ...] = ()
    """Quote currencies that are below their margin call level, already told."""
    counter: int = 0
    """Ids come from it."""
    time_ns: int = 0

    def copy(self) -> "VenueState":
        """A state that can change without changing this one."""
        return VenueState(
            balances=dict(self.balances), orders=dict(self.orders), spot=dict(self.spot), margin=dict(self.margin),
            totals=dict(self.totals), markets=dict(self.markets), volumes=dict(self.volumes),
            cancel_all_at_ns=self.cancel_all_at_ns, due_ns=self.due_ns, margin_called=self.margin_called,
            counter=self.counter, time_ns=self.time_ns,
        )  # fmt: skip


def opened(balances: dict[str, Decimal]) -> VenueState:
    """A fresh account that starts with `balances`."""
    return VenueState(
        balances=dict(balances), totals={asset: Totals(start=amount) for asset, amount in balances.items()}
    )


def id_of(letter: str, number: int) -> str:
    """An id in Kraken's shape; a higher number gives an id that sorts later."""
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    text = letter + digits.rjust(16, "0")
    return f"{text[:6]}-{text[6:11]}-{text[11:]}"


class Step:
    """One input on its way through the core: the state it changes, the rules, the time, and what happened so far."""

    def __init__(self, state: VenueState, rules: Rules, now_ns: int) -> None:
        self.state = state
        self.rules = rules
        self.now_ns = now_ns
        self.events: list[Event] = []
        self.spawned: list[str] = []
        """Children whose triggers have not been looked at yet."""
        self.traded_pairs: list[str] = []
        """Where a trade of ours made a last price that the triggers have not seen yet."""
        self.booked: list[LedgerEntry] = []
        """Ledger entries that have not been told yet: they come after the event that they belong to."""

    def instrument(self, symbol: str) -> Instrument:
        """The rules of a pair that the venue lists."""
        return self.rules.instruments[symbol]

    def next_number(self) -> int:
        """The next value of the counter."""
        self.state.counter += 1
        return self.state.counter

    def next_id(self, letter: str) -> str:
        """An id in Kraken's shape, such as `O00000-00000-00002S`."""
        return id_of(letter, self.next_number())

    def book(self, type: EntryType, asset: str, amount: Decimal, ref_id: str, *, fee: Decimal = ZERO) -> None:
        """Change a balance by `amount` less `fee`, with a ledger entry. The only way in which a balance changes."""
        before = self.state.balances.get(asset, ZERO)
        if asset not in self.state.totals:
            self.state.totals[asset] = Totals(start=before)
        after = self.state.balances[asset] = before + amount - fee
        entry = LedgerEntry(
            id=self.next_id("L"), ref_id=ref_id, time_ns=self.now_ns, type=type, asset=asset, amount=amount, fee=fee,
            balance=after,
        )  # fmt: skip
        self.booked.append(entry)

    def tell_booked(self) -> None:
        """Tell the entries of the event that was told last."""
        self.events += map(Booked, self.booked)
        self.booked.clear()

    def count(self, asset: str, **sums: Decimal) -> None:
        """Add to the totals of a currency."""
        self.state.totals[asset] = self.state.totals.get(asset, Totals()).plus(**sums)
