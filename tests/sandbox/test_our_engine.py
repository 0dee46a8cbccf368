"""Our own engine takes the sandbox for Kraken, with nothing but two addresses in its settings."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox.programs import SandboxProcess


@pytest.mark.serial
def test_the_engine_scans_the_sandboxs_market(tmp_path: Path, sandbox_process: SandboxProcess) -> None:
    settings = {"MARKET": "kraken", "EXCHANGE_REST_URL": sandbox_process.rest, "EXCHANGE_WS_URL": sandbox_process.ws}
    (tmp_path / "config.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "kraken_tui", "--no-ui", "--json", "--duration", "7", "--home", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["scans"] >= 3
    assert "30 tickers" in ran.stderr
    assert "feed LIVE" in ran.stderr

    requests = sandbox_process.stop()["requests"]
    assert requests["rest:public/AssetPairs"] >= 1
    assert any(where.startswith("ws:") for where in requests), requests
