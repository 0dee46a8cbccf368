"""From wishes to commands: sizes and prices worked out at the market of this moment, and the card that says all of it.

The engine judges every order again when it is done; what stands on a card is what it would be now.
"""

from decimal import ROUND_HALF_EVEN, Decimal

from msgspec import Struct

from kraken_tui.agent.requests import ProposeBuy, ProposeSell
from kraken_tui.agent.tools.sources import Sources
from kraken_tui.model.command import Buy, Sell
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.numerals import PLAIN_NUMBER, plain_number
from kraken_tui.model.snapshot import PositionRow

HUNDRED = Decimal(100)
CENT = Decimal("0.01")


class Card(Struct, frozen=True, kw_only=True):
    """A command, and what would come of it."""

    command: Buy | Sell
    lines: tuple[str, ...]
    reference: str
    """The price now."""


class _Prices(Struct, frozen=True, kw_only=True):
    entry: Decimal
    worst: Decimal
    stop: Decimal | None
    target: Decimal | None
    limit: Decimal | None


def entry_card(request: ProposeBuy | ProposeSell, symbol: str, sources: Sources) -> Card:
    """The card of a long, or of a short behind its stop.

    Raises:
        UsageError: it can't be; says which value, and what would be right.
    """
    rules, is_buy = sources.rules(symbol), isinstance(request, ProposeBuy)
    prices = _prices(request, rules, sources, is_buy=is_buy)
    amount = _amount(request, rules, prices, sources)
    command = (Buy if is_buy else Sell)(
        symbol=symbol, amount=None if amount is None else f"{amount:f}", limit=_text(prices.limit),
        stop=_text(_level(request.stop, prices.entry, rules, -1 if is_buy else 1)), target=_text(prices.target),
    )  # fmt: skip
    return Card(
        command=command, lines=_entry_lines(command, prices, amount, rules, sources), reference=f"{prices.entry:f}"
    )


def sale_card(request: ProposeSell, symbol: str, held: PositionRow, sources: Sources) -> Card:
    """The card of selling of a long that is held, at market.

    Raises:
        UsageError: as above.
    """
    rules, quote = sources.rules(symbol), sources.quote(symbol)
    whole = Decimal(held.amount)
    amount = _amount_of_position(request, whole, quote.bid, rules, sources)
    if amount is not None and amount > whole:
        raise UsageError(f"{symbol}: {amount:f} is more than the {whole:f} {rules.base} that are held")
    sold = whole if amount is None else amount
    worst, fee = _slipped(quote.bid, -1, sources), sources.taker_fee() * sold * quote.bid / HUNDRED
    share = Decimal(held.net) * sold / whole
    lines = (
        f"{sources.roster().mode} {symbol} SELL {sold:f} {rules.base} of the long of {whole:f}, at market",
        f"worst price about {_on_tick(worst, rules):f}, for about {_money(sold * quote.bid)} {rules.quote}; "
        f"fee about {_money(fee)}",
        f"result about {_money(share)} {rules.quote} net, by the price of this moment",
    )
    command = Sell(symbol=symbol, amount=None if amount is None else f"{amount:f}")
    return Card(command=command, lines=lines, reference=f"{quote.bid:f}")


def _prices(request: ProposeBuy | ProposeSell, rules: Instrument, sources: Sources, *, is_buy: bool) -> _Prices:
    quote, sign = sources.quote(rules.symbol), 1 if is_buy else -1
    limit = None if request.limit is None else _on_tick(_number("limit", request.limit), rules)
    entry = limit or (quote.ask if is_buy else quote.bid)
    stop = _level(request.stop, entry, rules, -sign)
    if stop is None and is_buy:
        stop = sources.market.natural_stop(rules.symbol, limit)
    target = _level(request.target, entry, rules, sign)
    if stop is not None and (entry - stop) * sign <= 0:
        raise UsageError(f"{rules.symbol}: a stop at {stop:f} would fire at once: it must be behind {entry:f}")
    if target is not None and (target - entry) * sign <= 0:
        raise UsageError(
            f"{rules.symbol}: a target at {target:f} would be taken at once: it must be ahead of {entry:f}"
        )
    return _Prices(entry=entry, worst=limit or _slipped(entry, sign, sources), stop=stop, target=target, limit=limit)


def _amount(request: ProposeBuy | ProposeSell, rules: Instrument, prices: _Prices, sources: Sources) -> Decimal | None:
    """Coins, cut to the lot; None: as much as risk allows."""
    named = [name for name in ("amount", "quote", "percent", "share") if getattr(request, name, None) is not None]
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named)} are two sizes: give one")
    if not named:
        return None
    number = _number(named[0], str(getattr(request, named[0])))
    if named[0] == "share":
        raise UsageError(f"{rules.symbol}: no long is held that a share could be sold of")
    if named[0] == "percent":
        if number > HUNDRED:
            raise UsageError(f"{number} % of the equity is more than all of it")
        number = number * Decimal(sources.seen().account.equity) / HUNDRED
    amount = number if named[0] == "amount" else number / prices.entry
    cut = rules.amount_down(amount)
    least = max(rules.order_min, rules.cost_min / prices.entry)
    if cut < least:
        raise UsageError(
            f"{rules.symbol}: {cut:f} {rules.base} is too small: at least {_coins(least, rules)} {rules.base}"
        )
    return cut.normalize() if cut == cut.to_integral_value() and cut < 10**12 else cut


