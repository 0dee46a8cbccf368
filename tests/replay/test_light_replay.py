"""A process that replays recorded candles once loads nothing that it has no use for: it is over in a second."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BEGIN_S, CANDLES = 1_700_000_100, 900

RUN = """
import sys
from pathlib import Path
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.recorded_part import WHOLE
from kraken_tui.replay.candles.history import candle_history
from kraken_tui.replay.candles.run import replay_candles

settings = Settings(AUTOPILOT="auto", SCANNER_TRADES=False, MAX_JUMP=1000)
history = candle_history(Path(sys.argv[1]), WHOLE, settings)
replayed = replay_candles(history, ["Majors"], settings, TradingConfig(MIN_AGE=1, MIN_DAY_VOLUME=0))
print(history.candles, replayed.scans > 0)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
print(*sorted({".".join(name.split(".")[:2]) for name in sys.modules if name.startswith("kraken_tui.")}))
"""


def test_no_network_no_screen_no_log_and_no_other_room(tmp_path: Path) -> None:
    rows = (
        f"{BEGIN_S + 300 * place},{price},{price + 5},{price - 5},{price + 1},2.5,7\n"
        for place, price in ((place, 30_000 + 50 * (place % 40)) for place in range(CANDLES))
    )
    (tmp_path / "XBTUSD_5.csv").write_text("".join(rows))
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    played, loaded, rooms = (set(line.split()) for line in done.stdout.splitlines())
    assert "True" in played
    assert {"numpy", "numba", "pydantic"} <= loaded
    assert loaded.isdisjoint(
        {
            "asyncio", "ssl", "ccxt", "aiohttp", "aiosqlite", "sqlite3", "loguru", "textual", "rich",
            "typer", "tenacity", "openai", "twilio", "optuna", "dask", "pyarrow", "polars", "duckdb", "plotly",
            "pandas", "scipy",
        }
    )  # fmt: skip
    assert rooms.isdisjoint(
        {f"kraken_tui.{room}" for room in ("cli", "ui", "web", "runtime", "control", "simulation", "agent")}
    )
