"""What the first close needs is compiled before it comes."""

import json
import subprocess
import sys

FIRST_CLOSE = """
import json
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.strategy import kernel, ratios, voting
from kraken_tui.strategy.generated import generated_candles
from kraken_tui.strategy.history import cut
from kraken_tui.strategy.indicators import measure_last
from kraken_tui.strategy.opinions import opinions_of
from kraken_tui.strategy.regimes import symbol_regimes
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN
from kraken_tui.strategy.warming import prepare

def compiled():
    return {name: len(each.signatures) for room in (kernel, ratios, voting) for name, each in vars(room).items()
            if hasattr(each, "signatures")}

prepare()
before, candles, config = compiled(), generated_candles(1, 720), TradingConfig()
for column in (candles.open, candles.high, candles.low, candles.close, candles.volume):
    column.setflags(write=False)
m = measure_last([cut(candles, 0, 700), cut(candles, 0, 720)], config)
symbol_regimes(m, config)
for strategy in BUILT_IN:
    opinions_of(strategy, m, (), config)
print(json.dumps([before, compiled()]))
"""


def test_the_first_close_compiles_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_CLOSE], capture_output=True, text=True, timeout=120, check=True)
    before, after = json.loads(done.stdout)
    assert before == after
    assert before["settle"] == before["widen"] == 1
