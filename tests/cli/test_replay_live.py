"""What an engine in LIVE mode did with an exchange's money decides the same again, restart and all."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kraken_tui.config.home import Home
from kraken_tui.store.input_log import read_inputs
from kraken_tui.store.inputs import FillSeen, Ruled, Start
from tests.cli.live_home import write_home
from tests.cli.programs import Ended, run
from tests.sandbox.programs import sandbox_process

QUICK: dict[str, Any] = {
    "AUTOPILOT": "auto", "FEES_DECIDE": False, "POLL_INTERVAL": 0.5, "VELOCITY_THRESHOLD": 0.003,
    "VELOCITY_LOOKBACK": 3, "ARM_PERSISTENCE": 2, "REGIME_WINDOW": 5, "REGIME_LOW_VOL": 0.0001,
    "REGIME_DISPERSION": 0.0001,
    "MAX_CAPITAL": 50_000, "RISK_PER_TRADE": 5,
}  # fmt: skip


@pytest.mark.thorough
def test_a_live_log_with_a_restart_is_the_same_bit_for_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: Callable[..., Ended]
) -> None:
    with sandbox_process() as sandbox:
        root = write_home(tmp_path / "home", sandbox, **QUICK)
        (root / "trading.json").write_text(json.dumps({"MIN_AGE": 1, "MIN_DAY_VOLUME": 0}))
        monkeypatch.setenv("KRAKEN_TUI_LIVE", "full")
        for seconds in ("15", "3"):
            ended = run("--no-ui", "--live", "--duration", seconds, "--json", "--home", str(root))
            assert ended.code == 0, ended.err
    records = [row for log in sorted(Home(root, "sandbox").inputs.glob("*.klog")) for row in read_inputs(log)]
    kinds = [type(row) for row in records]
    assert kinds.count(Start) == 2 and kinds.count(FillSeen) > 0 and kinds.count(Ruled) > 0
    told = json.loads(inside("replay", "--json", str(root)).out)
    assert (told["same"], told["engines"], told["notes"]) == (True, 2, [])
    assert told["proven"] == told["scans"] > 20 and told["rulings"] == kinds.count(Ruled)
