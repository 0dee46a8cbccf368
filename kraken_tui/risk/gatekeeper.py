"""The gatekeeper: an ordered table of checks, each of which can block an entry with a sentence.

All of them are evaluated, always: what is recorded is the whole list. Only entries are asked about; an exit and
whatever protects a position goes through nothing of this.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal

from kraken_tui.clock import SECOND
from kraken_tui.model.evaluation import Check
from kraken_tui.model.market import FeedState
from kraken_tui.model.outcome import Declined
from kraken_tui.model.trading import OrderType, Side
from kraken_tui.risk import fees as costs
from kraken_tui.risk import filters, kill_switch
from kraken_tui.risk.question import Conditions, Question
from kraken_tui.risk.slippage import is_sound, slippage_percent, spread_percent

NOT_A_NUMBER = Decimal("NaN")
"""A cost that is not known."""


def judge(question: Question) -> tuple[Check, ...]:
    """Every check's word, in the order of the table."""
    return tuple(each(question) for each in CHECKS)


def reason(checks: Iterable[Check]) -> str:
    """The first check that blocks, with its sentence; empty where all pass."""
    return next((f"{check.name}: {check.text}" for check in checks if not check.ok), "")


def mode_armed(now: Conditions) -> Check:
    """Whether this mode sends entries at all."""
    if now.unarmed:
        return Check("mode", False, f"{now.mode} is not armed: {now.unarmed}")
    return Check("mode", not now.paused, "entries are paused" if now.paused else f"{now.mode} is armed")


def heat(now: Conditions, group: str) -> Check:
    """Whether there is a place, and exposure, left over everything and in the group."""
    if block := now.heat.block(group):
        return Check("heat", False, f"{block} is the limit")
    told = ", ".join(
        f"{row.name} {row.trades}/{row.most_trades} and {row.exposure:.0f} % of {row.most_exposure:.0f} %"
        for row in now.heat.of(group)
    )
    return Check("heat", True, told)


def owner(question: Question) -> Check:
    """Whether the symbol is free: it has one owner from entry to exit."""
    symbol, holder = question.symbol, question.holder
    if not holder:
        return Check("owner", True, f"{symbol} is nobody's")
    if holder == question.owner:
        return Check("owner", False, f"{symbol} is entered already")
    return Check("owner", False, f"{symbol} belongs to {holder} until it is closed")


def regime(question: Question) -> Check:
    """Whether the regime is one to enter in."""
    named, wanted = question.regime or "not known", ", ".join(question.regimes)
    if not wanted:
        return Check("regime", True, f"the regime is {named}; none is asked for")
    fits = question.regime in question.regimes
    return Check("regime", fits, f"the regime is {named}; {wanted} is asked for")


def feed(now: Conditions) -> Check:
    """Whether the prices are of now."""
    if now.feed is not FeedState.LIVE:
        return Check("staleness", False, f"the feed is {now.feed.name}")
    fresh = abs(now.feed_age_s) <= now.most_feed_age_s
    return Check(
        "staleness", fresh, f"the feed spoke {abs(now.feed_age_s):.1f} s ago, {now.most_feed_age_s:g} s may pass"
    )


def staleness(question: Question) -> Check:
    """Whether the prices, and the signal that it rests on, are of now."""
    prices = feed(question.conditions)
    if not prices.ok or question.signal_ns is None:
        return prices
    age_s, most_s = (question.conditions.now_ns - question.signal_ns) / SECOND, question.most_signal_age_s
    text = f"{prices.text}; the signal is {age_s:.0f} s old, {most_s:g} s may pass"
    return Check("staleness", 0 <= age_s <= most_s, text)


def minimum_size(question: Question) -> Check:
    """Whether there is a size that the exchange takes."""
    size, rules = question.size, question.instrument
    if isinstance(size, Declined):
        return Check("size", False, size.reason)
    text = f"{size.amount:f} {rules.base}, at least {rules.order_min:f} in lots of {rules.lot:f} is asked for"
    if size.amount < rules.order_min or size.amount % rules.lot != 0:
        return Check("size", False, text)
    if (price := size.price or _best(question)) is None or size.amount * price >= rules.cost_min:
        return Check("size", True, text)
    cost = f"{size.amount * price:.2f} {rules.quote}"
    return Check("size", False, f"{cost} is below the smallest cost, {rules.cost_min:f}")


