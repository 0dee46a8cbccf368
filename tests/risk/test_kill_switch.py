"""The switch trips on the day's own loss and on nothing else, once, and stays so until somebody types the words."""

import json
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.model.errors import UsageError
from kraken_tui.model.market import FeedState
from kraken_tui.risk.kill_switch import (
    RESET_WORDS,
    Inputs,
    KillState,
    Look,
    Verdict,
    flattened,
    look,
    reset,
    why_blind,
)  # fmt: skip
from kraken_tui.risk.kill_switch_file import KillSwitch
from kraken_tui.risk.trading_day import zone_of
from tests.careful import careful
from tests.samples import D

MORNING = int(datetime(2026, 1, 5, 8, tzinfo=UTC).timestamp()) * SECOND
HOUR_NS = 3600 * SECOND
DAY_NS = 24 * HOUR_NS


def at(
    profit: str | Decimal, *, hours: float = 0, moved: str | Decimal = "0", blind: str = "", fees: str = "0",
    first: str = "1000",
) -> Inputs:  # fmt: skip
    """The account that began with 1000, made `profit` before `fees`, and was paid in `moved`."""
    return Inputs(
        now_ns=MORNING + int(hours * HOUR_NS), equity=D(first) + Decimal(profit) - D(fees) + Decimal(moved),
        realised=Decimal(profit), unrealised=D(0), fees=D(fees), blind=blind,
    )  # fmt: skip


def looks(rows: Iterable[Inputs], percent: float | None = 3, state: KillState | None = None) -> tuple[KillState, Look]:
    state, found = state or KillState(), None
    for row in rows:
        state, found = look(state, row, percent, UTC)
    assert found is not None
    return state, found


def verdict(*rows: Inputs, percent: float | None = 3) -> Verdict:
    return looks(rows, percent)[1].verdict


def test_it_trips_from_the_first_cent_of_the_limit_on_fees_included() -> None:
    assert verdict(at("0"), at("-29.99")) is Verdict.OK
    assert verdict(at("0"), at("-30")) is Verdict.TRIPPED_NOW
    assert verdict(at("0"), at("-20", fees="9.99")) is Verdict.OK
    assert verdict(at("0"), at("-20", fees="10")) is Verdict.TRIPPED_NOW
    assert verdict(at("0"), at("-999"), percent=None) is Verdict.OK


def test_what_closing_would_cost_is_part_of_the_loss() -> None:
    first, now = at("0"), at("-25")
    costly = Inputs(
        now_ns=now.now_ns, equity=now.equity, realised=D(0), unrealised=D(-25), fees=D(0), closing_fees=D(5)
    )
    assert verdict(first, costly) is Verdict.TRIPPED_NOW


def test_it_trips_once_and_a_flatten_is_due_until_it_was_ordered() -> None:
    state, found = looks([at("0"), at("-31")])
    assert (found.verdict, found.flatten) == (Verdict.TRIPPED_NOW, True)
    assert "daily loss 31.00 has reached the limit of 30.00 (3 % of 1000.00, 2026-01-05)" in found.text
    state, found = looks([at("50", hours=1), at("-31", hours=48)], state=state)
    assert (found.verdict, found.flatten) == (Verdict.TRIPPED, True)
    _, found = looks([at("-31", hours=49)], state=flattened(state))
    assert (found.verdict, found.flatten) == (Verdict.TRIPPED, False)


@pytest.mark.parametrize("moved", ["500", "-900", "-1000", "-5000"])
def test_deposits_and_withdrawals_are_no_gain_and_no_loss(moved: str) -> None:
    state, found = looks([at("0"), at("-29", moved=moved)])
    assert found.verdict is Verdict.OK
    assert state.equity(D(-29)) == 971
    assert state.high == 1000
    assert looks([at("-30", moved=moved)], state=state)[1].verdict is Verdict.TRIPPED_NOW


def test_a_deposit_is_taken_in_with_the_next_day_and_the_mark_moves_along() -> None:
    state, _ = looks([at("0"), at("40"), at("30", moved="1000"), at("30", hours=24, moved="1000")])
    assert state.equity(D(30)) == 2030
    assert state.high == 2040  # still 10 below it


@pytest.mark.parametrize("blind", [at("-500", blind="no sound price of BTC/USD"), at("NaN"), at("Infinity")])
def test_what_is_not_known_neither_trips_nor_disarms(blind: Inputs) -> None:
    before, _ = looks([at("0"), at("-10")])
    state, found = looks([blind], state=before)
    assert (found.verdict, state) == (Verdict.BLIND, before)
    assert found.text.startswith("prices are stale: entries stop (")
    tripped, _ = looks([at("-30")], state=state)
    assert looks([blind], state=tripped) == (tripped, looks([at("-30")], state=tripped)[1])
    assert verdict(blind, percent=None) is Verdict.OK


