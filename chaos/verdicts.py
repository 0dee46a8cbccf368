"""What must hold of an account, whatever was killed: pure judgements of the exchange's books beside the engine's."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from chaos.books import Books, Meant
from chaos.truth import OrderRow, Truth
from kraken_tui.model.instrument import Instrument

ZERO = Decimal(0)
STOPS = ("stop-loss", "stop-loss-limit", "trailing-stop")


class Case(Struct, frozen=True, kw_only=True):
    """Everything that is judged."""

    truth: Truth
    books: Books
    foreign: frozenset[str]
    """Ids of the operator's own orders."""
    instruments: Mapping[str, Instrument]
    """The pairs that are traded."""
    opening: Mapping[str, Decimal]
    """Balances before the engine ever ran."""

    def meant(self, order: OrderRow) -> Meant | None:
        """The intent behind an order; of a child, its parent's. None where nobody of ours sent it."""
        found = self.books.meant.get(order.client_id)
        parent = self.truth.orders.get(order.parent_id)
        return found if found is not None or parent is None else self.meant(parent)

    def ours(self, order_id: str) -> Meant | None:
        """The same, by id."""
        order = self.truth.orders.get(order_id)
        return None if order is None else self.meant(order)


def strangers(case: Case) -> list[str]:
    """Orders that no journalled intent explains, and trades of the operator's own orders or of nobody's."""
    wrong = [
        f"{row.id} ({row.side} {row.amount} {row.symbol}, client id {row.client_id or 'none'}) has no intent"
        for row in case.truth.orders.values()
        if row.id not in case.foreign and case.meant(row) is None
    ]
    return wrong + [
        f"{row.id}: {row.side} {row.amount} {row.symbol} by order {row.order_id}, which is not ours"
        for row in case.truth.trades.values()
        if case.ours(row.order_id) is None
    ]


def doubled(case: Case) -> list[str]:
    """Client ids that more than one order bears: something was sent twice."""
    seen: dict[str, list[str]] = defaultdict(list)
    for row in case.truth.orders.values():
        if row.client_id:
            seen[row.client_id].append(row.id)
    return [f"{client_id} is on {', '.join(ids)}" for client_id, ids in seen.items() if len(ids) > 1]


def entered_twice(case: Case) -> list[str]:
    """Entries that bought while the same pair was held already."""
    held: dict[str, Decimal] = defaultdict(Decimal)
    last: dict[str, str] = {}
    wrong = []
    for trade in sorted(case.truth.trades.values(), key=lambda row: (row.time, row.id)):
        symbol, order = trade.symbol, case.truth.orders.get(trade.order_id)
        meant = None if order is None else case.books.meant.get(order.client_id)  # a child's own id is none
        if meant is not None and meant.kind == "enter":
            if held[symbol] >= case.instruments[symbol].order_min and last.get(symbol) != trade.order_id:
                wrong.append(f"{trade.order_id} bought {symbol} while {held[symbol]} of it were held")
            last[symbol] = trade.order_id
        held[symbol] += trade.amount if trade.side == "buy" else -trade.amount
    return wrong


def oversold(case: Case) -> list[str]:
    """Pairs of which our orders at any time had sold more than they had bought."""
    held: dict[str, Decimal] = defaultdict(Decimal)
    wrong = []
    for trade in sorted(case.truth.trades.values(), key=lambda row: (row.time, row.id)):
        held[trade.symbol] += trade.amount if trade.side == "buy" else -trade.amount
        if held[trade.symbol] < ZERO:
            wrong.append(f"{trade.symbol}: {-held[trade.symbol]} more sold than bought, by {trade.order_id}")
    return wrong


def taken_coins(case: Case) -> list[str]:
    """Coins whose balance is not what it was, plus what our trades bought and sold."""
    now = positions(case)
    wrong = []
    for symbol, instrument in case.instruments.items():
        base = instrument.base
        before, there = case.opening.get(base, ZERO), case.truth.balances.get(base, ZERO)
        if there != before + now.get(symbol, ZERO):
            wrong.append(f"{base}: {there} in the wallet, {before} before and {now.get(symbol, ZERO)} by our trades")
    return wrong


