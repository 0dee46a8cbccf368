"""Recorded candles, ready to be traded over many times: read once, measured once for each choice of periods."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from kraken_tui.clock import SECOND
from kraken_tui.config.settings import Settings
from kraken_tui.config.symbols import configured_symbols
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candle_book import Candles
from kraken_tui.market.candles import GRACE_NS, SPAN_NS
from kraken_tui.market.recorded_candles import RecordedCandles
from kraken_tui.market.recorded_chunks import Recording as Recorded
from kraken_tui.market.recorded_files import find_sources, read_sessions
from kraken_tui.market.recorded_forms import Kind
from kraken_tui.market.recorded_part import Part
from kraken_tui.market.recorded_tables import Looking, Table
from kraken_tui.market.recorded_timeline import Told
from kraken_tui.model.errors import UsageError
from kraken_tui.model.instrument import Instrument
from kraken_tui.replay.candles.bits import words_for
from kraken_tui.replay.candles.market_regime import base_regimes, widest_jump
from kraken_tui.replay.candles.recording import DAY, ROOM, Measured, Recording, day_volumes, measured_of
from kraken_tui.replay.candles.rows import SEEN_REGIMES, Foreseen
from kraken_tui.replay.candles.shelf import Shelf
from kraken_tui.replay.candles.sure_beliefs import find_beliefs, foreseen
from kraken_tui.replay.candles.sure_regimes import find_sure
from kraken_tui.replay.candles.tape import Market, PairsWriter, market_of
from kraken_tui.strategy.regimes import MEMORY

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
T = TypeVar("T")


class CandleHistory:
    """A recording and the part of it that is played; what lies before is the past.

    Args:
        recording: all of it.
        begin_ns: the first scan.
        end_ns: the last moment of which the feed tells.
    """

    def __init__(self, recording: Recording, begin_ns: int, end_ns: int) -> None:
        if begin_ns > end_ns:
            raise UsageError("nothing was recorded there: the part ends before it begins")
        self.recording = recording
        self.begin_ns = begin_ns
        self.end_ns = end_ns
        self._market: Market | None = None
        self._kept: dict[Hashable, Any] = {}

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """The tickers, in the order of every array."""
        return self.recording.instruments

    @property
    def candles(self) -> int:
        """How many candles are played, all tickers together."""
        opened = [np.searchsorted(each.open_ns, self.begin_ns) for each in self.recording.candles]
        closed = [np.searchsorted(each.open_ns, self.end_ns - SPAN_NS, "right") for each in self.recording.candles]
        return sum(max(0, int(end) - int(begin)) for begin, end in zip(opened, closed, strict=True))

    @property
    def market(self) -> Market:
        """The rows of this part; made when first asked for."""
        if self._market is None:
            told = self.recording
            self._market = market_of(told.pairs, self.begin_ns, self.end_ns, told.interval_ns, told.first_span)
        return self._market

    @property
    def size(self) -> int:
        """Bytes that the rows of this part take, as far as they were laid out."""
        market = self._market
        return 0 if market is None else sum(array.nbytes for array in (*market.tape, *market.places))

    def foreseen(self, scanner: Ints, hysteresis: int) -> Foreseen:
        """What of the market's regime, as the scanner tells it at each closing, does not go by who trades; see
        `market_regime`, `sure_regimes` and `sure_beliefs`.
        """
        key = ("foreseen", hysteresis, *scanner.tolist())
        if key not in self._kept:
            market = self.market
            told = foreseen(len(market.places.closings))
            told.regimes[:], told.sure[:] = self._regimes(scanner)
            runs = np.zeros((2, SEEN_REGIMES), np.int64)
            find_beliefs(market.places, scanner, hysteresis, MEMORY, runs, told)
            self._kept[key] = told
        made: Foreseen = self._kept[key]
        return made

    def _regimes(self, scanner: Ints) -> tuple[Ints, NDArray[np.bool_]]:
        key = ("regimes", *scanner.tolist())
        if key not in self._kept:
            market, count = self.market, len(self.instruments)
            found = np.zeros(len(market.places.closings), np.int64)
            held = np.zeros((len(found), 2, words_for(count)), np.uint64)
            base_regimes(market.tape, market.places, held, np.zeros((2, count), np.int64), scanner, found)
            sure = np.zeros(len(found), np.bool_)
            find_sure(market.tape, market.places, scanner, np.zeros((3, 2), np.int64), sure)
            self._kept[key] = found, sure
        made: tuple[Ints, NDArray[np.bool_]] = self._kept[key]
        return made

    def jumps(self, most_ppm: int) -> int:
        """A ticker of which a price jumps further than so many ppm; -1 for none."""
        key = ("jumps", most_ppm)
        if key not in self._kept:
            self._kept[key] = int(widest_jump(self.market.tape, self.market.places, most_ppm))
        return int(self._kept[key])

    def cut(self, begin_ns: int | None = None, end_ns: int | None = None) -> "CandleHistory":
        """A part of this part, as `--from` and `--to` of a backtest take it; what was measured is shared.

        A search goes over the same few parts with every trial: each is laid out once, as long as there is room.

        Raises:
            UsageError: nothing lies there.
        """
        begin = self.begin_ns if begin_ns is None else max(begin_ns, self.begin_ns)
        end = self.end_ns if end_ns is None else min(end_ns, self.end_ns)
        made: CandleHistory = self.recording.cuts.take((begin, end), lambda: CandleHistory(self.recording, begin, end))
        return made

    @property
    def ends(self) -> Ints:
        """[ticker]: where its candles end among those of all tickers."""
        runs = self.recording.candles
        return self.recording.once("ends", lambda: np.cumsum([len(run.open_ns) for run in runs]).astype(np.int64))

    def measures(self, config: TradingConfig) -> Measured:
        """The measures of every candle, ticker after ticker; made once for these periods, as long as there is room."""
        periods = (
            config.FAST_MEAN, config.SLOW_MEAN, config.VOLUME_PERIOD, config.VOLATILITY_PERIOD, config.CALM_PERIOD,
            config.CHOPPINESS_PERIOD, config.CHANNEL_PERIOD, config.RSI_PERIOD, config.ATR_PERIOD,
        )  # fmt: skip
        return self.recording.measured.take(periods, lambda: measured_of(self.recording.candles, config))

    @property
    def day_volume(self) -> Floats:
        """About what each candle's last 24 hours traded, in quote units; `exact_day_volume` has the last digits."""
        return self.recording.once("volume", lambda: day_volumes(self.recording.candles))

    def exact_day_volume(self, ticker: int, place: int) -> float:
        """What the engine says was traded in the 24 hours up to a candle of a ticker."""
        candles = self.recording.candles[ticker]
        begin, end = max(0, place + 1 - DAY), place + 1
        return round(float((candles.volume[begin:end] * candles.close[begin:end]).sum()), 2)


