"""A home that trades a sandbox, as its operator would set it up."""

import json
from pathlib import Path

from tests.sandbox.programs import SandboxProcess

READY = {"MODE": "LIVE", "RISK_PER_TRADE": 0.5, "MAX_CAPITAL": 500, "DAILY_LOSS_LIMIT": 3}


def write_home(root: Path, sandbox: SandboxProcess, key: str | None = "full", **changes: object) -> Path:
    """`config.json` for `sandbox`, and `.env` with one of its keys, unless None."""
    root.mkdir(mode=0o700, exist_ok=True)
    addresses = {"EXCHANGE_REST_URL": sandbox.rest, "EXCHANGE_WS_URL": sandbox.ws}
    groups = {"GROUPS": {"Majors": ["BTC/USD", "ETH/USD"]}, "HEAT_GROUPS": {}}
    (root / "config.json").write_text(json.dumps({**READY, **addresses, **groups, **changes}))
    if key is not None:
        write_keys(root, *sandbox.key(key))
    return root


def write_keys(root: Path, key: str, secret: str) -> None:
    """`.env`, for its owner only."""
    (root / ".env").write_text(f"KRAKEN_API_KEY={key}\nKRAKEN_API_SECRET={secret}\n")
    (root / ".env").chmod(0o600)
