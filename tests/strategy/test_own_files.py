"""An operator's file: executed only as it was trusted, and an error in it is named and never fatal."""

import json
from pathlib import Path

import pytest

from kraken_tui.config.home import Home
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.errors import UsageError
from kraken_tui.model.trading import Side
from kraken_tui.strategy.autopilot import decide
from kraken_tui.strategy.bounded import bounded
from kraken_tui.strategy.contract import Strategy
from kraken_tui.strategy.generated import generated_candles
from kraken_tui.strategy.history import WINDOW, cut
from kraken_tui.strategy.indicators import measure_last
from kraken_tui.strategy.opinions import opinions_of
from kraken_tui.strategy.own_files import Own, own_strategies, trust, untrust
from kraken_tui.strategy.regimes import SymbolRegime
from kraken_tui.strategy.strategy_orchestrator import BUILT_IN, States

HEAD = 'REGIMES = ("QUIET", "SQUEEZE", "RANGE", "TREND_UP", "TREND_DOWN")\nEXPECTED_MOVE = 2.5\n'
GOOD = (
    "from kraken_tui.model.vote import Vote\n"
    + HEAD
    + "def votes(candles, config):\n    return [Vote('always', 1.0, 0.0, 1, 'up it goes')]\n"
)
RUN = cut(generated_candles(2, 1_000), 0, WINDOW)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "strategies").mkdir()
    return Home(tmp_path)


def write(home: Home, text: str, name: str = "mine.py") -> Path:
    path = home.root / "strategies" / name
    path.write_text(text)
    return path


def only(home: Home) -> Own:
    (own,) = own_strategies(home)
    return own


def trusted(home: Home, text: str) -> Own:
    write(home, text)
    trust(home, "mine.py")
    return only(home)


def test_a_file_is_executed_only_as_it_was_trusted(home: Home) -> None:
    mark = home.root / "ran"
    path = write(home, f"open({str(mark)!r}, 'w').close()\n{GOOD}")
    assert (only(home).state, only(home).strategy, mark.exists()) == ("not trusted", None, False)
    trust(home, "mine.py")
    assert not mark.exists()
    loaded = only(home)
    assert loaded.state == "trusted" and loaded.strategy is not None and mark.exists()
    assert loaded.strategy.regimes == frozenset(SymbolRegime) - {SymbolRegime.UNKNOWN}
    mark.unlink()
    path.write_text(path.read_text() + "#")
    assert (only(home).state, mark.exists()) == ("changed since it was trusted: not loaded", False)
    trust(home, str(path))
    assert only(home).is_loaded
    untrust(home, "mine.py")
    assert only(home).state == "not trusted"
    assert (path.parent / "trusted.json").stat().st_mode & 0o777 == 0o600


def test_a_file_that_went_is_said_to_be_missing(home: Home) -> None:
    trusted(home, GOOD)
    (home.root / "strategies" / "mine.py").unlink()
    assert only(home).state == "missing"


BAD = {
    "def votes(candles, config:\n": "line 1: SyntaxError: ",
    "x = 1\nraise ValueError('no luck')\n": "line 2: ValueError: no luck",
    "import sys\nsys.exit(3)\n": "line 2: SystemExit: 3",
    "import nothing_of_that_name\n": "line 1: ModuleNotFoundError: ",
    HEAD: "it must define votes(candles, config), ballots(measures, config) or rules(config), one of",
    HEAD + "def votes(c, k): ...\ndef ballots(m, k): ...\n": "one of the three",
    HEAD + "def rules(k): ...\ndef ballots(m, k): ...\n": "one of the three",
    HEAD + "votes = 3\n": "votes is no function",
    GOOD.replace("2.5", "-1"): "EXPECTED_MOVE is -1; it must be a number of percent above 0",
    GOOD.replace("2.5", "True"): "EXPECTED_MOVE is True",
    GOOD.replace('"QUIET"', '"LOUD"'): "it must be a tuple out of QUIET, SQUEEZE, RANGE, TREND_UP, TREND_DOWN",
    GOOD + "MAKER = 1\n": "MAKER is 1; it must be True or False",
    GOOD + "NEVER = ('CHOPPY',)\n": "it must be a tuple out of LOW_VOL, CHOP, TRENDING",
}


RULES = "from kraken_tui.strategy.rules import NOWHERE, Bound, Rule, at_least, either_side\n" + HEAD
MEANS = "means = either_side('means', 'gap', long_from=0.1, short_from=-0.1, words='{value} {threshold}')\n"


