"""Manual orders from the command line: what is sent to the engine, what is printed, how it ends."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from kraken_tui.model.command import Buy, CancelOrders, Close, Command, Say, Sell, SetStop, SetTarget
from tests.cli.programs import Ended, pretended, run

Inside = Callable[..., Ended]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path.resolve()


B = "BTC/USD"
SENT: list[tuple[tuple[str, ...], Command]] = [
    (("buy", "BTC"), Buy(symbol=B)),
    (("buy", "btcusd", "0.010", "--at", "60000", "--stop", "58000.0", "--target", "66000"),
     Buy(symbol=B, amount="0.010", limit="60000", stop="58000.0", target="66000")),
    (("buy", "--stop", "58000", "xbt/usd", "0.01"), Buy(symbol=B, amount="0.01", stop="58000")),
    (("sell", "BTC", "0.5", "--at", "70000"), Sell(symbol=B, amount="0.5", limit="70000")),
    (("close", "eth"), Close("ETH/USD")),
    (("cancel", "DOGE/USD"), CancelOrders(symbol="DOGE/USD")),
    (("move-stop", "btc", "58000.5"), SetStop(symbol=B, price="58000.5")),
    (("move-target", "btc", "66000"), SetTarget(symbol=B, price="66000")),
    (("move-target", "btc", "off"), SetTarget(symbol=B)),
    (("orders",), Say("orders")),
]  # fmt: skip


def test_each_command_reaches_the_engine_as_typed_and_its_lines_are_printed(home: Path, inside: Inside) -> None:
    with pretended(home):
        for words, command in SENT:
            ended = inside(*words, "--home", str(home))
            assert (ended.code, ended.err) == (0, "")
            author, told = ended.out.splitlines()
            assert author == f"asked by cli {words[0]}"
            assert msgspec.json.decode(told, type=Command) == command


def test_the_home_may_stand_before_the_command(home: Path) -> None:
    with pretended(home):
        ended = run("--home", str(home), "close", "btc")
    assert (ended.code, ended.out.splitlines()[0]) == (0, "asked by cli close")


def test_what_the_engine_refuses_ends_with_five_and_its_own_words(home: Path, inside: Inside) -> None:
    with pretended(home, "sticks"):
        ended = inside("buy", "BTC", "5", "--home", str(home))
    assert ended.code == 5
    assert "asked by cli buy" in ended.out
    assert ended.err == "kraken-tui: buy: not done, or not as asked; see above\n"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("buy", "nosuch"), "nosuch is not among the tickers; nothing was sent"),
        (("close", "BTC/EUR"), "BTC/EUR is not among the tickers; nothing was sent"),
        (("buy",), "SYMBOL"),
        (("move-stop", "btc"), "PRICE"),
        (("cancel", "btc", "5"), "5"),
        (("buy", "btc", "0.1", "0.2"), "0.2"),
        (("buy", "btc", "--limit", "5"), "--limit"),
    ],
)
def test_what_can_not_be_meant_is_bad_usage_and_sends_nothing(
    home: Path, inside: Inside, words: tuple[str, ...], told: str
) -> None:
    with pretended(home):
        ended = inside(*words, "--home", str(home))
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


def test_without_an_engine_nothing_is_sent(home: Path, inside: Inside) -> None:
    for words, _ in SENT:
        ended = inside(*words, "--home", str(home))
        assert (ended.code, ended.out) == (2, "")
        assert "so nothing was sent" in ended.err


def test_a_frozen_engine_was_sent_nothing(home: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kraken_tui.control.client.WELCOME_WITHIN_S", 0.3)
    with pretended(home) as process:
        os.kill(process.pid, signal.SIGSTOP)
        ended = inside("buy", "BTC", "--home", str(home))
        os.kill(process.pid, signal.SIGCONT)
    assert ended.code == 1
    assert "nothing was sent" in ended.err and f"(pid {process.pid})" in ended.err


@pytest.mark.parametrize("behaviour", ["hangs", "dies"])
def test_an_engine_lost_in_the_middle_leaves_it_unknown(
    home: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch, behaviour: str
) -> None:
    monkeypatch.setattr("kraken_tui.control.client.TRADED_WITHIN_S", 0.3)
    with pretended(home, behaviour):
        ended = inside("buy", "BTC", "--home", str(home))
    assert ended.code == 1
    assert "whether it was done is not known" in ended.err
    assert "nothing was sent" not in ended.err


def test_a_slow_exchange_is_waited_for(home: Path, inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kraken_tui.control.client.REPLY_WITHIN_S", 0.05)
    with pretended(home, "slow"):
        assert inside("buy", "BTC", "--home", str(home)).code == 0


def test_what_the_engine_tells_can_not_steer_the_terminal(home: Path, inside: Inside) -> None:
    with pretended(home, "steers"):
        ended = inside("orders", "--home", str(home))
    assert "pwned" in ended.out
    assert all(sign == "\n" or sign.isprintable() for sign in ended.out)
    assert not any(line.startswith("forged") for line in ended.out.splitlines())
