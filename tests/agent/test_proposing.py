"""Proposals: the card says what would be done at what price and risk, and nothing is done."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from kraken_tui.agent import requests as ask
from kraken_tui.agent.grammar import parse
from kraken_tui.agent.tools.toolbox import answer
from kraken_tui.config.home import Home
from kraken_tui.config.settings import Settings
from kraken_tui.model.command import (
    Buy,
    Close,
    Flatten,
    Pause,
    Resume,
    Sell,
    SetAutopilot,
    SetSetting,
    SetStop,
    SetTarget,
)
from kraken_tui.model.errors import UsageError
from kraken_tui.model.fact import ToolResult
from kraken_tui.runtime.assistant_tools import write_setting
from tests.agent.tool_doubles import SYMBOLS, Standing, snapshot, turn


@pytest.fixture
def standing(tmp_path: Path) -> Standing:
    return Standing(tmp_path)


@pytest.fixture
def flat(standing: Standing) -> Standing:
    standing.snapshot = snapshot(positions=(), orders=())
    return standing


async def proposed(standing: Standing, line: str) -> ToolResult:
    """What becomes of a line of the chat."""
    request = parse(line, SYMBOLS)
    assert isinstance(request, ask.Proposing), request
    return await answer(request, standing.tools, turn(line))


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("buy $50 of btc", Buy(symbol="BTC/USD", amount="0.00081967")),
        ("buy fifty dollars of bitcoin at 50k", Buy(symbol="BTC/USD", amount="0.00100000", limit="50000.0")),
        (
            "buy 10% of equity in btc stop 2% target 5%",
            Buy(symbol="BTC/USD", amount="0.16393442", stop="59780.0", target="64050.0"),
        ),
        ("please buy 0.5 btc stop 60000", Buy(symbol="BTC/USD", amount="0.50000000", stop="60000.0")),
        ("please buy btc", Buy(symbol="BTC/USD")),
        ("short 0.1 btc with a stop at 2%", Sell(symbol="BTC/USD", amount="0.10000000", stop="62209.8")),
    ],
)
async def test_an_entry_is_worked_out_at_the_price_of_now(flat: Standing, line: str, command: object) -> None:
    result = await proposed(flat, line)
    assert result.ok, result.lines
    (proposal,) = flat.proposer.taken
    assert proposal.command == command
    assert proposal.unsaid == ()
    assert (result.row, result.lines[0]) == ("P-1", "P-1 waiting: confirm P-1, or reject P-1")


async def test_the_card_says_size_worst_price_stop_fees_and_risk_in_money(flat: Standing) -> None:
    result = await proposed(flat, "buy 0.5 btc at 60k stop 59,000 target 3%".replace("0.5 btc", "0.5 bitcoin"))
    (proposal,) = flat.proposer.taken
    assert proposal.reference == "60000.0"
    assert proposal.lines == (
        "PAPER BTC/USD BUY 0.50000000 BTC, about 30,000.00 USD, limit 60000.0",
        "stop 59000.0; target 61800.0",
        "fees about 238.00 USD both ways; at risk about 738.00 USD, 0.74 % of equity",
        "read as: 60k is 60000",
        "read as: 59,000 is 59000",
    )
    assert result.lines[1:] == proposal.lines


async def test_without_a_size_the_card_says_what_risk_allows(flat: Standing) -> None:
    await proposed(flat, "please buy btc")
    head, stop, *_ = flat.proposer.taken[0].lines
    # 0.5 % of 100,000 over a stop 1,000 below the ask.
    assert head == (
        "PAPER BTC/USD BUY as much as risk allows, about 0.5 BTC, about 30,500.00 USD, at market, worst about 61152.5"
    )
    assert stop == "stop about 60000.0, where the ATR puts it; target none"


@pytest.mark.parametrize(
    ("line", "command", "told"),
    [
        ("sell half my btc", Sell(symbol="BTC/USD", amount="0.25000000"), "SELL 0.25000000 BTC of the long of 0.5"),
        ("sell all of my btc", Sell(symbol="BTC/USD"), "SELL 0.5 BTC of the long of 0.5"),
        ("sell $6,099 of btc", Sell(symbol="BTC/USD", amount="0.10000000"), "result about 80.00 USD net"),
        ("close my btc position", Close("BTC/USD"), "CLOSE the LONG of 0.5, at market, now about 60990.0"),
        ("move the stop of btc to 60,500", SetStop(symbol="BTC/USD", price="60500"), "about +250.00 USD before fees"),
        ("move the target of btc to 70k", SetTarget(symbol="BTC/USD", price="70000"), "TARGET to 70000"),
        ("close everything", Flatten(), "FLATTEN: close 1 positions at market"),
        ("stop trading", Pause(), "PAUSE: no entries until resume"),
        ("resume trading", Resume(), "RESUME: entries are possible again"),
        ("turn the autopilot off", SetAutopilot("off"), "AUTOPILOT from observe to off: it decides nothing"),
        ("set risk per trade to 0.25%", SetSetting(name="RISK_PER_TRADE", value="0.25"), "from None to 0.25"),
    ],
)
async def test_other_wishes_become_commands(standing: Standing, line: str, command: object, told: str) -> None:
    result = await proposed(standing, line)
    assert result.ok, result.lines
    assert standing.proposer.taken[0].command == command
    assert standing.proposer.taken[0].unsaid == ()
    assert any(told in row for row in result.lines), result.lines


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("buy $0.10 of btc", "too small: at least 0.00005 BTC"), ("buy $50 of doge", "no sound price"),
        ("buy 1 btc at 60k stop 61k", "would fire at once"), ("buy 1 btc at 60k target 59k", "taken at once"),
        ("buy 150% of equity in btc", "more than all of it"), ("sell 2 bitcoin", "more than the 0.5 BTC that are held"),
        ("sell 150% of btc", "more than all of it"), ("short 1 btc stop 2%", "a long is held"),
        ("close doge", "no open position"), ("move the stop of btc to 62000", "would fire at once"),
        ("cancel the order in btc", "no entry rests"), ("stop trading memes until monday", "not available yet"),
        ("pause for 2 hours", "that ends by itself is not available yet"), ("set velocity threshold to 99", "VELOCITY"),
        ("please set MODE to LIVE", "by hand"), ("please set AUTOPILOT to wild", "AUTOPILOT"),
    ],
)  # fmt: skip
async def test_what_cant_be_is_refused_before_it_is_a_proposal(standing: Standing, line: str, why: str) -> None:
    request = parse(line, SYMBOLS)
    if isinstance(request, Close):
        request = ask.ProposeClose(symbol=request.symbol)
    assert isinstance(request, ask.Proposing), request
    result = await answer(request, standing.tools, turn(line))
    assert not result.ok and why in result.lines[0], result.lines
    assert not standing.proposer.taken


@pytest.mark.parametrize(
    ("said", "arguments", "unsaid"),
    [
        ("buy $50 of btc", {"symbol": "BTC/USD", "quote": "50"}, ()),
        ("buy some bitcoin", {"symbol": "BTC/USD", "quote": "50"}, ("quote",)),
        ("what do you think of doge?", {"symbol": "BTC/USD", "quote": "50"}, ("what is done", "symbol", "quote")),
        ("buy fifty bucks of btc", {"symbol": "BTC/USD", "quote": "50", "stop": "2%"}, ("stop",)),
        ("buy 1k of btc", {"symbol": "BTC/USD", "quote": "1000", "stop": "58000"}, ("stop",)),
        ("", {"symbol": "BTC/USD"}, ("what is done", "symbol")),
    ],
)  # fmt: skip
async def test_what_the_user_did_not_say_is_marked(
    flat: Standing, said: str, arguments: dict[str, str], unsaid: tuple[str, ...]
) -> None:
    result = await flat.tools.call("propose_buy", json.dumps(arguments), turn(said))
    assert result.ok, result.lines
    assert flat.proposer.taken[0].unsaid == unsaid
    assert (f"not in your message: {', '.join(unsaid)}" in result.lines) is bool(unsaid)


def test_a_setting_is_written_whole_and_only_within_its_bounds(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.config.write_text('{"RISK_PER_TRADE": 1, "PAPER_BALANCE": 2000.10}', encoding="utf-8")
    settings = Settings(RISK_PER_TRADE=1, PAPER_BALANCE=Decimal("2000.10"))
    told = write_setting(home, settings, SetSetting(name="RISK_PER_TRADE", value="0.5"))
    assert told.ok and "RISK_PER_TRADE is 0.5" in told.lines[0] and "(was 1.0)" in told.lines[0]
    written = json.loads(home.config.read_text(encoding="utf-8"), parse_float=str)
    assert (written["RISK_PER_TRADE"], written["PAPER_BALANCE"]) == ("0.5", "2000.10")
    before = home.config.read_bytes()
    for name, value in (("RISK_PER_TRADE", "200"), ("RISK_PER_TRADE", "much"), ("NO_SUCH", "1"), ("MODE", "LIVE")):
        with pytest.raises(UsageError):
            write_setting(home, settings, SetSetting(name=name, value=value))
    assert home.config.read_bytes() == before