def test_rules_vote_as_the_ballots_that_they_stand_for(home: Home) -> None:
    rules = "def rules(config):\n    return [means, at_least('volume', 'volume_ratio', 1.2, means, '{value}')]\n"
    strategy, config = trusted(home, RULES + MEANS + rules).strategy, TradingConfig()
    assert strategy is not None
    ballots = (
        "from kraken_tui.strategy.signal_engine import at_least, two_sided\n" + HEAD + "def ballots(m, config):\n"
        "    means = two_sided('means', m.gap, long_from=0.1, short_from=-0.1, words='{value} {threshold}')\n"
        "    return [means, at_least('volume', m.volume_ratio, 1.2, means.sign, '{value}')]\n"
    )
    other = trusted(home, ballots).strategy
    assert other is not None
    measures = measure_last([cut(RUN, 0, end) for end in range(500, WINDOW)], config)
    told, wanted = (opinions_of(each, measures, (), config) for each in (strategy, other))
    assert told.faults == wanted.faults == {}
    assert told.enter.tolist() == wanted.enter.tolist() and 1 in told.enter
    assert told.ends_long.tolist() == wanted.ends_long.tolist()
    assert [told.votes_at(row) for row in range(5)] == [wanted.votes_at(row) for row in range(5)]


@pytest.mark.parametrize(
    ("rules", "why"),
    {
        "[]": "BadRule: rules() must return one Rule or more",
        "[3]": "BadRule: 3 is no Rule",
        "[either_side('x', 'mood', long_from=1, short_from=0, words='')]": "BadRule: rule x: 'mood' is none of the",
        "[at_least('x', 'rsi', 1, means, '')]": "BadRule: rule x: means, which it is like, must stand before it",
        "[either_side('x', 'rsi', long_from=float('nan'), short_from=0, words='')]": "BadRule: rule x: a bound is not",
        "[config.NOTHING]": "mine.py, line 6: AttributeError",
    }.items(),
)
def test_what_is_wrong_with_rules_is_named_and_they_are_not_heard(home: Home, rules: str, why: str) -> None:
    own = trusted(home, f"{RULES}{MEANS}def rules(config):\n    return {rules}\n")
    assert own.strategy is not None
    told = opinions_of(own.strategy, measure_last([RUN], TradingConfig()), (), TradingConfig())
    assert why in told.faults[0] and told.enter.tolist() == [0]


@pytest.mark.parametrize("text", BAD)
def test_what_is_wrong_is_named_with_its_line_and_never_fatal(home: Home, text: str) -> None:
    own = trusted(home, text)
    assert not own.is_loaded and "mine.py" in own.state and BAD[text] in own.state


def test_a_file_may_not_take_the_name_of_the_house(home: Home) -> None:
    write(home, GOOD, "breakout.py")
    trust(home, "breakout.py")
    assert not only(home).is_loaded and "comes with the house" in only(home).state


def decided(strategy: Strategy) -> tuple[Side | None, str]:
    config = TradingConfig(STRATEGIES=["mine", "mean_reversion"])
    (call,), _ = decide(["X/USD"], [RUN], States(), {}, None, config, [*BUILT_IN, strategy])
    return call.side, call.text


def test_a_loaded_one_trades_where_the_config_names_it(home: Home) -> None:
    strategy = trusted(home, GOOD).strategy
    assert strategy is not None
    assert decided(strategy) == (Side.BUY, f"{regime()}: mine wants a long, all 1 votes agree")


BALLOT = (
    "import numpy as np\nfrom kraken_tui.strategy.signal_engine import Ballot\n"
    + HEAD
    + "def ballots(m, config):\n"
    + "    return [Ballot(name='x', value=m.gap, threshold=TOLD, sign=np.ones(m.rows, np.int8), words='{threshold}')]\n"
)


def test_thresholds_are_one_for_each_row_in_whatever_they_come(home: Home) -> None:
    config, runs = TradingConfig(STRATEGIES=["mine"]), [cut(generated_candles(k, 1_000), 0, WINDOW) for k in (2, 3, 4)]
    for told in ("np.arange(10.0, 10.0 + m.rows)", "tuple(range(10, 10 + m.rows))", "list(range(10, 10 + m.rows))"):
        strategy = trusted(home, BALLOT.replace("TOLD", told)).strategy
        assert strategy is not None
        opinions = opinions_of(strategy, measure_last(runs, config), runs, config)
        assert [opinions.votes_at(row)[0].threshold for row in range(3)] == [10.0, 11.0, 12.0], told


