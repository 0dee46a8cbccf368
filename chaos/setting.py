"""The folder of one run: a keys file for the sandbox, and a home as its operator would set it up."""

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kraken_tui.clock import Generator
from kraken_tui.sandbox.access.keys import PERMISSION_SETS

ENGINE = "engine"
OPERATOR = "operator"
AUDITORS = 60
"""Keys that read: each may ask little, and the account is looked at several times a second."""
SYMBOLS = ("BTC/USD", "ETH/USD", "SOL/USD", "XRP/USD")
BALANCES = ("USD=50000", "BTC=2", "ETH=20")
"""The operator's own; the engine must leave the coins alone."""
SETTINGS: Mapping[str, Any] = {
    "MODE": "LIVE",
    "RISK_PER_TRADE": 0.5,
    "MAX_CAPITAL": 5000,
    "DAILY_LOSS_LIMIT": 100,
    "EXCHANGE_TIER": "intermediate",
    "GROUPS": {"Majors": list(SYMBOLS)},
    "HEAT": {"trades": 4, "exposure": 300},
    "HEAT_GROUPS": {},
    "POLL_INTERVAL": 0.5,
    "VELOCITY_THRESHOLD": 0.01,
    "VELOCITY_LOOKBACK": 2,
    "ARM_PERSISTENCE": 1,
    "HEAT_THRESHOLD_RISE": 0,
    "REGIME_WINDOW": 2,
    "REGIME_LOW_VOL": 0,
    "REGIME_DISPERSION": 0,
    "REGIME_MIX": 100,
    "DECAY_SCANS": 12,
    "REVERSAL_SCANS": 2,
    "COOLDOWN_LOSS": 0,
    "RATCHET_ENTRY": 0.05,
    "BREAKEVEN_GAP": 0.02,
    "RATCHET_LOCK": 0.2,
    "LOCK_PROFIT": 0.1,
    "TRAIL_DISTANCE": 0.1,
    "TRAIL_STEP": 0.02,
    "TRAJECTORY": "off",
}
"""A scanner that is never quiet for long."""

Pair = tuple[str, str]


def make_keys(path: Path, chance: Generator) -> dict[str, Pair]:
    """Write the sandbox's keys file; returns key and secret by name."""
    sets = {ENGINE: "full", OPERATOR: "trade", **{f"auditor-{number}": "read-only" for number in range(AUDITORS)}}
    rows, pairs = [], {}
    for name, permissions in sets.items():
        secret = base64.b64encode(chance.randbytes(64)).decode()
        key = hashlib.blake2b(chance.randbytes(32), digest_size=28).hexdigest()
        pairs[name] = key, secret
        rows.append({"name": name, "key": key, "secret": secret, "permissions": sorted(PERMISSION_SETS[permissions])})
    path.write_text(json.dumps({"keys": rows}))
    path.chmod(0o600)
    return pairs


def make_home(root: Path, rest: str, ws: str, key: Pair) -> None:
    """Write `config.json` and `.env`."""
    root.mkdir(mode=0o700)
    told = {**SETTINGS, "EXCHANGE_REST_URL": rest, "EXCHANGE_WS_URL": ws}
    (root / "config.json").write_text(json.dumps(told))
    (root / ".env").write_text(f"KRAKEN_API_KEY={key[0]}\nKRAKEN_API_SECRET={key[1]}\n")
    (root / ".env").chmod(0o600)
