"""Battle Stations: the few things that matter now, most urgent first, and never nothing."""

from collections.abc import Iterable, Sequence

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.engine.pilot import Asked
from kraken_tui.model.advice import reason_text
from kraken_tui.model.intent import Enter, Exit, Intent
from kraken_tui.model.scan import Reason, Regime
from kraken_tui.model.snapshot import Headline, PositionRow
from kraken_tui.model.trading import Side

MOST = 6
MOST_ASKED = 2
"""Lines for what the autopilot asks: the rest of them is counted in the head."""


def headlines(
    *,
    alerts: Sequence[str],
    asked: Sequence[Headline] = (),
    acting: Iterable[Intent],
    positions: Sequence[PositionRow],
    arming: Sequence[Headline],
    feed_note: str,
    paused: bool,
    regime: Regime | None,
    tickers: int,
) -> tuple[Headline, ...]:
    """The lines to show.

    Args:
        alerts: what stays wrong until mended.
        asked: entries that wait for the operator, as `ask_line` makes them.
        acting: what the last scan wanted done.
        positions: what is open.
        arming: tickers over their threshold, closest to an entry first.
        feed_note: why the feed is not live; empty when it is.
        paused: whether entries are paused.
        regime: None while the window fills.
        tickers: how many are scanned.
    """
    lines = [Headline(word="ALERT", symbol="", price="", stop="", why=alert) for alert in alerts]
    if feed_note:
        lines.append(Headline(word="STALE", symbol="", price="", stop="", why=f"{feed_note}; no entries"))
    lines += asked[:MOST_ASKED]
    lines += [line for intent in acting if (line := _acting(intent)) is not None]
    lines += [_holding(row) for row in sorted(positions, key=lambda row: row.protected)]
    lines += arming
    if len(lines) < MOST:
        lines.append(_idle(paused, regime, tickers))
    return tuple(lines[:MOST])


def newest_first(asked: Iterable[Asked]) -> list[Asked]:
    """Entries that the autopilot asks about; those that were asked at once stand by symbol."""
    return sorted(asked, key=lambda row: (-row.until_ns, row.intent.symbol))


def ask_line(asked: Asked, now_ns: int) -> Headline:
    """An entry that waits for the operator's yes, and how long it still does."""
    intent = asked.intent
    word = "buy" if intent.side is Side.BUY else "sell"
    why = f"{word}? {_left(asked.until_ns - now_ns)} left: {intent.reason}"
    return Headline(
        word="ASK", symbol=intent.symbol, price=f"{intent.limit_price or intent.price:f}",
        stop=f"{intent.stop_price:f}", why=why,
    )  # fmt: skip


def ask_text(asked: Asked, now_ns: int) -> str:
    """The same in one line that begins with the symbol."""
    line = ask_line(asked, now_ns)
    return f"{line.symbol} at {line.price}, stop {line.stop}: {line.why}"


def _left(ns: int) -> str:
    return f"{ns // MINUTE} min" if ns >= 2 * MINUTE else f"{max(0, ns) // SECOND} s"


def _acting(intent: Intent) -> Headline | None:
    match intent:
        case Enter(symbol=symbol, side=side, price=price, stop_price=stop, reason=why):
            word = "BUY" if side is Side.BUY else "SELL"
            return Headline(word=word, symbol=symbol, price=f"{price:f}", stop=f"{stop:f}", why=_words(why))
        case Exit(symbol=symbol, reason=why):
            return Headline(word="EXIT", symbol=symbol, price="", stop="", why=_words(why))
        case _:
            return None


def _words(reason: str) -> str:
    return reason_text(Reason[reason]) if reason in Reason.__members__ else reason


def _holding(row: PositionRow) -> Headline:
    word = "HOLD" if row.protected else "ALERT"
    guard = "" if row.protected else "NO STOP covers all of it; "
    why = f"{guard}{row.side} {row.amount} from {row.entry}, net {row.net} USD ({row.net_percent:+.2f} %)"
    return Headline(word=word, symbol=row.symbol, price=row.mark, stop=row.stop, why=why)


def _idle(paused: bool, regime: Regime | None, tickers: int) -> Headline:
    if paused:
        return Headline(
            word="PAUSED", symbol="", price="", stop="", why="entries are paused; what is open stays managed"
        )
    if regime is None:
        why = f"{tickers} tickers; learning the market's regime"
        return Headline(word="WARMING", symbol="", price="", stop="", why=why)
    if regime is Regime.TRENDING:
        why = f"{tickers} tickers; TRENDING: entries are possible"
    else:
        why = f"{tickers} tickers; {regime.name}: no entries until the market trends"
    return Headline(word="SCANNING", symbol="", price="", stop="", why=why)
