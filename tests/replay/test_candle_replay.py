"""The replay of candles against the engine itself: trade for trade, on generated and on recorded candles."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from benchmarks.candles import Bench, generated_history
from kraken_tui.clock import SECOND
from kraken_tui.config.moments import moment_ns, zone_of
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.candles import SPAN_NS
from kraken_tui.market.recorded_part import WHOLE, Part
from kraken_tui.model.errors import UsageError
from kraken_tui.model.vote import Vote
from kraken_tui.replay.candles.exits import PER_STRATEGY
from kraken_tui.replay.candles.history import CandleHistory, candle_history
from kraken_tui.replay.candles.limits import UNMODELLED
from kraken_tui.replay.candles.run import replay_candles
from kraken_tui.replay.candles.sizing import MOST_BITS
from kraken_tui.replay.fast.paper_rows import Closed
from kraken_tui.risk.fees import ENOUGH_TRADES
from kraken_tui.strategy.contract import Move, Strategy
from kraken_tui.strategy.generated import generated_candles
from kraken_tui.strategy.indicators import measure_last
from kraken_tui.strategy.regimes import SymbolRegime
from kraken_tui.strategy.rules import Rule
from kraken_tui.strategy.signal_engine import two_sided
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN
from tests.recorded import recorded
from tests.replay.candle_engine import AUTOPILOT, by_candles, by_engine, differences, home_with

SHORT = {
    "FAST_MEAN": 12, "SLOW_MEAN": 48, "VOLUME_PERIOD": 24, "VOLATILITY_PERIOD": 12, "CALM_PERIOD": 48,
    "CHOPPINESS_PERIOD": 24, "CHANNEL_PERIOD": 48, "HYSTERESIS": 2, "MIN_DAY_VOLUME": 0, "MIN_AGE": 50,
    "STOP_ATRS": 3, "TREND_GAP": 0.3, "BREAKOUT_VOLUME": 1, "REVERSION_RSI": 45, "REVERSION_STRETCH": 2,
}  # fmt: skip
"""Periods and thresholds with which a day has many trades."""
PAIRS = (("ETHUSD", 2, 3000.0), ("SOLUSD", 2, 150.0), ("XDGUSD", 7, 0.12))
WARM = 96
"""Candles of the past."""


def write_candles(folder: Path, seed: int, count: int) -> int:
    """Generated candles of a few pairs; returns the begin of the first candle behind the past."""
    folder.mkdir()
    for number, (pair, decimals, price) in enumerate(PAIRS):
        run = generated_candles(seed + number, WARM + count, price)
        rows = np.round(np.stack([run.open, run.high, run.low, run.close], axis=1), decimals)
        lines = [
            f"{open_ns // SECOND},{','.join(f'{price:.{decimals}f}' for price in row)},{volume:.4f},1"
            for open_ns, row, volume in zip(run.open_ns.tolist(), rows.tolist(), run.volume.tolist(), strict=True)
            if volume > 0
        ]
        (folder / f"{pair}_5.csv").write_text("\n".join(lines) + "\n")
    return int(run.open_ns[WARM])


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("seed", "settings", "trading", "least"),
    [
        (5, {"POLL_INTERVAL": 28}, {}, 3),
        (11, {"POLL_INTERVAL": 25, "PAPER_TAKER_FEE": 0.05, "PAPER_MAKER_FEE": 0.02, "PAPER_DEPTH": 1500,
              "MAX_SLIPPAGE": None},
         {"STRATEGIES": ["mean_reversion"], "TREND_GAP": 50, "SQUEEZE_RATIO": 0.01, "HYSTERESIS": 1,
          "REVERSION_STRETCH": 1, "REVERSION_RSI": 48, "MAX_SPREAD": 1}, 2),
    ],
)  # fmt: skip
def test_generated_candles_give_the_trades_of_the_engine(
    seed: int, settings: dict[str, Any], trading: dict[str, Any], least: int, tmp_path: Path
) -> None:
    begin_ns = write_candles(tmp_path / "data", seed, 200)
    home = home_with(tmp_path / "home", {"MAX_JUMP": 1000, "FEES_DECIDE": False, **settings}, {**SHORT, **trading})
    part = Part(begin_ns=begin_ns)
    engine = by_engine(tmp_path / "data", home, part)
    assert differences(engine, by_candles(tmp_path / "data", home, part)) == []
    assert len(engine.trades) >= least


@pytest.mark.thorough
def test_recorded_candles_give_the_trades_of_the_engine(tmp_path: Path) -> None:
    path, utc = recorded("kraken_ohlcvt_5m_2024H2"), zone_of("UTC")
    part = Part(
        symbols=("SOL/USD", "XRP/USD"), begin_ns=moment_ns("2024-08-04 18:00", utc),
        end_ns=moment_ns("2024-08-05 08:00", utc),
    )  # fmt: skip
    home = home_with(tmp_path / "home", {"POLL_INTERVAL": 25, "FEES_DECIDE": False}, SHORT)
    engine = by_engine(path, home, part)
    assert differences(engine, by_candles(path, home, part)) == []
    assert len(engine.trades) >= 3


@pytest.fixture(scope="module")
def history() -> CandleHistory:
    """Ten days of twenty generated pairs."""
    return generated_history(10, settings_with())


def settings_with(**changes: Any) -> Settings:
    return Settings.model_validate({**AUTOPILOT, "MAX_JUMP": 1000, **changes})


@pytest.mark.parametrize("changes", [{}, {"FEES_DECIDE": False, "PAPER_ACCOUNT": "cash", "RISK_PER_TRADE": 0.37}])
def test_what_compiled_code_sizes_the_gate_itself_sizes_the_same(
    history: CandleHistory, changes: dict[str, Any]
) -> None:
    settings, config, groups = settings_with(**changes), TradingConfig.model_validate(SHORT), ["Alts"] * 20
    fast = replay_candles(history, groups, settings, config)
    asked = replay_candles(history, groups, settings, config, always_ask=True)
    assert fast.fingerprint == asked.fingerprint
    assert (fast.realised, fast.fees, fast.open) == (asked.realised, asked.fees, asked.open)
    assert len(fast.rows) > 20
    assert fast.asked < asked.asked
    # What waits on spot holds money; on margin it is only heat, which compiled code counts.
    assert settings.PAPER_ACCOUNT == "cash" or fast.asked * 50 < asked.asked


def test_a_strategy_whose_trades_do_not_pay_is_heard_no_more(history: CandleHistory) -> None:
    config = TradingConfig.model_validate(
        {**SHORT, "STRATEGIES": ["mean_reversion"], "REVERSION_STRETCH": 2.3, "REVERSION_RSI": 45, "STOP_ATRS": 1}
    )
    settings = settings_with(FEES_DECIDE=True, HEAT={"trades": 40, "exposure": 2000})
    free = settings_with(FEES_DECIDE=False, HEAT={"trades": 40, "exposure": 2000})
    fast, everything = (replay_candles(history, ["Alts"] * 20, each, config) for each in (settings, free))
    asked = replay_candles(history, ["Alts"] * 20, settings, config, always_ask=True)
    assert fast.fingerprint == asked.fingerprint and fast.realised == asked.realised
    assert ENOUGH_TRADES <= len(fast.rows) < ENOUGH_TRADES + 40 < len(everything.rows)
    assert fast.asked < 5 < asked.asked


def test_strategies_beyond_those_that_have_a_bit_of_their_own_make_the_same_trades(history: CandleHistory) -> None:
    settings = settings_with(FEES_DECIDE=True, HEAT={"trades": 40, "exposure": 2000})
    others = [replace(BUILT_IN[0], name=f"other_{number}", regimes=frozenset()) for number in range(MOST_BITS + 3)]
    given = {**SHORT, "REVERSION_STRETCH": 1.6, "REVERSION_RSI": 45, "STOP_ATRS": 0.5}
    alone, last = (
        replay_candles(history, ["Alts"] * 20, settings, TradingConfig.model_validate(
            {**given, "STRATEGIES": [each.name for each in strategies]}
        ), strategies)
        for strategies in (BUILT_IN, [*others, *BUILT_IN])
    )  # fmt: skip
    made = np.bincount(alone.rows[:, Closed.REASON] // PER_STRATEGY, minlength=3)
    assert ENOUGH_TRADES <= made[1] < ENOUGH_TRADES + 40 and made[2] > 50  # one is heard no more, another one is
    assert np.array_equal(np.delete(last.rows, Closed.REASON, 1), np.delete(alone.rows, Closed.REASON, 1))
    assert (last.rows[:, Closed.REASON] - alone.rows[:, Closed.REASON] == PER_STRATEGY * len(others)).all()


def test_a_strategy_goes_on_once_what_it_still_holds_has_paid(history: CandleHistory) -> None:
    """Its mean falls below what a round trip needs, and rises above it with a position that was open meanwhile."""
    own = Strategy(
        name="own", regimes=frozenset(SymbolRegime), expected_move=Move("", lambda config: 50.0),
        ballots=lambda m, config: [two_sided("gap", m.gap, long_from=0.2, short_from=-0.2, words="")],
    )  # fmt: skip
    fees = {"PAPER_TAKER_FEE": "0.2858", "PAPER_MAKER_FEE": "0.2858", "PAPER_MARGIN_FEE": "0"}
    settings = settings_with(FEES_DECIDE=True, HEAT={"trades": 40, "exposure": 2000}, **fees)
    config = TradingConfig.model_validate({**SHORT, "STRATEGIES": ["own"], "STOP_ATRS": 2})
    fast, asked = (
        replay_candles(history, ["Alts"] * 20, settings, config, (own,), always_ask=each) for each in (False, True)
    )
    assert fast.fingerprint == asked.fingerprint and fast.realised == asked.realised
    cost, proceeds, side = (fast.rows[:, column] for column in (Closed.COST, Closed.PROCEEDS, Closed.SIDE))
    counted = np.arange(1, len(fast.rows) + 1)
    forbids = (counted >= ENOUGH_TRADES) & (np.cumsum((proceeds - cost) * 100.0 / cost * side) / counted < 2 * 0.2858)
    (again,) = np.flatnonzero(forbids[:-1] & ~forbids[1:]) + 1
    assert (fast.rows[:, Closed.OPENED_NS] > fast.rows[again, Closed.CLOSED_NS]).any()


def test_rules_give_the_trades_of_the_ballots_that_they_stand_for(history: CandleHistory) -> None:
    settings, config = settings_with(FEES_DECIDE=False), TradingConfig.model_validate(SHORT)
    plain = [replace(strategy, rules=None) for strategy in BUILT_IN]
    by_rules, by_ballots = (
        replay_candles(history, ["Alts"] * 20, settings, config, each) for each in (BUILT_IN, plain)
    )
    assert by_rules.fingerprint == by_ballots.fingerprint
    assert len(by_rules.rows) > 20


def test_rules_of_the_operators_that_fail_are_named(history: CandleHistory) -> None:
    def rules(config: TradingConfig) -> list[Rule]:
        raise ValueError("no luck")

    own = replace(BUILT_IN[0], rules=rules, file="mine.py")
    with pytest.raises(UsageError, match=r"strategy trend_following fails .* mine.py: ValueError: no luck"):
        replay_candles(history, ["Alts"] * 20, settings_with(), TradingConfig(), [own])


@pytest.mark.parametrize(
    "changes",
    [
        {"REGIME_LOW_VOL": 0.02},
        {"DRAWDOWN_TIERS": []},
        {"PAPER_ACCOUNT": "cash", "DRAWDOWN_TIERS": []},
        {"DRAWDOWN_TIERS": [{"drawdown": each / 10, "share": 1 - each / 100} for each in range(1, 60)]},
    ],
)
def test_a_calm_stretch_is_passed_as_row_after_row(history: CandleHistory, changes: dict[str, Any]) -> None:
    """Where nothing is known of how far prices reach, every row is looked at."""
    settings = settings_with(**{"FEES_DECIDE": False, "REGIME_LOW_VOL": 0.01, "REGIME_WINDOW": 60, **changes})
    config = TradingConfig.model_validate(
        {**SHORT, "HYSTERESIS": 1, "STOP_ATRS": 12, "STRATEGIES": ["trend_following"]}
    )
    calm, slow = history.cut(), CandleHistory(history.recording, history.begin_ns, history.end_ns)
    slow.market.places.reach[:] = slow.market.places.far[:] = 0
    one, other = (replay_candles(each, ["Alts"] * 20, settings, config) for each in (calm, slow))
    assert one.fingerprint == other.fingerprint
    assert (one.realised, one.fees, one.unrealised, one.open) == (
        other.realised, other.fees, other.unrealised, other.open,
    )  # fmt: skip
    assert len(one.rows) > 20


def test_a_run_leaves_the_history_as_it_was(history: CandleHistory) -> None:
    bench, config = Bench(history, settings_with(FEES_DECIDE=False)), TradingConfig.model_validate(SHORT)
    tape, places = history.market.tape, history.market.places
    before = [array.tobytes() for array in (tape.bid, tape.ask, places.mark)]
    prints = {bench.run(config).fingerprint, bench.measured(config).fingerprint, bench.run(config).fingerprint}
    assert len(prints) == 1
    assert [array.tobytes() for array in (tape.bid, tape.ask, places.mark)] == before


def test_a_cut_is_what_reading_that_part_gives(tmp_path: Path) -> None:
    begin_ns = write_candles(tmp_path / "data", 5, 1_200)
    settings, config = settings_with(FEES_DECIDE=False), TradingConfig.model_validate(SHORT)
    middle_ns, end_ns = begin_ns + 300 * SPAN_NS, begin_ns + 900 * SPAN_NS
    whole = candle_history(tmp_path / "data", WHOLE, settings)
    read = candle_history(tmp_path / "data", Part(begin_ns=middle_ns, end_ns=end_ns), settings)
    cut = whole.cut(middle_ns, end_ns)
    assert cut.candles == read.candles
    replayed = [replay_candles(each, ["Alts"] * 3, settings, config) for each in (cut, read)]
    assert np.array_equal(replayed[0].rows, replayed[1].rows)
    assert len(replayed[0].rows) >= 3


def test_a_part_is_laid_out_once_as_long_as_there_is_room(
    history: CandleHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(day: int) -> CandleHistory:
        part = history.cut(history.begin_ns, history.begin_ns + day * 288 * SPAN_NS)
        assert part.market.rows > 0
        return part

    first, second = cut(1), cut(2)
    assert cut(1) is first and cut(2) is second and first.size < second.size
    monkeypatch.setattr(history.recording.cuts, "room", second.size)
    third = cut(3)
    assert cut(2) is second
    assert cut(3) is not third and cut(1) is not first
    history.recording.cuts.clear()


def test_votes_of_the_operators_own_trade_as_ballots_do(tmp_path: Path) -> None:
    begin_ns = write_candles(tmp_path / "data", 5, 400)
    settings = settings_with(FEES_DECIDE=False)
    config = TradingConfig.model_validate({**SHORT, "STRATEGIES": ["own"]})
    kinds: dict[str, Any] = {
        "name": "own", "regimes": frozenset(SymbolRegime), "expected_move": lambda m, config: m.atr_percent * 3,
    }  # fmt: skip
    fast = Strategy(
        **kinds, ballots=lambda m, config: [two_sided("gap", m.gap, long_from=0.2, short_from=-0.2, words="")]
    )

    def votes(candles: Any, config: TradingConfig) -> list[Vote]:
        gap = float(measure_last([candles], config).gap[0])
        return [Vote("gap", gap, 0.2, 1 if gap >= 0.2 else -1 if gap <= -0.2 else 0, "")]

    slow = Strategy(**kinds, votes=votes)
    history = candle_history(tmp_path / "data", Part(begin_ns=begin_ns), settings)
    told = [replay_candles(history, ["Alts"] * 3, settings, config, (each,)) for each in (fast, slow)]
    assert told[0].fingerprint == told[1].fingerprint
    assert len(told[0].rows) >= 3


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("AUTOPILOT", "confirm"), ("SCANNER_TRADES", True), ("DAILY_LOSS_LIMIT", 3), ("MAX_TRADES_PER_DAY", 9),
        ("MAX_TRADES_PER_SYMBOL", 9), ("MAX_LOSSES_IN_A_ROW", 3), ("POLL_INTERVAL", 60.0), ("COOLDOWN_LOSS", 0.0),
        ("RECORDED_SPREAD", 0.2), ("MAX_JUMP", 0.01),
    ],
)  # fmt: skip
def test_what_is_not_modelled_is_refused_by_name(history: CandleHistory, key: str, value: Any) -> None:
    with pytest.raises(UsageError, match=key):
        replay_candles(history, ["Alts"] * 20, settings_with(**{key: value}), TradingConfig())
    assert "MODE" in UNMODELLED
