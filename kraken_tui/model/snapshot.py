"""What a screen sees: one immutable picture of the engine, made once a scan and on every change of the account.

Tickers travel as packed columns (little-endian, one entry per ticker in the order of `Roster.symbols`), so that
1,500 rows cost microseconds to encode and only the visible ones are ever decoded to text.
"""

from msgspec import Struct


class Roster(Struct, frozen=True, kw_only=True):
    """What stays the same while an engine runs; a screen asks for it once."""

    version: str
    mode: str
    """PAPER, LIVE or SANDBOX."""
    account: str
    """margin or cash."""
    market: str
    """kraken, demo, or the recorded file or folder."""
    home: str
    pid: int
    symbols: tuple[str, ...]
    groups: tuple[str, ...]
    """Group of each symbol."""
    price_decimals: bytes
    """uint8 per ticker."""
    leverage: bytes
    """uint8 per ticker: the effective leverage for longs."""
    asked_leverage: int
    poll_interval: float
    """Seconds between scans."""
    arm_persistence: int
    options: tuple[str, ...] = ()
    """What the command line needs beside the home to start such an engine again, such as `--demo`."""
    commands: tuple[str, ...] = ()
    """What the chat understands, such as `why SYMBOL - where a ticker stands`; empty: a screen knows the usual ones."""


class TickerColumns(Struct, frozen=True, kw_only=True):
    """The live ticker table."""

    price: bytes
    """float64; 0 = missing."""
    bid: bytes
    """float64"""
    ask: bytes
    """float64"""
    velocity: bytes
    """int32, parts per million of the price over the look-back; `NO_VELOCITY` = none."""
    threshold: bytes
    """int32, parts per million."""
    state: bytes
    """uint8, `State`."""
    reason: bytes
    """uint8, `Reason`."""
    detail: bytes
    """uint8: index into `notes` for BLOCKED; else the arm count."""
    left_s: bytes
    """uint16: seconds of cooldown left."""
    age_s: bytes
    """uint16: seconds since this ticker's price last changed."""
    side: bytes
    """int8: +1 long, -1 short, 0 flat."""
    pnl: bytes
    """float64: unrealised P&L net of fees, quote units; NaN while flat."""
    spark: bytes
    """`SPARK_WIDTH` uint8 per ticker, oldest first: 0 = missing, 1..255 = height between the
    lowest and the highest."""
    notes: tuple[str, ...]
    """Texts for `detail`, such as `Memes 2/2`."""


SPARK_WIDTH = 16
NO_VELOCITY = -(1 << 31)


class Headline(Struct, frozen=True, kw_only=True):
    """One line of Battle Stations: what matters now."""

    word: str
    """ASK, BUY, SELL, HOLD, EXIT, ARM, COOLDOWN, SCANNING, STALE, PAUSED, WARMING or ALERT."""
    symbol: str
    price: str
    stop: str
    why: str


class PositionRow(Struct, frozen=True, kw_only=True):
    """One open position, as text rendered from the account's exact numbers."""

    symbol: str
    side: str
    """LONG or SHORT."""
    amount: str
    entry: str
    mark: str
    """The price at which it could be closed now."""
    stop: str
    """Empty while no stop rests: shown as NO STOP."""
    protected: bool
    """Whether resting stops cover all of it."""
    notional: str
    leverage: int
    gross: str
    """Unrealised P&L before fees."""
    fees: str
    """Those that were paid, and that of closing now."""
    net: str
    """What is left of it after them."""
    net_percent: float
    """Of what the open lots cost."""
    opened_ns: int
    target: str = ""
    """Price of its take-profit; empty where there is none."""
    target_rests: bool = False
    """Whether that rests at the exchange; else the engine watches the price, and sells there while it runs."""


WATCHED = "(watched by the engine, does not rest)"
"""Said of a target where the account lets no second leg rest beside the stop."""


def target_words(row: PositionRow) -> str:
    """The take-profit of a position, and who takes it; empty where there is none."""
    if not row.target:
        return ""
    return f"target {row.target}" if row.target_rests else f"target {row.target} {WATCHED}"


