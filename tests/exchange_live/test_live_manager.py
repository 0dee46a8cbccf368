"""One client per mode: no real one where the mode, the folders or an address are not LIVE's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kraken_tui.clock import SystemClock
from kraken_tui.config.home import Home
from kraken_tui.config.keys import Keys
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.exchange_manager import ExchangeManager
from kraken_tui.exchange.live.budgets import PRO
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.sandbox.options import Options
from kraken_tui.sandbox.sandbox import Sandbox
from tests.exchange_live.client_stand import SECRET

LIVE = {"MODE": "LIVE", "EXCHANGE_REST_URL": "http://127.0.0.1:9", "EXCHANGE_WS_URL": "ws://127.0.0.1:9/v2"}


def manager(root: Path, mode: str, settings: Mapping[str, Any]) -> ExchangeManager:
    return ExchangeManager(Settings.model_validate(settings), Home(root, mode), SystemClock())


@pytest.mark.parametrize(
    ("mode", "settings"),
    [
        ("paper", {"MODE": "PAPER"}),
        ("sandbox", {"MODE": "PAPER"}),
        ("paper", LIVE),
        ("live", LIVE),
        ("sandbox", {"MODE": "LIVE"}),
        ("live", {"MODE": "LIVE", "EXCHANGE_REST_URL": "http://api.kraken.com"}),
        ("live", {"MODE": "LIVE", "EXCHANGE_REST_URL": "https://api.kraken.com.example.org"}),
        ("live", {"MODE": "LIVE", "EXCHANGE_REST_URL": "http://127.0.0.1:9"}),
    ],
)
def test_only_live_gets_a_real_client(tmp_path: Path, mode: str, settings: Mapping[str, Any]) -> None:
    with pytest.raises(SafetyRefusal):
        manager(tmp_path, mode, settings).live(Keys("key", SECRET))


async def test_live_on_loopback_is_the_sandboxs(tmp_path: Path) -> None:
    async with Sandbox(Options(port=0, seed=1, paused=True)) as sandbox:
        urls = {"EXCHANGE_REST_URL": sandbox.rest_url, "EXCHANGE_WS_URL": sandbox.ws_url}
        settings = LIVE | urls | {"EXCHANGE_TIER": "pro"}
        key = next(key for key in sandbox.keys if key.name == "full")
        client, stream = manager(tmp_path, "sandbox", settings).live(Keys(key.key, key.secret))
        try:
            await client.load()
            assert "BTC/USD" in client.instruments
            assert (await client.fetch_balance())["total"]["BTC"] == "2.0000000000"
            assert client.budgets.tier is PRO
            assert not stream.in_sync
        finally:
            await client.close()
