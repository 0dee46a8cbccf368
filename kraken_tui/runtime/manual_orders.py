"""From a command to an intent: what a person asks for, held against the pair's rules and the market of this moment.

Pure. Every refusal names the value and what would be right. How much of it risk allows is the desk's to say.
"""

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal

from msgspec import Struct

from kraken_tui.model.command import Buy, Sell, SetStop, SetTarget
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.intent import OPERATOR, Enter, Exit, MoveStop, MoveTarget
from kraken_tui.model.market import Quote
from kraken_tui.model.numerals import PLAIN_NUMBER, plain_number
from kraken_tui.model.trading import Position, Side

NaturalStop = Callable[[Decimal | None], Decimal | None]
"""Where the scanner would put the stop of a long at a limit, or at market; None where it can't tell."""


class Standing(Struct, frozen=True, kw_only=True):
    """Where a ticker stands when a command comes in."""

    instrument: Instrument
    quote: Quote | None
    position: Position | None
    margin: bool
    """Whether the account may open positions on margin."""

    @property
    def symbol(self) -> str:
        """The ticker."""
        return self.instrument.symbol

    def sound_quote(self) -> Quote:
        """The quote now.

        Raises:
            UsageError: there is none, so no price can be judged.
        """
        if self.quote is None:
            raise UsageError(f"{self.symbol}: no sound price now, so nothing was sent; try again")
        return self.quote

    def held(self) -> Position:
        """The open position.

        Raises:
            UsageError: there is none.
        """
        if self.position is None:
            raise UsageError(f"{self.symbol}: no open position")
        return self.position


def entry_of(command: Buy | Sell, at: Standing, natural_stop: NaturalStop, author: str) -> Enter:
    """The entry that a command means: a long for Buy, a short for Sell, which must name its stop.

    Raises:
        UsageError: it can't be; says which value, and what would be right.
    """
    side = Side.BUY if isinstance(command, Buy) else Side.SELL
    if side is Side.SELL and (why := _no_short(command, at)):
        raise UsageError(f"{at.symbol}: nothing that was bought here is held, and {why}")
    quote = at.sound_quote()
    price = quote.ask if side is Side.BUY else quote.bid
    limit = _limit(command.limit, side, price, at.instrument) if command.limit is not None else None
    if command.stop is not None:
        stop = _price("stop", command.stop, at.instrument)
    else:
        found = natural_stop(limit)
        if found is None:
            raise UsageError(f"{at.symbol}: its ATR gives no stop now, so it needs one of yours: stop PRICE")
        stop = found
    _behind("stop", stop, limit or (quote.bid if side is Side.BUY else quote.ask), side, at.symbol)
    target = _price("target", command.target, at.instrument) if command.target is not None else None
    if target is not None:
        _ahead("target", target, limit or price, side, at.symbol)
    return Enter(
        symbol=at.symbol,
        side=side,
        price=price,
        stop_price=stop,
        reason=f"{side} by {author}",
        owner=OPERATOR,
        target_price=target,
        limit_price=limit,
        amount=None if command.amount is None else _amount(command.amount, limit or price, at.instrument),
    )


def exit_of(command: Sell, at: Standing, author: str) -> Exit:
    """The exit that a command means: all of a long, or `amount` of it.

    Raises:
        UsageError: it can't be; says which value, and what would be right.
    """
    position = at.held()
    if command.limit is not None or command.stop is not None or command.target is not None:
        raise UsageError(
            f"{at.symbol}: {holding(position)}; sell closes of it at market and takes no at, stop or target. "
            "The stop and the target of a position move by themselves: stop SYMBOL PRICE, target SYMBOL PRICE"
        )
    keep = Decimal(0) if command.amount is None else _kept(command.amount, position, at)
    return Exit(symbol=at.symbol, keep=keep, reason=f"sell by {author}", owner=OPERATOR)


def stop_move_of(command: SetStop, at: Standing, author: str) -> MoveStop:
    """The move that a command means.

    Raises:
        UsageError: nothing is held, or the stop can't rest there.
    """
    position, quote = at.held(), at.sound_quote()
    price = _price("stop", command.price, at.instrument)
    _behind("stop", price, quote.bid if position.side is Side.BUY else quote.ask, position.side, at.symbol)
    return MoveStop(symbol=at.symbol, stop_price=price, reason=f"stop by {author}", owner=OPERATOR)