class TradeRow(Struct, frozen=True, kw_only=True):
    """One closed trade."""

    symbol: str
    side: str
    amount: str
    entry: str
    exit: str
    gross: str
    fees: str
    net: str
    reason: str
    closed_ns: int


class OrderRow(Struct, frozen=True, kw_only=True):
    """One order that rests at the exchange."""

    symbol: str
    role: str
    """entry, stop, target or exit; foreign where it is not ours: it is shown and never touched."""
    side: str
    """buy or sell."""
    type: str
    """Kraken's word."""
    amount: str
    filled: str
    price: str
    """Limit or trigger; empty where it has none."""
    id: str


class BalanceRow(Struct, frozen=True, kw_only=True):
    """One balance of the account, in its own units."""

    asset: str
    """A coin or currency; where it can't be traded, Kraken's name for that balance, such as `DOT28.S`."""
    total: str
    held: str
    """By orders, when that was last read."""
    ours: str
    """Of our own positions; the rest is the operator's."""
    tradable: bool


class AccountRow(Struct, frozen=True, kw_only=True):
    """The account in money (quote units, as text with two decimals)."""

    equity: str
    profit: str
    """Since the ledger began, net: realised + unrealised - fees."""
    balance: str
    realised: str
    """Since the ledger began, before fees."""
    unrealised: str
    """Before fees."""
    fees: str
    today: str
    """What the trading day has made, after all fees, those of closing now included; as the kill switch counts it."""
    exposure_percent: float
    """Notional of what is open, in percent of equity."""
    open_trades: int
    most_trades: int
    free: str = ""
    """Of the balance: neither held by orders nor bound by margin."""
    margin_used: str = ""
    """Bound by open margin positions."""
    fees_apart: str = ""
    """Fees that were taken in other currencies and are in no figure above, such as `0.0036 ETH`."""


class Event(Struct, frozen=True, kw_only=True):
    """One line of what happened, numbered without gaps."""

    seq: int
    time_ns: int
    kind: str
    """entry, exit, stop, refused, feed, engine, command, autopilot, alert."""
    text: str


class WorkerRow(Struct, frozen=True, kw_only=True):
    """Health of one worker."""

    name: str
    state: str
    """running, restarting, failed or done."""
    restarts: int
    error: str


class Snapshot(Struct, frozen=True, kw_only=True):
    """The engine at one moment."""

    seq: int
    """Rises with each snapshot."""
    time_ns: int
    """The engine's clock."""
    scan: int
    regime: str
    """TRENDING, CHOP or LOW_VOL; WARMING until the window is full."""
    heat_percent: float
    paused: bool
    feed: str
    """STARTING, LIVE, STALE or ENDED."""
    feed_age_s: float
    """Seconds since the feed last spoke."""
    feed_note: str
    """Why it is stale, or empty."""
    scan_us: int
    worst_scan_us: int
    headlines: tuple[Headline, ...]
    """Battle Stations, most urgent first; never empty."""
    tickers: TickerColumns
    positions: tuple[PositionRow, ...]
    trades: tuple[TradeRow, ...]
    """The last ones, newest first."""
    account: AccountRow
    workers: tuple[WorkerRow, ...]
    alerts: tuple[str, ...]
    """What stays wrong until it is mended: full disk, dead worker, unknown order."""
    progress: str
    """What start-up is doing; empty once running."""
    progress_done: float
    orders: tuple[OrderRow, ...] = ()
    """What rests at the exchange: ours by ticker, then foreign orders."""
    balances: tuple[BalanceRow, ...] = ()
    """What the account has: what can be traded first."""
    autopilot: str = ""
    """What the autopilot may do with its calls: off, observe, confirm or auto; empty while the engine starts."""
    asked: tuple[str, ...] = ()
    """Entries that the autopilot asks about, newest first; each line begins with its symbol and a space."""
    breakeven_percent: float = 0.0
    """How far a price must go to pay the fees of a long that takes both ways; spread and slippage come on top."""
    kill_switch: str = ""
    """Why the daily-loss kill switch lets no entry through; empty while it does."""
    pauses: tuple[str, ...] = ()
    """The operator's pauses of a part of the market, or with an end; a sentence each."""
