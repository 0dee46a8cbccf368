"""Who runs, on what, and for how long."""

from msgspec import Struct

from benchmarks.peers.environments import Environment

CANDLES, SCANS = "candles", "scans"


class Entrant(Struct, frozen=True, kw_only=True):
    """One row of the table."""

    name: str
    kind: str
    module: str
    environment: Environment | None = None
    """None for ours."""
    mode: str = ""
    most_days: float = 1_000.0
    """A slow one gets the first days only; figures are per candle or scan."""


def _peer(name: str, *packages: str) -> Environment:
    return Environment(name, packages)


BACKTESTING = _peer("backtesting", "backtesting==0.6.6")
VECTORBT = _peer("vectorbt", "vectorbt==1.2.0")
VECTORBT_RUST = _peer("vectorbt_rust", "vectorbt[rust]==1.2.0")
NAUTILUS = _peer("nautilus_trader", "nautilus_trader==1.221.0")
"""The newest with a wheel for Python 3.11."""
FREQTRADE = _peer("freqtrade", "freqtrade==2026.9")
HFTBACKTEST = _peer("hftbacktest", "hftbacktest==2.4.4")
RAPTORBT = _peer("raptorbt", "raptorbt==0.13.4", "numpy")
JESSE = _peer("jesse", "jesse==3.5.3")

OURS, ENGINES = "benchmarks.peers", "benchmarks.peers.engines"

ENTRANTS = (
    Entrant(name="ours", kind=CANDLES, module=f"{OURS}.ours_candles"),
    Entrant(name="ours-again", kind=CANDLES, module=f"{OURS}.ours_candles", mode="again"),
    Entrant(name="ours-engine", kind=CANDLES, module=f"{OURS}.ours_engine", most_days=0.25),
    Entrant(name="plain", kind=CANDLES, module=f"{ENGINES}.plain"),
    Entrant(name="raptorbt", kind=CANDLES, module=f"{ENGINES}.raptorbt_candles", environment=RAPTORBT),
    Entrant(name="vectorbt", kind=CANDLES, module=f"{ENGINES}.vectorbt_candles", environment=VECTORBT),
    Entrant(name="vectorbt-rust", kind=CANDLES, module=f"{ENGINES}.vectorbt_candles", environment=VECTORBT_RUST),
    Entrant(name="backtesting", kind=CANDLES, module=f"{ENGINES}.backtesting_py", environment=BACKTESTING),
    Entrant(name="freqtrade", kind=CANDLES, module=f"{ENGINES}.freqtrade_candles", environment=FREQTRADE),
    Entrant(name="jesse", kind=CANDLES, module=f"{ENGINES}.jesse_candles", environment=JESSE),
    Entrant(name="nautilus", kind=CANDLES, module=f"{ENGINES}.nautilus", environment=NAUTILUS),
    Entrant(name="ours-scans", kind=SCANS, module=f"{OURS}.ours_scans"),
    Entrant(name="hftbacktest-scans", kind=SCANS, module=f"{ENGINES}.hftbacktest_scans", environment=HFTBACKTEST,
            most_days=2),
    Entrant(name="vectorbt-scans", kind=SCANS, module=f"{ENGINES}.vectorbt_scans", environment=VECTORBT, most_days=5),
    Entrant(name="nautilus-scans", kind=SCANS, module=f"{ENGINES}.nautilus", environment=NAUTILUS, mode=SCANS,
            most_days=0.5),
)  # fmt: skip
"""The first of each kind is what the others are compared with."""