def target_move_of(command: SetTarget, at: Standing, author: str) -> MoveTarget:
    """The move that a command means.

    Raises:
        UsageError: nothing is held, or the target can't rest there.
    """
    position = at.held()
    price = None
    if command.price is not None:
        quote = at.sound_quote()
        price = _price("target", command.price, at.instrument)
        _ahead("target", price, quote.ask if position.side is Side.BUY else quote.bid, position.side, at.symbol)
    return MoveTarget(symbol=at.symbol, target_price=price, reason=f"target by {author}", owner=OPERATOR)


def _price(name: str, text: str, instrument: Instrument) -> Decimal:
    price = _number(name, text, instrument)
    if not instrument.is_on_tick(price):
        below, above = (instrument.price_of(ticks(price)) for ticks in (instrument.ticks_below, instrument.ticks_above))
        right = f"{below} or {above}" if below else f"{above}"
        raise UsageError(f"{instrument.symbol}: {name} {text} is not a multiple of the tick {instrument.tick}: {right}")
    return price.quantize(Decimal(1).scaleb(-instrument.price_decimals))


def _limit(text: str, side: Side, price: Decimal, instrument: Instrument) -> Decimal:
    limit = _price("at", text, instrument)
    if (price - limit) * side.sign <= 0:
        where = f"below the ask {price}" if side is Side.BUY else f"above the bid {price}"
        raise UsageError(f"{instrument.symbol}: a {side} at {text} rests only {where}; without at it trades at market")
    return limit


def _behind(name: str, price: Decimal, market: Decimal, side: Side, symbol: str) -> None:
    """Refuse a stop that would fire at once."""
    if (market - price) * side.sign <= 0:
        where = "below" if side is Side.BUY else "above"
        raise UsageError(f"{symbol}: {name} {price} would fire at once: it must be {where} {market}")


def _ahead(name: str, price: Decimal, market: Decimal, side: Side, symbol: str) -> None:
    """Refuse a target that would be taken at once."""
    if (price - market) * side.sign <= 0:
        where = "above" if side is Side.BUY else "below"
        raise UsageError(f"{symbol}: {name} {price} would be taken at once: it must be {where} {market}")


def _amount(text: str, price: Decimal, instrument: Instrument) -> Decimal:
    """An amount that could be an order at `price`."""
    amount = _number("amount", text, instrument)
    cut, base = instrument.amount_down(amount), instrument.base
    if amount < (least := smallest(instrument, price)):
        raise UsageError(f"{instrument.symbol}: {text} {base} is too small: at least {least:f} {base} at {price}")
    if cut != amount:
        raise UsageError(f"{instrument.symbol}: amount {text} is finer than the lot {instrument.lot:f}: {cut:f}")
    return amount


def _kept(text: str, position: Position, at: Standing) -> Decimal:
    """What stays of a long; both parts must be large enough to be orders."""
    price = at.sound_quote().bid
    amount = _amount(text, price, at.instrument)
    keep, least = position.amount - amount, smallest(at.instrument, price)
    if keep < 0:
        raise UsageError(f"{at.symbol}: {text} is more than what is open: {holding(position)}")
    if 0 < keep < least:
        most = at.instrument.amount_down(position.amount - least)
        less = f"sell at most {most:f}, or all" if most >= least else "sell all"
        raise UsageError(f"{at.symbol}: {keep:f} would stay, too little for a stop (at least {least:f}): {less}")
    return keep


def smallest(instrument: Instrument, price: Decimal) -> Decimal:
    """The smallest amount that Kraken takes at `price`: `ordermin`, and enough for `costmin`; base units."""
    by_cost = (instrument.cost_min / price).quantize(instrument.lot, ROUND_CEILING)
    return max(instrument.order_min, by_cost)


def _number(name: str, text: str, instrument: Instrument) -> Decimal:
    number = plain_number(text)
    if number is None:
        raise UsageError(f"{instrument.symbol}: {name} {text[:40]!r} is not {PLAIN_NUMBER}")
    return number


def holding(position: Position) -> str:
    """What is held, in words."""
    return f"a {'long' if position.side is Side.BUY else 'short'} of {position.amount:f} is held"


def _no_short(command: Buy | Sell, at: Standing) -> str:
    """Why there is no short to be opened; empty where there is one."""
    if not at.margin:
        return "a short needs a margin account; coins that were there before are yours and are never sold from here"
    if not at.instrument.leverage_sell:
        return "Kraken offers no short of this pair"
    return "" if command.stop is not None else "a short names its stop: sell SYMBOL AMOUNT stop PRICE"
