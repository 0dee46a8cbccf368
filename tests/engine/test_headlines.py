"""Battle Stations is never blank, and what is dangerous stands first."""

import pytest

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.engine.headlines import MOST, MOST_ASKED, ask_line, ask_text, headlines, newest_first
from kraken_tui.engine.pilot import Asked
from kraken_tui.model.intent import Enter, Exit, MoveStop
from kraken_tui.model.scan import Regime
from kraken_tui.model.snapshot import Headline, PositionRow
from kraken_tui.model.trading import Side
from tests.samples import D


def position(symbol: str, *, protected: bool = True) -> PositionRow:
    return PositionRow(
        symbol=symbol, side="LONG", amount="1", entry="100.0", mark="101.0", stop="99.0" if protected else "",
        protected=protected, notional="101.00", leverage=5, gross="1.00", fees="0.80", net="0.20",
        net_percent=0.2, opened_ns=0,
    )  # fmt: skip


def words(**changes: object) -> list[str]:
    given: dict[str, object] = {
        "alerts": (), "acting": (), "positions": (), "arming": (), "feed_note": "", "paused": False,
        "regime": Regime.TRENDING, "tickers": 30,
    }  # fmt: skip
    return [line.word for line in headlines(**{**given, **changes})]  # type: ignore[arg-type]


def test_a_quiet_market_still_says_what_is_going_on() -> None:
    assert words() == ["SCANNING"]
    assert words(regime=None) == ["WARMING"]
    assert words(paused=True) == ["PAUSED"]
    assert words(regime=Regime.CHOP) == ["SCANNING"]


def test_alerts_stand_before_actions_before_positions_before_arming() -> None:
    entry = Enter(symbol="DOGE/USD", side=Side.SELL, price=D("0.0000001"), stop_price=D("0.0000002"), reason="BURST")
    lines = words(
        alerts=("disk full",), feed_note="silent", acting=(entry, Exit(symbol="A/USD", reason="FADE")),
        positions=(position("B/USD"),), arming=(Headline(word="ARM", symbol="C/USD", price="", stop="", why=""),),
    )  # fmt: skip
    assert lines == ["ALERT", "STALE", "SELL", "EXIT", "HOLD", "ARM"]


def test_a_position_without_a_stop_is_an_alert_before_every_other_position() -> None:
    assert words(positions=(position("A/USD"), position("B/USD", protected=False)))[:2] == ["ALERT", "HOLD"]


def test_stop_moves_are_no_headline_and_the_list_is_bounded() -> None:
    assert words(acting=(MoveStop(symbol="A/USD", stop_price=D(1), reason="TRAIL"),)) == ["SCANNING"]
    assert len(words(positions=tuple(position(f"{n}/USD") for n in range(40)))) == MOST


def asked(symbol: str, until_ns: int, limit: str | None = None) -> Asked:
    intent = Enter(
        symbol=symbol, side=Side.BUY, price=D("100.0"), stop_price=D("98.0"), reason="breakout: above the band",
        owner="autopilot", limit_price=None if limit is None else D(limit), post_only=limit is not None,
    )  # fmt: skip
    return Asked(intent, until_ns)


def test_what_is_asked_stands_behind_what_is_wrong_and_before_what_goes_on() -> None:
    asks = [ask_line(asked(f"{n}/USD", MINUTE), 0) for n in range(9)]
    lines = words(alerts=("disk full",), feed_note="silent", asked=asks, positions=(position("B/USD"),))
    assert lines == ["ALERT", "STALE", *["ASK"] * MOST_ASKED, "HOLD", "SCANNING"]


@pytest.mark.parametrize(
    ("left_ns", "said"), [(4 * MINUTE, "4 min"), (119 * SECOND, "119 s"), (SECOND, "1 s"), (-SECOND, "0 s")]
)
def test_an_asked_entry_is_one_line_that_begins_with_its_symbol(left_ns: int, said: str) -> None:
    row = asked("BTC/USD", 500 * SECOND + left_ns, limit="99.9")
    assert ask_text(row, 500 * SECOND) == (
        f"BTC/USD at 99.9, stop 98.0: buy? {said} left: breakout: above the band"
    )  # fmt: skip
    assert ask_line(asked("BTC/USD", 0), 0).price == "100.0", "without a limit the price that it was asked at"


def test_the_newest_question_comes_first_and_those_of_one_close_stand_by_symbol() -> None:
    rows = [asked("Z/USD", 2), asked("B/USD", 1), asked("A/USD", 2)]
    assert [row.intent.symbol for row in newest_first(rows)] == ["A/USD", "Z/USD", "B/USD"]


def test_tiny_prices_are_written_out() -> None:
    entry = Enter(symbol="S/USD", side=Side.BUY, price=D("0.000000100"), stop_price=D("0.000000090"), reason="BURST")
    line = headlines(
        alerts=(), acting=(entry,), positions=(), arming=(), feed_note="", paused=False, regime=None, tickers=1
    )[0]
    assert (line.price, line.stop) == ("0.000000100", "0.000000090")