def slippage(question: Question) -> Check:
    """Whether the book is believed to take the amount near its best price."""
    estimate, most = _slippage(question), question.conditions.most_slippage
    if question.maker:
        return Check("slippage", True, "the entry waits at its price")
    if estimate.is_nan():
        return Check("slippage", False, "there is too little in the book for it, or no sound quote")
    if most is None:
        return Check("slippage", True, f"slippage of {estimate:.3f} % is expected")
    return Check("slippage", estimate <= most, f"slippage of {estimate:.3f} % is expected, {most:.3f} % may be")


def fees(question: Question) -> Check:
    """Whether the move that is counted on pays for the round trip."""
    now, quote, size = question.conditions, question.ticker.quote, question.size
    spread = spread_percent(quote) if quote is not None and is_sound(quote) else NOT_A_NUMBER
    on_margin = not isinstance(size, Declined) and size.leverage > 1
    trip = costs.costs_of(
        now.fees, question.side, spread, _slippage(question), maker_in=question.maker, margin=on_margin
    )
    return costs.pays(question.expected, trip, decide=now.fees_decide)


def exchange_status(question: Question) -> Check:
    """Whether Kraken takes such an order in this pair now, and the request budget has room for it."""
    limit = not isinstance(question.size, Declined) and question.size.type is OrderType.LIMIT
    for place, status in (("the exchange", question.conditions.exchange), ("the pair", question.instrument.status)):
        taken = status == "online" or (status == "limit_only" and limit) or (status == "post_only" and question.maker)
        if not taken:
            return Check("exchange", False, f"{place} is {status or 'not heard of'}")
    return Check("exchange", not question.budget, question.budget or "the exchange and the pair are online")


def unknown_orders(question: Question) -> Check:
    """Whether every outcome in this symbol is known."""
    return Check("unknown orders", not question.unknown, question.unknown or "every outcome is known")


def cooldown(question: Question) -> Check:
    """Whether the symbol has cooled down after a loss."""
    left_ns = question.cooldown_until_ns - question.conditions.now_ns
    if left_ns > 0:
        return Check("cooldown", False, f"{question.symbol} cools down for another {-(-left_ns // SECOND)} s")
    return Check("cooldown", True, f"{question.symbol} is not cooling down")


def _best(question: Question) -> Decimal | None:
    """What a taker would pay or get; None where there is no sound quote."""
    quote = question.ticker.quote
    if quote is None or not is_sound(quote):
        return None
    return quote.ask if question.side is Side.BUY else quote.bid


def _slippage(question: Question) -> Decimal:
    """Percent that one taking side is believed to lose; NaN where nobody can tell."""
    quote, size, smallest = question.ticker.quote, question.size, question.instrument.order_min
    if quote is None or not is_sound(quote):
        return NOT_A_NUMBER
    amount = smallest if isinstance(size, Declined) else size.amount
    # An entry that waits takes nothing; only its exit does, on the other side.
    taker = question.side.opposite if question.maker else question.side
    estimate = slippage_percent(amount, quote, taker, question.conditions.book)
    return NOT_A_NUMBER if estimate is None else estimate


CHECKS: tuple[Callable[[Question], Check], ...] = (
    lambda question: mode_armed(question.conditions),
    lambda question: kill_switch.check(question.conditions.kill),
    lambda question: question.limits,
    lambda question: heat(question.conditions, question.group),
    lambda question: question.conditions.active_risk.check,
    owner,
    regime,
    lambda question: filters.listed(question.symbol, question.filters),
    lambda question: filters.volume(question.ticker, question.filters),
    lambda question: filters.age(question.ticker, question.filters),
    lambda question: filters.spread(question.ticker, question.filters),
    staleness,
    minimum_size,
    slippage,
    fees,
    exchange_status,
    unknown_orders,
    cooldown,
)
"""In the order in which the first block is told."""