def _amount_of_position(
    request: ProposeSell, whole: Decimal, bid: Decimal, rules: Instrument, sources: Sources
) -> Decimal | None:
    """Coins of a long; None: all of it."""
    if request.limit is not None or request.target is not None:
        raise UsageError(f"{rules.symbol}: selling of a long is done at market, and takes no limit and no target")
    if request.share is None:
        prices = _Prices(entry=bid, worst=bid, stop=None, target=None, limit=None)
        return _amount(request, rules, prices, sources)
    share = _number("share", request.share)
    if share > HUNDRED:
        raise UsageError(f"{share} % of the position is more than all of it")
    return None if share == HUNDRED else rules.amount_down(whole * share / HUNDRED)


def _entry_lines(
    command: Buy | Sell, prices: _Prices, amount: Decimal | None, rules: Instrument, sources: Sources
) -> tuple[str, ...]:
    word = "BUY" if isinstance(command, Buy) else "SELL SHORT"
    how = (
        f"limit {prices.limit:f}"
        if prices.limit is not None
        else f"at market, worst about {_on_tick(prices.worst, rules):f}"
    )
    stop = "where the ATR puts it" if prices.stop is None else f"{prices.stop:f}"
    if command.stop is None and prices.stop is not None:
        stop = f"about {prices.stop:f}, where the ATR puts it"
    target = "none" if prices.target is None else f"{prices.target:f}"
    size = amount or _allowed(prices, rules, sources)
    said = "as much as risk allows" if amount is None else f"{amount:f} {rules.base}"
    if size is not None:
        about = f", about {_coins(size, rules)} {rules.base}" if amount is None else ""
        said += f"{about}, about {_money(size * prices.entry)} {rules.quote}"
    return (
        f"{sources.roster().mode} {rules.symbol} {word} {said}, {how}",
        f"stop {stop}; target {target}",
        *_risk_lines(size, prices, rules, sources),
    )


def _risk_lines(size: Decimal | None, prices: _Prices, rules: Instrument, sources: Sources) -> tuple[str, ...]:
    if size is None or prices.stop is None:
        return ("fee and risk are worked out when it is done",)
    fees = sources.taker_fee() / HUNDRED * size * (prices.worst + prices.stop)
    loss = abs(prices.worst - prices.stop) * size
    equity = Decimal(sources.seen().account.equity)
    share = f", {(loss + fees) / equity * HUNDRED:.2f} % of equity" if equity > 0 else ""
    return (
        f"fees about {_money(fees)} {rules.quote} both ways; at risk about {_money(loss + fees)} {rules.quote}{share}",
    )


def _allowed(prices: _Prices, rules: Instrument, sources: Sources) -> Decimal | None:
    """About what RISK_PER_TRADE allows; the gate may cut it."""
    if prices.stop is None or prices.stop == prices.entry:
        return None
    capital = sources.settings.capital(Decimal(sources.seen().account.equity))
    risk = capital * Decimal(str(sources.settings.risk_percent)) / HUNDRED
    return rules.amount_down(risk / abs(prices.entry - prices.stop))


def _level(text: str | None, entry: Decimal, rules: Instrument, sign: int) -> Decimal | None:
    """A price, or a distance from the entry: `2%`."""
    if text is None:
        return None
    if not text.endswith("%"):
        return _on_tick(_number("price", text), rules)
    distance = _number("distance", text[:-1])
    if distance >= HUNDRED:
        raise UsageError(f"{rules.symbol}: {text} from the entry is no price")
    return _on_tick(entry * (1 + sign * distance / HUNDRED), rules)


def _slipped(price: Decimal, sign: int, sources: Sources) -> Decimal:
    """The price after the slippage that an entry may be expected to have."""
    most = Decimal(str(sources.settings.MAX_SLIPPAGE or 0))
    return price * (1 + sign * most / HUNDRED)


def _on_tick(price: Decimal, rules: Instrument) -> Decimal:
    return rules.price_of(rules.ticks_of(price))


def _number(name: str, text: str) -> Decimal:
    number = plain_number(text)
    if number is None:
        raise UsageError(f"{name} {text[:40]!r} is not {PLAIN_NUMBER}")
    return number


def _money(amount: Decimal) -> str:
    return f"{amount.quantize(CENT, ROUND_HALF_EVEN):,f}"


def _coins(amount: Decimal, rules: Instrument) -> str:
    return f"{rules.amount_down(amount).normalize():f}"


def _text(price: Decimal | None) -> str | None:
    return None if price is None else f"{price:f}"
