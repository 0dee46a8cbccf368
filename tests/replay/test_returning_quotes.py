"""Books of little depth and prices of few ticks: a quote that comes back is a new one, of which nothing is taken."""

from pathlib import Path

import numpy as np
import pytest

from kraken_tui.clock import SECOND
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.recorded_part import WHOLE
from kraken_tui.replay.candles.history import CandleHistory, candle_history
from kraken_tui.replay.candles.run import replay_candles
from kraken_tui.strategy.contract import Move, Strategy
from kraken_tui.strategy.generated import generated_candles
from kraken_tui.strategy.regimes import SymbolRegime
from kraken_tui.strategy.signal_engine import two_sided
from tests.replay.candle_engine import AUTOPILOT
from tests.replay.test_candle_replay import SHORT

CANDLES = 1_152
SETTINGS = {
    "MAX_JUMP": 1000, "FEES_DECIDE": False, "RECORDED_SPREAD": 0, "COOLDOWN_LOSS": 1, "MAX_SLIPPAGE": None,
    "PAPER_TAKER_FEE": 0, "PAPER_MAKER_FEE": 0, "HEAT": {"trades": 60, "exposure": 1000}, "HEAT_GROUPS": {},
    "PAPER_DEPTH": 60, "PAPER_BALANCE": 400, "RISK_PER_TRADE": 0.3, "POLL_INTERVAL": 12,
}  # fmt: skip
TRADING = {**SHORT, "STRATEGIES": ["own"], "HYSTERESIS": 1, "STOP_ATRS": 0.6, "MAX_SPREAD": 5}
OWN = Strategy(
    name="own", regimes=frozenset(SymbolRegime), expected_move=Move("", lambda config: 50.0),
    ballots=lambda m, config: [two_sided("rsi", m.rsi, long_from=50.0, short_from=50.0, words="")],
)  # fmt: skip


def coarse(folder: Path, seed: int, settings: Settings) -> CandleHistory:
    """Four days of three pairs whose prices have some 150 ticks."""
    for number, pair in enumerate(("ETHUSD", "SOLUSD", "XDGUSD")):
        tick = 1e-7 if pair == "XDGUSD" else 0.01
        run = generated_candles(seed + number, CANDLES, 150.0)
        rows = np.maximum(1, np.round(np.stack([run.open, run.high, run.low, run.close], axis=1))) * tick
        (folder / f"{pair}_5.csv").write_text(
            "".join(
                f"{open_ns // SECOND},{','.join(f'{price:.7f}' for price in row)},1000,1\n"
                for open_ns, row in zip(run.open_ns.tolist(), rows.tolist(), strict=True)
            )
        )
    return candle_history(folder, WHOLE, settings)


@pytest.mark.parametrize("account", ["cash", "margin"])
def test_an_exit_at_a_quote_that_came_back_is_as_row_after_row(tmp_path: Path, account: str) -> None:
    """Where nothing is known of how far prices reach, every row is looked at."""
    settings = Settings.model_validate({**AUTOPILOT, **SETTINGS, "PAPER_ACCOUNT": account})
    config = TradingConfig.model_validate(TRADING)
    fast = coarse(tmp_path, 89, settings)
    slow = CandleHistory(fast.recording, fast.begin_ns, fast.end_ns)
    slow.market.places.reach[:] = slow.market.places.far[:] = 0
    one, other = (replay_candles(each, ["Alts"] * 3, settings, config, (OWN,)) for each in (fast, slow))
    assert one.fingerprint == other.fingerprint and one.realised == other.realised
    assert len(one.rows) > 200