def candle_history(path: Path, part: Part, settings: Settings) -> CandleHistory:
    """Read a recording.

    Args:
        path: a file or folder of recorded trades or candles.
        part: pairs and time; rows before it are the past.
        settings: spread, time between scans, and the pairs of an archive of very many.

    Raises:
        UsageError: it can't be read, nothing lies in the part, or it is of a kind that is not modelled.
    """
    sources = part.sources(find_sources(path, part.symbols or configured_symbols(settings) or ()))
    looking, tables = Looking(sources), dict[str, list[Table]]()
    for source in sources:
        table = looking.through(source)
        if table.kind is not Kind.BOOK:
            tables.setdefault(source.symbol, []).append(table)
    if not tables:
        raise UsageError(f"{path} holds order books only: there are no trades or candles to replay")
    if read_sessions(path):
        raise UsageError(f"{path}: sessions.json: recordings with pauses are not modelled; the engine replays them")
    longest_ns = max(table.interval_ns for each in tables.values() for table in each)
    return history_of(Recorded(tables, settings.RECORDED_SPREAD, looking.block), settings, part, longest_ns)


def history_of(told: Told, settings: Settings, part: Part, longest_ns: int = SPAN_NS) -> CandleHistory:
    """The history of a recorded market, made with the settings' spread; read pair by pair, chunk by chunk.

    Args:
        told: the market, of pairs without recorded quotes.
        settings: spread, and time between scans.
        part: time; rows before it are the past.
        longest_ns: of its candles.

    Raises:
        UsageError: nothing lies in the part, or it is of a kind that is not modelled.
    """
    if told.quoted.any():
        raise UsageError("recorded quotes are not modelled: they grow old; the engine replays them")
    if longest_ns > SPAN_NS:
        raise UsageError(f"candles of {longest_ns // SECOND} s are not modelled, of 300 s at most; the engine can")
    recorded = ((told.first_ns, told.last_ns),)
    (begin_ns, end_ns), *_ = part.windows(recorded)
    last_open_ns = (told.last_ns - GRACE_NS - SPAN_NS) // SPAN_NS * SPAN_NS
    candles, pairs = RecordedCandles(told.instruments, told.quoted, recorded, None), PairsWriter(len(told.instruments))
    for number in range(len(told.instruments)):
        for chunk in told.of(number):
            candles.take(number, chunk.prints)
            pairs.add(number, chunk.prints, chunk.quotes)
    runs = _runs(candles, len(told.instruments), last_open_ns)
    begins = [int(run.open_ns[0]) // SPAN_NS if len(run.open_ns) else last_open_ns // SPAN_NS for run in runs]
    lengths = np.cumsum([0, *(len(run.open_ns) for run in runs[:-1])])
    first_span = min(*begins, told.first_ns // SPAN_NS) - 2
    recording = Recording(
        instruments=told.instruments, pairs=pairs.written(), candles=runs, first_span=first_span,
        offsets=lengths - (np.array(begins) - first_span), interval_ns=int(settings.POLL_INTERVAL * SECOND),
        spread=settings.RECORDED_SPREAD, longest_ns=longest_ns, kept={},
        measured=Shelf(ROOM, lambda each: each.size), cuts=Shelf(ROOM, lambda each: each.size),
    )  # fmt: skip
    return CandleHistory(recording, begin_ns, min(end_ns, told.last_ns))


def _runs(recorded: RecordedCandles, count: int, last_open_ns: int) -> tuple[Candles, ...]:
    runs = []
    for index in range(count):
        opens_ns, columns = recorded.run(index, last_open_ns)
        columns.setflags(write=False)
        runs.append(Candles(opens_ns, *columns))
    return tuple(runs)