def test_a_loss_in_the_dark_over_midnight_counts_to_the_day_before() -> None:
    dark = at("-40", hours=17, blind="the feed is STALE")
    assert verdict(at("0"), at("-20"), dark, at("-31", hours=18)) is Verdict.TRIPPED_NOW
    assert verdict(at("0"), at("-20"), dark, at("-29", hours=18), at("-49", hours=19)) is Verdict.OK
    assert verdict(at("0"), at("-20"), dark, at("-29", hours=18), at("-60", hours=19)) is Verdict.TRIPPED_NOW


def test_a_clock_that_steps_away_and_back_finds_the_same_day() -> None:
    rows = [at("0"), at("-20"), at("-20", hours=24 * 365), at("-25", hours=1)]
    assert verdict(*rows) is Verdict.OK
    assert verdict(*rows, at("-30", hours=2)) is Verdict.TRIPPED_NOW
    assert verdict(*rows, at("-29", hours=25), at("-58", hours=26)) is Verdict.OK  # tomorrow is not left out


@pytest.mark.parametrize("text", ["", "reset kill switch", "RESET", "RESET KILL SWITCH!", "RESET  KILL SWITCH"])
def test_only_the_exact_words_reset_it(text: str) -> None:
    state, _ = looks([at("0"), at("-31")])
    with pytest.raises(UsageError, match=RESET_WORDS):
        reset(state, text)


def test_after_a_reset_the_loss_counts_anew() -> None:
    with pytest.raises(UsageError, match="not tripped"):
        reset(KillState(), RESET_WORDS)
    state, _ = looks([at("0"), at("-40")])
    state, found = looks([at("-40", hours=1)], state=reset(state, f" {RESET_WORDS}\n"))
    assert found.verdict is Verdict.OK
    assert state.high == 1000
    assert looks([at("-68.7", hours=2)], state=state)[1].verdict is Verdict.OK  # 3 % of 960 are 28.80
    assert looks([at("-68.8", hours=2)], state=state)[1].verdict is Verdict.TRIPPED_NOW


def test_a_reset_does_not_change_what_the_day_has_made() -> None:
    state, _ = looks([at("5"), at("-40")])
    assert state.made(D(-40)) == -45
    for hours, profit in ((1, -42), (2, -80)):
        state = reset(state, RESET_WORDS)
        state, found = looks([at(D(profit), hours=hours)], state=state)
        assert state.made(D(profit)) == profit - 5
        assert found.text.startswith("since the reset +0.00;")
        state, _ = looks([at(D(profit - 35), hours=hours)], state=state)
        assert state.tripped
        assert state.made(D(profit - 35)) == profit - 40
    state, _ = looks([at("-120", hours=24)], state=reset(state, RESET_WORDS))
    assert state.made(D(-120)) == 0
    assert looks([at("-122", hours=25)], state=state)[1].text.startswith("today -2.00;")


def test_todays_figure_outlives_a_restart_and_the_dark_and_begins_anew_at_midnight(tmp_path: Path) -> None:
    path, zone = tmp_path / "kill_switch.json", zone_of("America/New_York")
    switch = KillSwitch(path, None, zone)
    assert switch.today is None
    for row, today in (
        (at("7"), 0), (at("9", moved="500"), 2), (at("-50", blind="the feed is STALE"), 2), (at("4", hours=20.9), -3),
    ):  # fmt: skip
        switch.look(row)
        assert switch.today == today
    switch = KillSwitch(path, None, zone)
    switch.look(at("5", hours=20.95))
    assert switch.today == -2
    switch.look(at("6", hours=21.1))
    assert switch.today == 0


def test_a_day_begins_at_the_midnight_of_its_zone() -> None:
    zone = zone_of("America/New_York")  # 00:00 there is 05:00 UTC, 21 hours after the first look
    state, _ = look(KillState(), at("0"), 3, zone)
    for hours, date in ((20.9, "2026-01-05"), (21.1, "2026-01-06")):
        state, _ = look(state, at("0", hours=hours), 3, zone)
        assert state.days[-1].date == date


def test_why_it_is_blind_is_said() -> None:
    assert why_blind(FeedState.LIVE, ()) == ""
    assert why_blind(FeedState.STALE, ()) == "the feed is STALE"
    assert why_blind(FeedState.LIVE, ["BTC/USD", "ADA/USD"]) == "no sound price of BTC/USD, ADA/USD"
    assert why_blind(FeedState.LIVE, (), in_sync=False) == "the account is not up to date"


def test_it_stays_tripped_over_restarts_whatever_the_settings_say_then(tmp_path: Path) -> None:
    path = tmp_path / "kill_switch.json"
    switch = KillSwitch(path, 3, UTC)
    assert switch.last.verdict is Verdict.BLIND
    switch.look(at("0"))
    assert switch.look(at("-31")).verdict is Verdict.TRIPPED_NOW
    again = KillSwitch(path, None, UTC)
    assert (again.look(at("0")).verdict, again.last.flatten) == (Verdict.TRIPPED, True)
    again.flattened()
    assert not KillSwitch(path, 3, UTC).look(at("-31")).flatten
    again.reset(RESET_WORDS)
    assert KillSwitch(path, 3, UTC).look(at("-31")).verdict is Verdict.OK


