"""Made-up recordings whose truth is known: a market of chance alone, and one in which bursts go on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.market.recorded_part import WHOLE
from kraken_tui.replay.search.prepare import Asked

STEP = 60
"""Seconds between two trades, and between two scans."""
DAY = 86_400 // STEP
START = 1_700_006_400
"""2023-11-15T00:00:00Z."""
CONFIG: dict[str, Any] = {
    "POLL_INTERVAL": float(STEP), "VELOCITY_LOOKBACK": 3, "ARM_PERSISTENCE": 1, "VELOCITY_THRESHOLD": 0.3,
    "REGIME_LOW_VOL": 0.0, "REGIME_DISPERSION": 0.0, "REGIME_MIX": 100.0, "FEES_DECIDE": False,
    "HEAT_THRESHOLD_RISE": 0.0, "DECAY_SCANS": 20, "RATCHET_LOCK": 3.0, "MAX_ACTIVE_RISK": None,
    "PAPER_DEPTH": 10_000_000,
}  # fmt: skip
THRESHOLD = "VELOCITY_THRESHOLD=0.2..2:0.1"

Steps = Callable[[np.random.Generator, int], NDArray[np.float64]]


def chance(generator: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Steps of 0.15 %, whatever came before."""
    return generator.standard_normal(count) * 0.0015


def trending(generator: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Calm noise; some three times a day a burst of 2 %, and 6 % more in the same direction over half an hour."""
    steps = generator.standard_normal(count) * 0.0015
    for begin in range(150, count - 120, 440):
        at = begin + int(generator.integers(0, 200))
        way = generator.choice([-1.0, 1.0])
        steps[at : at + 3] += way * 0.007
        steps[at + 3 : at + 33] += way * 0.002
    return steps


def recording(folder: Path, steps: Steps, days: int, seed: int = 1) -> Path:
    """Two pairs, a trade a minute."""
    folder.mkdir(parents=True)
    generator = np.random.default_rng(seed)
    for name, price in (("XBTUSD", 30_000.0), ("ETHUSD", 2_000.0)):
        moves = steps(generator, days * DAY)
        path = price * np.exp(np.cumsum(moves) - np.linspace(0, moves.sum(), len(moves)))
        rows = [f"{START + STEP * at},{value:.2f},1.5" for at, value in enumerate(path)]
        (folder / f"{name}.csv").write_text("\n".join(rows) + "\n")
    return folder


def home(folder: Path, **changes: Any) -> Path:
    """A home with `CONFIG`."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({**CONFIG, **changes}))
    return folder


def asked(folder: Path, root: Path, **changes: Any) -> Asked:
    """What a search over it is about."""
    settings = Settings.model_validate({**CONFIG, **changes})
    return Asked(path=folder, part=WHOLE, strategies=("scanner",), settings=settings, config=TradingConfig(), home=root)
