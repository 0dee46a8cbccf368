"""The example of the documentation, run as its reader would."""

import ast
import re
import subprocess
import sys
from decimal import ROUND_FLOOR, Decimal
from pathlib import Path

from tests.sandbox.clients.krakenex_client import Kraken
from tests.sandbox.clients.steering import Steering
from tests.sandbox.programs import SandboxProcess

PROGRAM = Path(__file__).with_name("bracket.py")
DOCUMENTATION = Path(__file__).parents[3] / "docs" / "sandbox.md"


def test_a_bracket_with_nothing_but_ccxt(process: SandboxProcess, steering: Steering) -> None:
    steering.ask("/resume")  # its market moves, as the reader's does
    key, secret = process.key("trade")
    done = subprocess.run(
        [sys.executable, str(PROGRAM), process.rest, key, secret],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    (stop, target), told = (ast.literal_eval(line) for line in done.stdout.splitlines())
    assert re.fullmatch(r"sell 0\.01000000 XBTUSD @ stop loss \d+\.0", stop)
    assert re.fullmatch(r"sell 0\.01000000 XBTUSD @ take profit \d+\.0", target)
    assert (told["BTC"], told["ETH"]) == (2.0, 20.0)
    k = Kraken(process)
    try:
        trades = k.private("TradesHistory")["trades"].values()
        assert [trade["type"] for trade in trades] == ["sell", "buy"]
        dollars = Decimal(100_000)
        for trade in trades:
            dollars += Decimal(trade["cost"]) * (1 if trade["type"] == "sell" else -1) - Decimal(trade["fee"])
        assert Decimal(str(told["USD"])) == dollars.quantize(Decimal("0.0001"), ROUND_FLOOR)
        assert k.private("OpenOrders") == {"open": {}}
    finally:
        k.api.close()


def test_it_needs_nothing_else_and_is_the_text_of_the_documentation() -> None:
    text = PROGRAM.read_text()
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {name.name for node in imports for name in node.names} == {"sys", "ccxt"}
    assert text[text.index("kraken = ccxt") :] in DOCUMENTATION.read_text()