DAY = {"date": "2026-01-05", "equity": "1000", "profit": "0"}
DAMAGED = [
    b"", b"{", b'{"days": [["2026-01-05", "NaN", "0"]]}', b'{"high": "Infinity"}', b'{"high": "NaN"}',
    b'{"tripped": "2\xb026"}', b'{"x":' + b"[" * 100_000, b'{"high": 1E+999999999}', b'{"high": "1000000000000000.01"}',
    json.dumps({"days": [{**DAY, "equity": "1E+999999999"}]}).encode(),
    json.dumps({"days": [{**DAY, "profit": "-1E+16"}]}).encode(),
]  # fmt: skip


@pytest.mark.parametrize("content", DAMAGED)
def test_a_file_that_cannot_be_read_counts_as_tripped_and_is_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "kill_switch.json"
    path.write_bytes(content)
    switch = KillSwitch(path, 3, UTC)
    found = switch.look(at("0"))
    assert (found.verdict, found.flatten) == (Verdict.TRIPPED, False)
    assert str(path) in found.text
    assert path.read_bytes() == content
    assert switch.look(at("-500")).verdict is Verdict.TRIPPED
    with pytest.raises(UsageError):
        switch.reset("please")
    assert "kill_switch.json.damaged" in switch.reset(RESET_WORDS)
    assert (tmp_path / "kill_switch.json.damaged").read_bytes() == content
    assert switch.problem == ""


def test_what_cannot_be_written_is_told_holds_and_is_written_later(tmp_path: Path) -> None:
    folder = tmp_path / "books"
    switch = KillSwitch(folder / "kill_switch.json", 3, UTC)
    folder.write_text("in the way")
    switch.look(at("0"))
    assert switch.look(at("-31")).verdict is Verdict.TRIPPED_NOW
    assert "can't be written" in switch.problem
    folder.unlink()
    assert switch.look(at("-31")).verdict is Verdict.TRIPPED
    assert switch.problem == ""
    assert KillSwitch(folder / "kill_switch.json", 3, UTC).look(at("0")).verdict is Verdict.TRIPPED


def test_a_quiet_day_is_not_written_at_every_look(tmp_path: Path) -> None:
    path = tmp_path / "kill_switch.json"
    switch, written = KillSwitch(path, 3, UTC), set()
    for cents in range(500):
        switch.look(at(Decimal(cents) / 100))
        written.add(path.read_bytes())
    assert len(written) < 10
    assert switch.state.high == D("1004.99")


events = st.lists(
    st.one_of(
        st.tuples(st.just("make"), st.integers(-1500, 1500)),
        st.tuples(st.just("pay"), st.integers(0, 200)),
        st.tuples(st.just("move"), st.integers(-50_000, 50_000)),
        st.tuples(st.just("hours"), st.integers(1, 30)),
        st.tuples(st.just("blind"), st.just(0)),
        st.tuples(st.just("restart"), st.just(0)),
    ),
    max_size=40,
)


@careful()
@given(events)
def test_it_trips_exactly_where_a_plain_book_of_the_day_says(rows: list[tuple[str, int]]) -> None:
    """The reference knows only what was made and paid; money that comes and goes is in none of its sums."""
    with tempfile.TemporaryDirectory() as folder:
        switch = KillSwitch(Path(folder) / "kill_switch.json", 3, UTC)
        made = paid = moved = D(0)
        now_ns, first, base, date = MORNING, D(0), D(0), ""
        for kind, number in [("make", 0), *rows]:
            amount = Decimal(number) / 100
            made += amount if kind == "make" else 0
            paid += amount if kind == "pay" else 0
            moved += amount if kind == "move" else 0
            now_ns += number * HOUR_NS if kind == "hours" else 0
            if kind == "restart":
                switch = KillSwitch(Path(folder) / "kill_switch.json", 3, UTC)
            inputs = Inputs(
                now_ns=now_ns, equity=D(1000) + made - paid + moved, realised=made, unrealised=D(0), fees=paid,
                blind="no price" if kind == "blind" else "",
            )  # fmt: skip
            found, profit = switch.look(inputs), made - paid
            if kind == "blind":
                assert found.verdict is Verdict.BLIND
                continue
            today = datetime.fromtimestamp(now_ns // SECOND, UTC).date().isoformat()
            lost = [base - profit] if date else []
            limits = [max(D(0), first) * 3 / 100] if date else []
            if today != date:
                first, base, date = inputs.equity, profit, today
            tripped = any(loss > 0 and loss >= most for loss, most in zip(lost, limits, strict=True))
            assert (found.verdict is Verdict.TRIPPED_NOW) == tripped
            assert switch.equity(profit, D(0)) == first + profit - base
            if tripped:
                return
