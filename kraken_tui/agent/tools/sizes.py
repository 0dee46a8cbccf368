"""From wishes to commands: sizes in money, percent and shares, and distances, worked out at the price of this moment.

How much of it risk allows is the gate's to say, when its card is made and again when it is done.
"""

from decimal import Decimal

from kraken_tui.agent.requests import ProposeBuy, ProposeSell
from kraken_tui.agent.tools.sources import Sources
from kraken_tui.model.command import Buy, Sell
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.numerals import PLAIN_NUMBER, plain_number
from kraken_tui.model.snapshot import PositionRow

HUNDRED = Decimal(100)


def entry_command(request: ProposeBuy | ProposeSell, symbol: str, sources: Sources) -> Buy | Sell:
    """A long, or a short behind its stop.

    Raises:
        UsageError: it can't be; says which value, and what would be right.
    """
    rules, quote = sources.rules(symbol), sources.quote(symbol)
    kind, sign = (Buy, 1) if isinstance(request, ProposeBuy) else (Sell, -1)
    entry = quote.ask if sign > 0 else quote.bid
    if request.limit is not None:
        entry = _number("limit", request.limit)
    amount = _amount(request, rules, entry, sources)
    return kind(
        symbol=symbol, amount=_text(amount), limit=request.limit, stop=_level(request.stop, entry, rules, -sign),
        target=_level(request.target, entry, rules, sign),
    )  # fmt: skip


def sale_command(request: ProposeSell, symbol: str, held: PositionRow, sources: Sources) -> Sell:
    """Selling of a long that is held, at market.

    Raises:
        UsageError: as above.
    """
    if request.stop is not None:
        raise UsageError(f"{symbol}: a long is held, so there is no short; a sale at market takes no stop")
    if request.limit is not None or request.target is not None:
        raise UsageError(f"{symbol}: selling of a long is done at market, and takes no limit and no target")
    rules, whole = sources.rules(symbol), Decimal(held.amount)
    if request.share is None:
        return Sell(symbol=symbol, amount=_text(_amount(request, rules, sources.quote(symbol).bid, sources)))
    share = _number("share", request.share)
    if share > HUNDRED:
        raise UsageError(f"{symbol}: {share} % of the position is more than all of it")
    return Sell(symbol=symbol, amount=None if share == HUNDRED else _text(rules.amount_down(whole * share / HUNDRED)))


def _amount(request: ProposeBuy | ProposeSell, rules: Instrument, price: Decimal, sources: Sources) -> Decimal | None:
    """Coins; of money and percent cut to the lot. None: as much as risk allows."""
    named = [name for name in ("amount", "quote", "percent", "share") if getattr(request, name, None) is not None]
    if len(named) > 1:
        raise UsageError(f"{rules.symbol}: {' and '.join(named)} are two sizes; give one")
    if not named:
        return None
    number = _number(named[0], str(getattr(request, named[0])))
    match named[0]:
        case "amount":
            return number
        case "share":
            raise UsageError(f"{rules.symbol}: no long is held that a share could be sold of")
        case "percent":
            if number > HUNDRED:
                raise UsageError(f"{rules.symbol}: {number} % of the equity is more than all of it")
            number = number * Decimal(sources.seen().account.equity) / HUNDRED
    cut = rules.amount_down(number / price)
    if cut < (least := max(rules.order_min, rules.cost_min / price)):
        money = f"{least * price:.2f} {rules.quote}"
        raise UsageError(f"{rules.symbol}: {number:.2f} {rules.quote} is too little: at least {money} at {price:f}")
    return cut


def _level(text: str | None, entry: Decimal, rules: Instrument, sign: int) -> str | None:
    """A price as it was said; of a distance, such as `2%`, the price on the tick."""
    if text is None or not text.endswith("%"):
        return text
    distance = _number("distance", text[:-1])
    if distance >= HUNDRED:
        raise UsageError(f"{rules.symbol}: {text} from the entry is no price")
    return _text(rules.price_of(rules.ticks_of(entry * (1 + sign * distance / HUNDRED))))


def _number(name: str, text: str) -> Decimal:
    number = plain_number(text)
    if number is None:
        raise UsageError(f"{name} {text[:40]!r} is not {PLAIN_NUMBER}")
    return number


def _text(number: Decimal | None) -> str | None:
    """Exact, in digits, without zeros that say nothing."""
    if number is None:
        return None
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
