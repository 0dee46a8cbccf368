"""What our fills make: positions, trades, sums; booked in the order in which they happened."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec.structs import replace

from kraken_tui.account.lots import Holding, apply_fill, part_of
from kraken_tui.account.owners import Claim, Owners, Role
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Fill, Side, Trade

ZERO = Decimal(0)


class Bookings:
    """Books each fill of ours once, however often, and however late, it is told.

    Args:
        instruments: every instrument that may be held, by symbol.
        owners: says for what the order behind a fill was sent.
    """

    def __init__(self, instruments: Mapping[str, Instrument], owners: Owners) -> None:
        self._instruments = instruments
        self.owners = owners
        self._fills: list[Fill] = []
        self._seen: set[str] = set()
        self._last_ns: dict[str, int] = {}
        self._by_time: set[str] = set()
        """Tickers whose fills are booked in the order of their times instead of that of their telling."""
        self._begin()

    def _begin(self) -> None:
        self._holdings: dict[str, Holding] = {}
        self._entries: dict[str, Claim] = {}
        """The intent behind the last entry of each ticker."""
        self.filled: dict[str, Decimal] = {}
        """By order, base units that its fills have traded."""
        self.trades: list[Trade] = []
        self.closed_count: dict[str, int] = {}
        self.last_net: dict[str, Decimal] = {}
        self.last_opened_ns: dict[str, int] = {}
        """When the last trade of each ticker was opened."""
        self.realised = ZERO
        self.fill_fees = ZERO
        self._left_over: dict[str, Decimal] = {}
        """By ticker, coins that sales sold beyond what was held by then."""
        self.openings: set[str] = set()
        """Fills that opened or enlarged a margin position of ours: what a rollover refers to."""
        self.first_opening_ns = 0
        """When the first of them took place; 0 while there is none."""

    def base_of(self, symbol: str) -> str:
        """The coin of a ticker."""
        return self._instruments[symbol].base

    def lot_of(self, symbol: str) -> Decimal:
        """The smallest step of an amount of a ticker."""
        return self._instruments[symbol].lot

    def knows(self, fill: Fill) -> bool:
        """Whether this fill is booked already."""
        return fill.id in self._seen

    def has_booked(self, fill_id: str) -> bool:
        """Whether a fill with this id is booked."""
        return fill_id in self._seen

    def cost_step(self, symbol: str) -> Decimal:
        """The smallest step of a cost in a ticker."""
        return Decimal(1).scaleb(-self._instruments[symbol].cost_decimals)

    def last_fill_ns(self, symbol: str) -> int:
        """When the last of our fills in a ticker took place; 0 where there was none."""
        return self._last_ns.get(symbol, 0)

    def last_fill(self, symbol: str) -> Fill | None:
        """The last of our fills in a ticker."""
        rows = (fill for fill in self._fills if fill.symbol == symbol)
        return max(rows, key=lambda fill: fill.time_ns, default=None)

    @property
    def last_booked_ns(self) -> int:
        """When the last of our fills took place; 0 where there was none."""
        return max(self._last_ns.values(), default=0)

    def apply_fill(self, fill: Fill) -> Trade | None:
        """Book a fill of ours; returns the trade that it ended.

        Where a sale finds less than it sold, a fill from before it is probably still to be told, as after a lost
        connection: then the order of their times decides, if that leaves less over.
        """
        if self.knows(fill):
            return None
        self._seen.add(fill.id)
        self._fills.append(fill)
        last_ns, left_over = self.last_fill_ns(fill.symbol), self._left_over.get(fill.symbol, ZERO)
        self._last_ns[fill.symbol] = max(last_ns, fill.time_ns)
        trade = self._book(fill)
        is_late = fill.time_ns < last_ns and left_over > ZERO
        if is_late or self._left_over.get(fill.symbol, ZERO) > left_over:
            self._reorder(fill.symbol)
        return trade

    def _reorder(self, symbol: str) -> None:
        """Book a ticker in the order that leaves less over; what happened last, told last, can't change which."""
        self._by_time.discard(symbol)
        self._replay()
        as_told = self._left_over.get(symbol, ZERO)
        self._by_time.add(symbol)
        self._replay()
        if self._left_over.get(symbol, ZERO) >= as_told:
            self._by_time.discard(symbol)
            self._replay()

    def _replay(self) -> None:
        self._begin()
        ordered = {
            symbol: iter(sorted((each for each in self._fills if each.symbol == symbol), key=lambda each: each.time_ns))
            for symbol in self._by_time
        }
        for each in self._fills:
            self._book(next(ordered[each.symbol]) if each.symbol in ordered else each)

    def _book(self, fill: Fill) -> Trade | None:
        self.filled[fill.order_id] = self.filled.get(fill.order_id, ZERO) + fill.amount
        holding = self._holdings.get(fill.symbol)
        if (part := self._within(holding, fill)) is None:
            return None
        step = apply_fill(holding, part, self.cost_step(fill.symbol), self._reason(fill))
        self.realised += step.realised
        self.fill_fees += step.fee
        if part.leverage > 1 and step.holding is not None and step.holding.side is part.side:
            self.openings.add(fill.id)
            self.first_opening_ns = min(self.first_opening_ns or fill.time_ns, fill.time_ns)
        if step.holding is None:
            self._holdings.pop(fill.symbol, None)
        else:
            self._holdings[fill.symbol] = step.holding
        trade = None if step.trade is None else self._named(step.trade)
        if self.owners.role(fill) is Role.ENTRY and (claim := self.owners.claim_of(fill.order_id, fill.client_id)):
            self._entries[fill.symbol] = claim
        if trade is not None:
            self.trades.append(trade)
            self.closed_count[fill.symbol] = self.closed_count.get(fill.symbol, 0) + 1
            self.last_net[fill.symbol] = trade.net
            self.last_opened_ns[fill.symbol] = trade.opened_ns
        return trade

    def _named(self, trade: Trade) -> Trade:
        """A trade with who entered it, and why."""
        entry = self._entries.get(trade.symbol)
        return trade if entry is None else replace(trade, owner=entry.owner, entered_for=entry.reason)

    def _within(self, holding: Holding | None, fill: Fill) -> Fill | None:
        """The part of a fill that is about our position: on a cash account nobody can sell what he has not."""
        if fill.leverage > 1 or fill.side is Side.BUY:
            return fill
        held = holding.amount if holding is not None and holding.side is Side.BUY else ZERO
        beyond = fill.amount + fill.fee_coin - held
        if beyond <= ZERO:
            return fill
        self._left_over[fill.symbol] = self._left_over.get(fill.symbol, ZERO) + beyond
        part = part_of(fill, held, self.cost_step(fill.symbol))
        return part if part.amount > ZERO else None

    def _reason(self, fill: Fill) -> str:
        """What a trade that ends with this fill is said to have ended for."""
        role = self.owners.role(fill)
        if role is Role.STOP:
            return "stop hit"
        claim = self.owners.claim_of(fill.order_id, fill.client_id)
        return (claim.reason if claim is not None else "") or "closed by hand"
