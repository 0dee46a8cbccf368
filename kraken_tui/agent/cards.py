"""The card of a proposal: what exactly would be done, at what worst price, and what it would cost and risk. Pure."""

from decimal import ROUND_CEILING, Decimal

from msgspec import Struct

from kraken_tui.model.command import Buy, Command, Sell
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.trading import OrderRequest, OrderType, Position, Side
from kraken_tui.risk.fees import Fees

HUNDRED = Decimal(100)
CENT = Decimal("0.01")


class Card(Struct, frozen=True, kw_only=True):
    """A command as it would be done now."""

    command: Command
    """With size and stop as risk and the scanner set them now, so that nothing of it is open."""
    lines: tuple[str, ...]
    reference: str = ""
    """Price that it is judged at; empty where it has none."""
    notional: Decimal | None = None
    """At the worst price; quote units."""
    risk: Decimal | None = None
    """Lost where the stop is hit, fees included; quote units."""


class Terms(Struct, frozen=True, kw_only=True):
    """On which terms an order would be sent."""

    mode: str
    instrument: Instrument
    fees: Fees
    drift: Decimal
    """How far the price may go before the proposal is void; a share of it."""

    def worst(self, price: Decimal, side: Side) -> Decimal:
        """The worst price, on the tick, at which an order at market is still sent."""
        moved = price * (1 + self.drift * side.sign)
        rules = self.instrument
        return rules.price_of(rules.ticks_above(moved) if side is Side.BUY else rules.ticks_below(moved))


class EntryRisk(Struct, frozen=True, kw_only=True):
    """What an entry costs and risks at worst; quote units, rounded up to the cent."""

    worst: Decimal
    notional: Decimal
    fee: Decimal
    """Of the entry, and of the exit by its stop."""
    risk: Decimal


def entry_risk(request: OrderRequest, price: Decimal, terms: Terms) -> EntryRisk:
    """What an entry costs and risks at worst.

    Args:
        request: as risk lets it pass, with its stop.
        price: that a taker would pay or get now.
        terms: of the order.
    """
    assert request.stop_price is not None
    limit = request.price if request.type is OrderType.LIMIT else None
    worst = terms.worst(price, request.side) if limit is None else limit
    notional = (worst if request.side is Side.BUY else max(worst, price)) * request.amount
    paid_in = terms.fees.taker + (terms.fees.opening if request.leverage > 1 else Decimal(0))
    fees = (notional * paid_in + request.stop_price * request.amount * terms.fees.taker) / HUNDRED
    lost = max((worst - request.stop_price) * request.side.sign * request.amount, Decimal(0))
    return EntryRisk(worst=worst, notional=_up(notional), fee=_up(fees), risk=_up(lost + fees))


def entry_card(
    command: Buy | Sell, request: OrderRequest, price: Decimal, target: Decimal | None, terms: Terms
) -> Card:  # fmt: skip
    """The card of an entry, and the command pinned to its size and stop."""
    at, base, quote = entry_risk(request, price, terms), terms.instrument.base, terms.instrument.quote
    word = "buy" if request.side is Side.BUY else "sell short"
    rests = request.type is OrderType.LIMIT
    how = f"rests at {at.worst}, now {price}" if rests else f"at market, now {price}, at worst {at.worst}"
    leverage = f", leverage {request.leverage}" if request.leverage > 1 else ""
    lines = (
        f"{terms.mode}: {word} {_short(request.amount)} {base} ({command.symbol}), {how}{leverage}",
        f"stop {request.stop_price}, {f'target {target}' if target is not None else 'no target'}",
        f"costs {at.notional} {quote}; risks {at.risk} {quote} at the stop, of which fees {at.fee} {quote}",
    )
    pinned = type(command)(
        symbol=command.symbol, amount=f"{request.amount:f}", limit=command.limit, stop=f"{request.stop_price:f}",
        target=command.target,
    )  # fmt: skip
    return Card(command=pinned, lines=lines, notional=at.notional, risk=at.risk)


def exit_card(command: Command, position: Position, keep: Decimal, price: Decimal, terms: Terms) -> Card:
    """The card of a close, or of a sale of a part; `price` is what a taker would get or pay now."""
    amount, side, rules = position.amount - keep, position.side.opposite, terms.instrument
    worst = terms.worst(price, side)
    what = "long" if position.side is Side.BUY else "short"
    part = f"{_short(amount)} of {_short(position.amount)}" if keep else f"all, {_short(amount)}"
    gross, fee = (
        (worst - position.entry_price) * position.side.sign * amount,
        worst * amount * terms.fees.taker / HUNDRED,
    )
    lines = (
        f"{terms.mode}: {side} of the {what} in {rules.symbol} {part} {rules.base}, at market, now {price}, at worst "
        f"{worst}",
        f"worth {worst * amount:.2f} {rules.quote}, fee {_up(fee)} {rules.quote}, "
        f"gross {gross:.2f} {rules.quote} on an entry at {position.entry_price:.{rules.price_decimals}f}",
    )
    return Card(command=command, lines=lines, notional=_up(worst * amount))


def stop_card(command: Command, position: Position, price: Decimal, stop: Decimal, terms: Terms) -> Card:
    """The card of a moved stop: what would be lost at it, from the price of now."""
    rules, now = terms.instrument, "none" if position.stop_price is None else f"{position.stop_price}"
    lost = max((price - stop) * position.side.sign * position.amount, Decimal(0))
    risk = _up(lost + stop * position.amount * terms.fees.taker / HUNDRED)
    lines = (
        f"{terms.mode}: move the stop of {_short(position.amount)} {rules.base} ({rules.symbol}) from {now} to {stop}",
        f"the price is {price}; at that stop it is {risk} {rules.quote} less than now, fee included",
    )
    return Card(command=command, lines=lines, risk=risk)


def target_card(command: Command, position: Position, target: Decimal | None, mode: str) -> Card:
    """The card of a target."""
    where = "take the target away" if target is None else f"move the target to {target}"
    return Card(command=command, lines=(f"{mode}: {position.symbol}: {where}; {_short(position.amount)} is held",))


def plain_card(command: Command, what: str, mode: str) -> Card:
    """The card of a command that has no size of its own."""
    return Card(command=command, lines=(f"{mode}: {what}",))


def _short(amount: Decimal) -> str:
    """Without zeros at its end."""
    return f"{amount.normalize():f}"


def _up(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_CEILING)