@pytest.mark.parametrize("told", ["()", "(1.0, 2.0)", "[]", "np.zeros(2)", "1.0"])
def test_thresholds_that_are_not_one_for_each_row_are_a_fault_and_no_lost_close(home: Home, told: str) -> None:
    strategy = trusted(home, BALLOT.replace("TOLD", told)).strategy
    assert strategy is not None
    side, text = decided(strategy)
    assert side is None and "mine.py" in text


def regime() -> str:
    (call,), _ = decide(["X/USD"], [RUN], States(), {}, None, TradingConfig())
    return call.symbol_regime


VOTE = "[Vote('always', 1.0, 0.0, 1, 'up it goes')]"
FAILS = {
    "1 / 0": "line 5: ZeroDivisionError: division by zero",
    "exit(4)": "line 5: SystemExit: 4",
    "[]": "votes() must return one Vote or more",
    "None": "TypeError",
    VOTE.replace(" 1, 'up", " 7, 'up"): "a sign of -1, 0 or 1",
    "[3]": "AttributeError",
    "candles.close.sort()": "line 5: ValueError",
}


@pytest.mark.parametrize("code", FAILS)
def test_one_that_fails_at_a_close_is_not_heard(home: Home, code: str) -> None:
    strategy = trusted(home, GOOD.replace(VOTE, code)).strategy
    assert strategy is not None
    side, text = decided(strategy)
    assert side is None and text.startswith("mine failed and is not heard: ") and FAILS[code] in text


def test_one_that_fails_ends_no_position(home: Home) -> None:
    strategy = trusted(home, GOOD.replace(VOTE, "1 / 0")).strategy
    assert strategy is not None
    config = TradingConfig(STRATEGIES=["mine"])
    (call,), _ = decide(["X/USD"], [RUN], States(), {"X/USD": Side.SELL}, None, config, [strategy])
    assert call.side is Side.SELL and "failed" in call.text


def test_ballots_of_the_wrong_length_are_told(home: Home) -> None:
    text = HEAD + (
        "import numpy as np\nfrom kraken_tui.strategy.signal_engine import two_sided\n"
        "def ballots(m, config):\n    return [two_sided('x', np.ones(9), long_from=1, short_from=0, words='')]\n"
    )
    strategy = trusted(home, text).strategy
    assert strategy is not None
    assert "must have 1 values" in decided(strategy)[1]


def test_only_files_of_the_folder_can_be_trusted(home: Home, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(GOOD)
    for name in (str(tmp_path / "other.py"), "../other.py", "mine.txt"):
        with pytest.raises(UsageError, match=r"a strategy is a \.py file in"):
            trust(home, name)
    with pytest.raises(UsageError, match="does not exist"):
        trust(home, "gone.py")
    with pytest.raises(UsageError, match=r"gone\.py is not trusted"):
        untrust(home, "gone.py")


def test_a_list_that_others_may_write_is_worth_nothing(home: Home) -> None:
    trusted(home, GOOD)
    path = home.root / "strategies" / "trusted.json"
    path.chmod(0o666)
    with pytest.raises(UsageError, match="others may write it"):
        own_strategies(home)
    path.chmod(0o600)
    for text in ("{", json.dumps([1]), json.dumps({"mine.py": 3})):
        path.write_text(text)
        with pytest.raises(UsageError, match="trust each file again"):
            own_strategies(home)


def test_a_home_without_strategies_has_none(tmp_path: Path) -> None:
    assert own_strategies(Home(tmp_path)) == []


STUBBORN = """
def votes(candles, config):
    asked.append(1)
    while True:
        try:
            sum(range(100))
        except Exception:
            pass
"""


def test_one_that_never_ends_is_interrupted_named_and_not_asked_again(home: Home) -> None:
    own = trusted(home, HEAD + "asked = []\n" + STUBBORN)
    assert own.strategy is not None
    strategy = bounded(own.strategy, 0.05)
    config = TradingConfig(STRATEGIES=["mine", "trend_following"])
    for _ in range(2):
        calls, _ = decide(["A", "B"], [RUN, RUN], States(), {}, None, config, [*BUILT_IN, strategy])
        texts = [vote.text for call in calls for vote in call.votes] + [call.text for call in calls]
        assert any("mine.py, line" in text and "took longer than 0.05 s" in text for text in texts), texts
    assert own.strategy.votes is not None
    asked = own.strategy.votes.__globals__["asked"]
    assert asked == [1]