def unbooked(case: Case) -> list[str]:
    """Trades that the journal lacks, has twice over, or has otherwise."""
    wrong = []
    for id, trade in case.truth.trades.items():
        fill = case.books.fills.get(id)
        if fill is None:
            wrong.append(f"{id} ({trade.side} {trade.amount} {trade.symbol}) is not in the journal")
        elif (fill.side, fill.amount, fill.price, fill.cost, fill.fee) != (
            trade.side, trade.amount, trade.price, trade.cost, trade.fee,
        ):  # fmt: skip
            wrong.append(f"{id}: {trade} at the exchange, {fill} in the journal")
    invented = case.books.fills.keys() - case.truth.trades.keys()
    return wrong + [f"{id} is in the journal, and the exchange never heard of it" for id in sorted(invented)]


def misjudged(case: Case) -> list[str]:
    """Intents whose outcome the journal has wrong."""
    there = {row.client_id: row.id for row in case.truth.orders.values() if row.client_id}
    wrong = []
    for client_id, meant in case.books.meant.items():
        if meant.kind in ("amend", "cancel"):
            continue
        if meant.outcome == "declined" and client_id in there:
            wrong.append(f"{meant.kind} {client_id} counts as declined ({meant.text}), and is order {there[client_id]}")
        if meant.outcome == "accepted" and there.get(client_id) != meant.order_id:
            wrong.append(f"{meant.kind} {client_id} counts as order {meant.order_id}, which the exchange does not know")
    return wrong


def unsettled(case: Case) -> list[str]:
    """Intents of which the engine does not know what became."""
    return [
        f"{meant.kind} {client_id} in {meant.symbol}: {meant.outcome or 'no outcome'}"
        for client_id, meant in case.books.meant.items()
        if meant.outcome not in ("accepted", "declined")
    ]


def positions(case: Case) -> dict[str, Decimal]:
    """What our trades bought and have not sold, by symbol."""
    held: dict[str, Decimal] = defaultdict(Decimal)
    for trade in case.truth.trades.values():
        if case.ours(trade.order_id) is not None:
            held[trade.symbol] += trade.amount if trade.side == "buy" else -trade.amount
    return {symbol: amount for symbol, amount in held.items() if amount}


def covered(case: Case) -> dict[str, Decimal]:
    """What our resting stops would sell, by symbol."""
    behind: dict[str, Decimal] = defaultdict(Decimal)
    for order in case.truth.orders.values():
        if order.is_resting and order.side == "sell" and order.type in STOPS and case.meant(order) is not None:
            behind[order.symbol] += order.amount - order.filled
    return behind


def naked(case: Case) -> dict[str, Decimal]:
    """What of our positions rests behind no stop, and is more than dust."""
    behind = covered(case)
    bare = {symbol: amount - behind.get(symbol, ZERO) for symbol, amount in positions(case).items()}
    return {symbol: amount for symbol, amount in bare.items() if amount >= case.instruments[symbol].order_min}


def beyond(case: Case) -> dict[str, Decimal]:
    """What our resting stops would sell beyond our positions: the operator's coins."""
    held = positions(case)
    more = {symbol: amount - held.get(symbol, ZERO) for symbol, amount in covered(case).items()}
    return {symbol: amount for symbol, amount in more.items() if amount > ZERO}


def touched(case: Case) -> list[str]:
    """The operator's own orders that do not rest as they did."""
    there = case.truth.orders
    return [f"{id} of the operator's is gone" for id in case.foreign if id not in there or not there[id].is_resting]


def left_over(case: Case) -> list[str]:
    """After a flatten: what is still held beyond dust, or rests."""
    held = [
        f"{amount} {symbol} is still held"
        for symbol, amount in positions(case).items()
        if amount >= case.instruments[symbol].order_min
    ]
    return held + [
        f"{row.id} ({row.type} {row.side} {row.amount} {row.symbol}) still rests"
        for row in case.truth.orders.values()
        if row.is_resting and case.meant(row) is not None
    ]


AT_ONCE = (strangers, doubled, oversold, taken_coins, touched, entered_twice)
"""Must hold at every moment."""
IN_TIME = (unbooked, misjudged, unsettled)
"""Must hold once the engine has caught up."""
