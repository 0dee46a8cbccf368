"""Pages as an engine tells them, the same for the same number of scans."""

import math

from kraken_tui.clock import SECOND, SEEDED_START_NS
from kraken_tui.model.page import PAGES, Bars, Candlesticks, Column, Curve, Level, Look, Mark, Page, Table

SPAN_NS = 300 * SECOND
TRADES = tuple(
    (symbol, side, f"{entry}", f"{entry * (1 + move / 100):.2f}", f"{move * 10:.2f}", f"{move:+.2f}%", why)
    for symbol, side, entry, move, why in (
        ("SOL/USD", "LONG", 183.91, 1.24, "target"),
        ("BTC/USD", "LONG", 96_100.0, -0.71, "stop hit"),
        ("ETH/USD", "SHORT", 3_390.0, 0.32, "fade"),
        ("DOGE/USD", "LONG", 0.18, -1.02, "stop hit"),
        ("XRP/USD", "LONG", 2.25, 2.4, "target"),
    )
)


def fake_page(look: Look, tick: int, settings: dict[str, str]) -> Page:
    if look.page == "symbol":
        return _symbol(look.about, tick)
    if look.page == "performance":
        return _performance()
    if look.page == "settings":
        return _settings(look.about, tick, settings)
    if look.about:
        return Page(name=look.page, title="", time_ns=SEEDED_START_NS, lines=(f"more of {look.about}", "checked twice"))
    names = ("symbol", "side", "entry", "exit", "net", "move", "reason")
    kinds = ("text", "text", "number", "number", "money", "percent", "text")
    table = Table(
        name="Closed trades", columns=tuple(map(Column, names, kinds)), rows=TRADES, total=len(TRADES),
        keys=tuple(f"T{place}" for place in range(len(TRADES))),
    )  # fmt: skip
    return Page(
        name=look.page, title=PAGES[look.page], time_ns=SEEDED_START_NS + 2 * SECOND * tick,
        lines=("5 trades, 3 won, net +22.30 USD",), tables=(table,), notes=("Net of all fees.",),
    )  # fmt: skip


def _symbol(symbol: str, tick: int) -> Page:
    close = [100 + 6 * math.sin(place / 9) + place / 20 for place in range(90)]
    opened = [close[0], *close[:-1]]
    candles = Candlesticks(
        name=f"{symbol}, five minutes", open_ns=tuple(SEEDED_START_NS + place * SPAN_NS for place in range(90)),
        span_ns=SPAN_NS, open=tuple(opened), close=tuple(close),
        high=tuple(max(pair) + 0.6 for pair in zip(opened, close, strict=True)),
        low=tuple(min(pair) - 0.6 for pair in zip(opened, close, strict=True)),
        volume=tuple(10 + 8 * math.cos(place / 5) for place in range(90)),
        levels=(Level("entry", 103.2), Level("stop", 99.1)),
        marks=(Mark(SEEDED_START_NS + 70 * SPAN_NS, 103.2, "entry", "buy"),),
    )  # fmt: skip
    votes = Table(
        name="Votes", columns=(Column("vote"), Column("value", "number"), Column("says")),
        rows=(("rsi", "61.20", "RSI is 61, 30 is an extreme"), ("gap", "0.42", "fast mean is 0.42 % over the slow")),
        total=2,
    )  # fmt: skip
    return Page(
        name="symbol", title=f"Symbol · {symbol}", time_ns=SEEDED_START_NS + 2 * SECOND * tick,
        lines=(f"{symbol} HOLD: LONG 12.5 at 103.20, stop 99.10",), candles=(candles,), tables=(votes,),
    )  # fmt: skip


def _performance() -> Page:
    values = [math.sin(place / 7) * 30 + place for place in range(120)]
    curve = Curve(
        name="Net result, summed", unit="USD", values=tuple(values),
        time_ns=tuple(SEEDED_START_NS + place * 3_600 * SECOND for place in range(120)),
    )  # fmt: skip
    bars = Bars(name="By symbol", unit="USD", names=("SOL/USD", "BTC/USD", "DOGE/USD"), values=(80.5, -12.25, 3.0),
                notes=("41 trades", "12 trades", "3 trades *"))  # fmt: skip
    return Page(
        name="performance", title="Performance", time_ns=SEEDED_START_NS, lines=("expectancy +0.42 USD a trade",),
        curves=(curve,), bars=(bars,), notes=("* fewer than 30 trades say next to nothing.",),
    )  # fmt: skip


def _settings(about: str, tick: int, written: dict[str, str]) -> Page:
    time_ns = SEEDED_START_NS + 2 * SECOND * tick
    if about:
        name, _, value = about.partition("=")
        if not value.replace(".", "").isdigit():
            raise ConnectionError(f'{name} is "{value}"; it should be a number')
        lines = (f"{name}  {written[name]} → {value}", "Equity risked by one trade, in percent.",
                 f"This engine goes on with 1.0; {value} holds from the next start on.")  # fmt: skip
        return Page(name="settings", title=name, time_ns=time_ns, lines=lines)
    rows = (
        ("RISK_PER_TRADE", "1.0", written["RISK_PER_TRADE"].replace("1.0", ""), "1.0", "> 0, ≤ 100",
         "Equity risked by one trade, in percent."),
        ("PAPER_BALANCE", "10000", "", "10000", "> 0", "What a paper account begins with."),
    )  # fmt: skip
    names = ("key", "value", "next start", "default", "allowed", "meaning")
    table = Table(name="config.json", columns=tuple(map(Column, names)), rows=rows, total=2,
                  keys=tuple(row[0] for row in rows))  # fmt: skip
    return Page(name="settings", title="Settings", time_ns=time_ns, lines=("2 keys",), tables=(table,))
