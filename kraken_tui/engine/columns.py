"""The account as the scanner sees it: columns filled from the account's last snapshot."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from kraken_tui.account.account_state import AccountState
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import Side
from kraken_tui.risk.heat import Heat
from kraken_tui.scanner.inputs import AccountColumns


class AccountWatch:
    """Fills the scanner's columns, touching only the tickers that hold or await something.

    Args:
        instruments: in the order of every array.
        groups: the group of each instrument, in the same order.
        taker_fee: percent, for the breakeven price.
    """

    def __init__(
        self, account: AccountState, instruments: Sequence[Instrument], groups: Sequence[str], taker_fee: Decimal
    ) -> None:
        self._account = account
        self._instruments = instruments
        self._index = {instrument.symbol: place for place, instrument in enumerate(instruments)}
        self._groups = groups
        self.taker_fee = taker_fee
        self._touched: set[int] = set()
        self.columns = AccountColumns(len(instruments))
        self.notes: tuple[str, ...] = ("",)
        """Texts that `columns.blocked` points into."""

    def refresh(self, heat: Heat) -> AccountColumns:
        """The columns as of now."""
        for place in self._touched:
            self._clear(place)
        self._touched.clear()
        for position in self._account.positions():
            if position.symbol not in self._index:
                continue  # it is held, and not watched
            place = self._index[position.symbol]
            instrument = self._instruments[place]
            breakeven = self._account.breakeven(position, self.taker_fee)
            long = position.side is Side.BUY
            self.columns.side[place] = position.side.sign
            self.columns.entry[place] = instrument.ticks_of(position.entry_price)
            self.columns.breakeven[place] = (
                instrument.ticks_above(breakeven) if long else instrument.ticks_below(breakeven)
            )
            covered = position.stop_price is not None and position.stop_amount >= position.amount
            self.columns.stop[place] = (
                instrument.ticks_of(position.stop_price) if covered and position.stop_price else 0
            )
            self._touched.add(place)
        for symbol, busy in self._account.all_busy().items():
            if (spot := self._index.get(symbol)) is not None:
                self.columns.busy[spot] = int(busy)
                self._touched.add(spot)
        for symbol, count in self._account.closed_count.items():
            if (spot := self._index.get(symbol)) is not None:
                self.columns.closed[spot] = count
                net = self._account.last_net[symbol]
                self.columns.last_net[spot] = (net > 0) - (net < 0)
        self._block(heat)
        return self.columns

    def _clear(self, place: int) -> None:
        columns = self.columns
        for row in (columns.side, columns.entry, columns.breakeven, columns.stop, columns.busy):
            row[place] = 0

    def _block(self, heat: Heat) -> None:
        notes: dict[str, int] = {"": 0}
        by_group: Mapping[str, int] = {
            group: notes.setdefault(heat.block(group), len(notes)) for group in dict.fromkeys(self._groups)
        }
        if any(by_group.values()) or len(self.notes) > 1:
            self.columns.blocked[:] = [by_group[group] for group in self._groups]
        self.notes = tuple(notes)
