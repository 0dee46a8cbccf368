"""Candles as a table of text, a strategy that follows a script, and the backtest's own engine over both."""

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from kraken_tui.cli.recording import run_recording, sides_of
from kraken_tui.clock import SECOND
from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.engine.engine import Parts
from kraken_tui.market.recorded_feed import RecordedFeed
from kraken_tui.market.recorded_part import Part
from kraken_tui.model.intent import Enter
from kraken_tui.model.trading import Trade
from kraken_tui.runtime.options import RunSummary
from kraken_tui.strategy.own_files import trust
from tests.replay.oracle import run_engine_over

START_S = 1_700_000_100
"""2023-11-14 22:15 UTC: the first row of a table."""
CALM = """
100.00 100.50  99.50 100.10 10
100.10 100.60  99.60 100.00 10
100.00 100.50  99.50 100.10 10
100.10 100.60  99.60 100.00 10
"""
"""Candles 0 to 3, before the case begins: an ATR of exactly 1.00, and enough of them for every indicator."""

SHORTEST = {
    "STRATEGIES": ["scripted"], "MIN_AGE": 1, "MIN_DAY_VOLUME": 0, "MAX_SPREAD": 5, "HYSTERESIS": 1, "RSI_PERIOD": 2,
    "ATR_PERIOD": 2, "FAST_MEAN": 2, "SLOW_MEAN": 3, "VOLUME_PERIOD": 2, "VOLATILITY_PERIOD": 2, "CALM_PERIOD": 3,
    "CHOPPINESS_PERIOD": 2, "CHANNEL_PERIOD": 2, "QUIET_TRADED": 0, "STOP_ATRS": 2,
}  # fmt: skip
"""The stop of a case lies two ATRs, 2.00, from the close before the entry."""

PLAIN = {
    "SCANNER_TRADES": False, "AUTOPILOT": "auto", "POLL_INTERVAL": 25, "TRAJECTORY": "off", "FEES_DECIDE": False,
    "PAPER_ACCOUNT": "cash", "PAPER_BALANCE": 10_000, "PAPER_TAKER_FEE": 0.4, "PAPER_DEPTH": 1_000_000,
    "PAPER_IMPACT": 0, "RECORDED_SPREAD": 0, "RISK_PER_TRADE": 0.201, "MAX_SLIPPAGE": None,
}  # fmt: skip
"""Four prices a candle, 75 s apart, each seen by three scans. The bid is the price, the ask one tick of 0.01 above it.
From 100.00 a long risks 100.01 - 98.00 = 2.01 a coin: 0.201 % of 10,000 are 20.10, and buy 10 coins."""

SCRIPT = """
from kraken_tui.model.vote import Vote

REGIMES = ("QUIET", "SQUEEZE", "RANGE", "TREND_UP", "TREND_DOWN")
EXPECTED_MOVE = 20
MAKER = {maker}
SCRIPT = {script}


def votes(candles, config):
    word = SCRIPT.get((int(candles.open_ns[-1]) // 10**9 - {start}) // 300, "")
    sign = {{"buy": 1, "sell": -1}}.get(word, 0)
    # Where a vote is against what is held it is closed; only where both agree something new is entered.
    signs = (-1, 1) if word == "leave a long" else (1, -1) if word == "leave a short" else (sign, sign)
    return [Vote("one", 0.0, 0.0, signs[0], ""), Vote("other", 0.0, 0.0, signs[1], "")]
"""


def write_table(folder: Path, pair: str, table: str) -> None:
    """Candles of five minutes in Kraken's form: open, high, low, close and volume of each, `-` where there is none."""
    rows = []
    for number, line in enumerate(line for line in table.splitlines() if line.strip()):
        if line.strip() != "-":
            rows.append(",".join([str(START_S + 300 * number), *line.split("#")[0].split(), "1"]))
    folder.mkdir(exist_ok=True)
    (folder / f"{pair}_5.csv").write_text("\n".join(rows) + "\n")


def home_of(folder: Path, script: Mapping[int, str], settings: Mapping[str, Any], *, maker: bool = False) -> Home:
    """A home whose only strategy says these words after these candles, whatever it is asked about."""
    home = Home(folder)
    (folder / "strategies").mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({**PLAIN, **settings}))
    (folder / "trading.json").write_text(json.dumps(SHORTEST))
    text = SCRIPT.format(maker=maker, script=dict(script), start=START_S)
    (folder / "strategies" / "scripted.py").write_text(text)
    trust(home, "scripted.py")
    return home


def backtested(
    folder: Path, tables: Mapping[str, str], script: Mapping[int, str], *, maker: bool = False, **settings: Any
) -> RunSummary:
    """What `kraken-tui backtest` makes of the tables.

    Args:
        folder: for the home and the recording.
        tables: candles by pair, such as ETHUSD; the first row of each is number 0.
        script: buy, sell, "leave a long" or "leave a short", by the number of the candle that has just closed.
        maker: whether its entries wait at the best price.
        settings: where they differ from `PLAIN`.
    """
    home = home_of(folder / "home", script, settings, maker=maker)
    for pair, table in tables.items():
        write_table(folder / "data", pair, table)
    summary, _ = run_recording(folder / "data", home.root, Part())
    return summary


async def by_hand(folder: Path, table: str, entry: Enter, **settings: Any) -> list[Trade]:
    """What the engine makes of a table of ETH/USD when its operator enters 25 s into candle 4; nobody else trades."""
    write_table(folder / "data", "ETHUSD", table)
    sides: dict[str, int] = {}
    feed = RecordedFeed(folder / "data", 0.0, part=Part(side_of=lambda symbol: sides.get(symbol, 0)))
    await feed.open(lambda text, done: None)

    def each(parts: Parts) -> None:
        if parts.clock.now_ns() == (START_S + 4 * 300 + 25) * SECOND:
            parts.desk.submit(entry)
        sides.clear()
        sides.update(sides_of(parts.account))

    given = Settings.model_validate({**PLAIN, "AUTOPILOT": "off", **settings})
    scans = 12 * (len(table.split()) // 5) - 2
    run = await run_engine_over(feed, START_S * SECOND, scans, given, folder / "home", each=each)
    return run.trades


def told(summary: RunSummary) -> list[str]:
    """The closed trades, a line each. Times are candle and second: `4+25` is 25 s into candle 4."""
    return [
        f"{row['symbol']} {row['side']} {_plain(row['amount'])}: in {moment(row['opened'])} at "
        f"{_price(row['entry_price'])}, out {moment(row['closed'])} at {_price(row['exit_price'])}: "
        f"gross {_plain(row['gross'])}, fees {_plain(row['fees'])}, net {_plain(row['net'])}, {row['reason']}"
        for row in summary.trades
    ]


def moment(text: str) -> str:
    """A time as candle and second."""
    candle, second = divmod(int(datetime.fromisoformat(text).timestamp()) - START_S, 300)
    return f"{candle}+{second}"


def _plain(amount: str) -> str:
    return f"{Decimal(amount).normalize():f}"


def _price(text: str) -> str:
    return _plain(str(round(Decimal(text), 6)))
