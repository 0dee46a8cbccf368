"""Battle Stations is never blank, and what is dangerous stands first."""

from kraken_tui.engine.headlines import MOST, headlines
from kraken_tui.model.intent import Enter, Exit, MoveStop
from kraken_tui.model.scan import Regime
from kraken_tui.model.snapshot import Headline, PositionRow
from kraken_tui.model.trading import Side
from tests.samples import D


def position(symbol: str, *, protected: bool = True) -> PositionRow:
    return PositionRow(
        symbol=symbol, side="LONG", amount="1", entry="100.0", mark="101.0", stop="99.0" if protected else "",
        protected=protected, notional="101.00", leverage=5, net="0.20", net_percent=0.2, opened_ns=0,
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


def test_tiny_prices_are_written_out() -> None:
    entry = Enter(symbol="S/USD", side=Side.BUY, price=D("0.000000100"), stop_price=D("0.000000090"), reason="BURST")
    line = headlines(
        alerts=(), acting=(entry,), positions=(), arming=(), feed_note="", paused=False, regime=None, tickers=1
    )[0]
    assert (line.price, line.stop) == ("0.000000100", "0.000000090")
