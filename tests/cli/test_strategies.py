"""`strategies` and `lookahead`, as an operator types them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.programs import Ended

HONEST = (
    "from kraken_tui.strategy.signal_engine import two_sided\n"
    'REGIMES = ("RANGE",)\nEXPECTED_MOVE = 2\n\n\n'
    "def ballots(m, config):\n    return [two_sided('gap', m.gap, long_from=1, short_from=-1, words='{value}')]\n"
)
CHEAT = HONEST.replace("m.gap", "m.gap[::-1]")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "strategies").mkdir()
    (tmp_path / "strategies" / "mine.py").write_text(HONEST)
    return tmp_path


def states(inside: Callable[..., Ended], home: Path) -> dict[str, tuple[bool, str]]:
    rows = json.loads(inside("strategies", "list", "--json", "--home", str(home)).out)["strategies"]
    return {row["name"]: (row["on"], row["state"]) for row in rows}


def test_trust_and_untrust(inside: Callable[..., Ended], home: Path) -> None:
    assert states(inside, home) == {
        "trend_following": (True, "built in"),
        "mean_reversion": (True, "built in"),
        "breakout": (True, "built in"),
        "mine": (False, "not trusted"),
    }
    told = inside("--home", str(home), "strategies", "trust", "mine.py").out
    assert "trusted: mine.py, SHA-256 " in told and "STRATEGIES in trading.json names mine" in told
    (home / "trading.json").write_text('{"STRATEGIES": ["mine", "ghost"]}')
    now = states(inside, home)
    assert now["mine"] == (True, "trusted") and now["breakout"] == (False, "built in")
    assert now["ghost"] == (False, "named in STRATEGIES, and there is no such strategy")
    assert "mine               on   trusted      RANGE\n" in inside("strategies", "list", "--home", str(home)).out
    assert inside("strategies", "untrust", "mine.py", "--home", str(home)).out == "no longer trusted: mine.py\n"
    assert states(inside, home)["mine"] == (False, "not trusted")


def test_trusting_what_is_broken_says_where(inside: Callable[..., Ended], home: Path) -> None:
    (home / "strategies" / "mine.py").write_text("x = 1\ny = x.nothing\n")
    told = inside("strategies", "trust", "mine.py", "--home", str(home)).out
    assert "it can't be loaded: " in told and "mine.py, line 2: AttributeError" in told


def test_what_is_no_file_of_the_home_is_refused(inside: Callable[..., Ended], home: Path) -> None:
    ended = inside("strategies", "trust", "/etc/passwd", "--home", str(home))
    assert ended.code == 2 and "a strategy is a .py file in" in ended.err


def test_the_config_is_shown_and_its_faults_are_told(inside: Callable[..., Ended], home: Path) -> None:
    assert json.loads(inside("strategies", "config", "--home", str(home)).out)["RSI_PERIOD"] == 14
    (home / "trading.json").write_text('{"RSI_PERIOD": -1}')
    ended = inside("strategies", "config", "--home", str(home))
    assert ended.code == 2 and "RSI_PERIOD is -1; it should be" in ended.err


def test_lookahead_passes_the_honest_and_names_the_cheat(
    inside: Callable[..., Ended], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kraken_tui.cli.lookahead.SEEDS", (1,))
    inside("strategies", "trust", "mine.py", "--home", str(home))
    ended = inside("lookahead", "--home", str(home))
    assert ended.code == 0 and ended.out.endswith("4 strategies, 1 markets: no decision rests on later candles\n")
    (home / "strategies" / "mine.py").write_text(CHEAT)
    inside("strategies", "trust", "mine.py", "--home", str(home))
    ended = inside("lookahead", "--home", str(home))
    assert ended.code == 1 and "do not trade mine" in ended.out and "without the candles after it" in ended.out
    found = json.loads(inside("lookahead", "--json", "--home", str(home)).out)
    assert found["failed"] and [proof["strategy"] for proof in found["proofs"] if proof["difference"]] == ["mine"]


def test_lookahead_over_recorded_candles(
    inside: Callable[..., Ended], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kraken_tui.cli.lookahead.SEEDS", ())
    rows = ["ts_ms,open,high,low,close,volume"]
    rows += [
        f"{k * 300_000},{100 + k % 7},{110 + k % 5},{90 - k % 3},{100 + (k + 1) % 7},1.5"
        for k in range(1, 900)
        if k % 11
    ]
    (home / "XBTUSD.csv").write_text("\n".join(rows))
    ended = inside("lookahead", "--candles", str(home / "XBTUSD.csv"), "--home", str(home))
    assert ended.code == 0 and "BTC/USD            899 candles" in ended.out
    (home / "XBTUSD.csv").write_text("a,b\n1,2\n")
    assert inside("lookahead", "--candles", str(home / "XBTUSD.csv"), "--home", str(home)).code == 2
