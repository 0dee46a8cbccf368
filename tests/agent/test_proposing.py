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
    CancelOrders,
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
        ("buy fifty dollars of bitcoin at 50k", Buy(symbol="BTC/USD", amount="0.001", limit="50000")),
        (
            "buy 10% of equity in btc stop 2% target 5%",
            Buy(symbol="BTC/USD", amount="0.16393442", stop="59780", target="64050"),
        ),
        ("please buy 0.5 btc stop 60000", Buy(symbol="BTC/USD", amount="0.5", stop="60000")),
        ("please buy btc", Buy(symbol="BTC/USD")),
        ("short 0.1 btc with a stop at 2%", Sell(symbol="BTC/USD", amount="0.1", stop="62209.8")),
    ],
)
async def test_an_entry_is_worked_out_at_the_price_of_now(flat: Standing, line: str, command: object) -> None:
    result = await proposed(flat, line)
    assert result.ok, result.lines
    (proposal,) = flat.proposer.taken
    assert proposal.command == command
    assert proposal.unsaid == ()
    assert (result.row, result.lines[0]) == ("P-1", "P-1 waiting: confirm P-1, or reject P-1")


async def test_the_answer_names_the_proposal_its_card_and_how_numbers_were_read(flat: Standing) -> None:
    result = await proposed(flat, "buy 2 bitcoins at 60k stop 59,000")
    assert result.lines == (
        "P-1 waiting: confirm P-1, or reject P-1", "the card", "asked for: 2 BTC", "read as: 60k is 60000",
        "read as: 59,000 is 59000",
    )  # fmt: skip
    assert (result.row, result.data["state"]) == ("P-1", "waiting")
    silent = await flat.tools.call("propose_buy", '{"symbol": "BTC"}', turn(""))
    assert silent.lines[-1] == "not in your message: symbol"


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("sell half my btc", Sell(symbol="BTC/USD", amount="0.25")),
        ("sell all of my btc", Sell(symbol="BTC/USD")),
        ("sell $6,099 of btc", Sell(symbol="BTC/USD", amount="0.1")),
        ("close my btc position", Close("BTC/USD")),
        ("cancel the order in btc", CancelOrders(symbol="BTC/USD")),
        ("move the stop of btc to 60,500", SetStop(symbol="BTC/USD", price="60500")),
        ("move the target of btc to 70k", SetTarget(symbol="BTC/USD", price="70000")),
        ("take the target off btc", SetTarget(symbol="BTC/USD")),
        ("close everything", Flatten()),
        ("stop trading", Pause()),
        ("resume trading", Resume()),
        ("turn the autopilot off", SetAutopilot("off")),
        ("set risk per trade to 0.25%", SetSetting(name="RISK_PER_TRADE", value="0.25")),
    ],
)
async def test_other_wishes_become_commands(standing: Standing, line: str, command: object) -> None:
    result = await proposed(standing, line)
    assert result.ok, result.lines
    assert [row.command for row in standing.proposer.taken] == [command]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("buy $0.10 of btc", "too little: at least 3.05 USD"), ("buy $50 of doge", "no sound price"),
        ("buy 150% of equity in btc", "more than all of it"), ("sell 150% of btc", "more than all of it"),
        ("short 1 btc stop 2%", "a long is held"), ("short 1 doge stop 100%", "no sound price"),
        ("please sell doge", "a short names its stop"), ("pause until 2020-01-01", "is over already"),
    ],
)  # fmt: skip
async def test_what_cant_be_is_refused_before_it_is_a_proposal(standing: Standing, line: str, why: str) -> None:
    result = await proposed(standing, line)
    assert not result.ok and why in result.lines[0], result.lines
    assert not standing.proposer.taken


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"symbol": "BTC", "amount": "1", "quote": "50"}, "amount and quote are two sizes"),
        ({"symbol": "BTC", "amount": "0"}, "not a plain number"),
        ({"symbol": "BTC", "stop": "100%"}, "no price"),
    ],
)
async def test_what_a_model_makes_up_is_refused(flat: Standing, arguments: dict[str, str], why: str) -> None:
    result = await flat.tools.call("propose_buy", json.dumps(arguments), turn("buy btc"))
    assert not result.ok and why in result.lines[0], result.lines


def test_a_setting_is_written_whole_and_only_within_its_bounds(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.config.write_text('{"RISK_PER_TRADE": 1, "PAPER_BALANCE": 2000.10}', encoding="utf-8")
    settings = Settings(RISK_PER_TRADE=1, PAPER_BALANCE=Decimal("2000.10"))
    told = write_setting(home, settings, SetSetting(name="RISK_PER_TRADE", value="0.5"))
    assert told.ok and "RISK_PER_TRADE is 0.5" in told.lines[0] and "(was 1.0)" in told.lines[0]
    told = write_setting(home, settings, SetSetting(name="MAX_CAPITAL", value="500"))
    assert "MAX_CAPITAL is 500" in told.lines[0] and "(was not set)" in told.lines[0]
    written = json.loads(home.config.read_text(encoding="utf-8"), parse_float=str)
    assert (written["RISK_PER_TRADE"], written["PAPER_BALANCE"]) == ("0.5", "2000.10")
    before = home.config.read_bytes()
    for name, value in (("RISK_PER_TRADE", "200"), ("RISK_PER_TRADE", "much"), ("NO_SUCH", "1"), ("MODE", "LIVE")):
        with pytest.raises(UsageError):
            write_setting(home, settings, SetSetting(name=name, value=value))
    assert home.config.read_bytes() == before
