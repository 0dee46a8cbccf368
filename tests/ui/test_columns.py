import math
import struct
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.content import Content

from kraken_tui.model.scan import Reason, State
from kraken_tui.model.snapshot import NO_VELOCITY, Roster, Snapshot
from kraken_tui.ui import text
from kraken_tui.ui.columns import SORTS, URGENCY, Columns
from kraken_tui.ui.panels.ticker_cells import cells, fit, heads, longest
from tests.ui.fake_engine import FakeEngine

WIDE = fit(200)


def columns_of(count: int, **changed: bytes) -> Columns:
    engine = FakeEngine(count=count)
    return Columns(engine.roster, with_tickers(engine.snapshot(), **changed))


def with_tickers(snapshot: Snapshot, **changed: bytes) -> Snapshot:
    return msgspec.structs.replace(snapshot, tickers=msgspec.structs.replace(snapshot.tickers, **changed))


@st.composite
def packed(draw: st.DrawFn) -> tuple[int, dict[str, bytes]]:
    count = draw(st.integers(1, 40))

    def many(values: st.SearchStrategy[float], code: str) -> bytes:
        return struct.pack(f"<{count}{code}", *draw(st.lists(values, min_size=count, max_size=count)))

    return count, {
        "price": many(st.sampled_from([0.0, 0.5, 2.0, 31.0, 1e5]), "d"),
        "velocity": many(st.sampled_from([NO_VELOCITY, -900, 0, 3, 2**31 - 1]), "i"),
        "pnl": many(st.sampled_from([math.nan, -3.0, 0.0, 2.5, 1e9]), "d"),
        "state": bytes(draw(st.lists(st.sampled_from(list(State)), min_size=count, max_size=count))),
        "reason": bytes(draw(st.lists(st.sampled_from(list(Reason)), min_size=count, max_size=count))),
        "detail": bytes(draw(st.lists(st.integers(0, 255), min_size=count, max_size=count))),
        "age_s": many(st.integers(0, 65535), "H"),
        "side": many(st.integers(-1, 1), "b"),
        "spark": draw(st.binary(min_size=count * 16, max_size=count * 16)),
    }


@settings(max_examples=40)
@given(packed(), st.sampled_from(SORTS), st.booleans())
def test_arranging_keeps_every_row_in_order_and_what_is_missing_last(
    made: tuple[int, dict[str, bytes]], sort: str, descending: bool
) -> None:
    columns = columns_of(made[0], **made[1])
    rows = columns.arranged(sort, descending, "")
    assert sorted(rows) == list(range(made[0]))

    def known(index: int) -> bool:
        if sort == "pnl":
            return columns.profit(index) is not None
        if sort == "velocity":
            return columns.price[index] > 0 and columns.velocity[index] != NO_VELOCITY
        return sort != "price" or columns.price[index] > 0

    flags = [known(index) for index in rows]
    assert flags == sorted(flags, reverse=True)
    if sort in ("velocity", "price", "pnl", "age"):
        values = getattr(columns, {"age": "age_s"}.get(sort, sort))
        shown = [values[index] for index in rows if known(index)]
        assert shown == sorted(shown, reverse=descending)
    if sort == "state":
        places = [(-URGENCY[int(columns.state[index])] * (1 if descending else -1), index) for index in rows]
        names = columns.roster.symbols
        assert places == sorted(places, key=lambda place: (place[0], names[place[1]])), "equal rows stand by symbol"


@settings(max_examples=40)
@given(packed(), st.integers(60, 250), st.booleans())
def test_any_row_can_be_drawn_in_exactly_its_width(made: tuple[int, dict[str, bytes]], width: int, stale: bool) -> None:
    columns, layout = columns_of(made[0], **made[1]), fit(width)
    for index in range(made[0]):
        row = cells(columns, index, layout, stale=stale)
        assert [len(cell) for cell, _ in row] == [cells_wide for _, cells_wide in layout]
        assert not stale or {tone for _, tone in row} == {"dim"}


def test_rows_say_what_the_engine_means() -> None:
    engine = FakeEngine()
    columns = Columns(engine.roster, engine.snapshot())
    rows = {engine.roster.symbols[i]: [c.strip() for c, _ in cells(columns, i, WIDE, stale=False)] for i in range(30)}
    assert rows["BTC/USD"][5] == "ARM 2/3"
    assert rows["DOGE/USD"][5] == "BLOCKED memes 2/2"
    assert rows["PEPE/USD"][4:6] == ["◌ COOLDOWN", "COOLDOWN 41 s"]
    assert rows["SOL/USD"][2] == "▲ +12.50" and rows["SOL/USD"][4] == "▲ HOLD"
    assert rows["XRP/USD"][2] == "▼ -7.50"
    assert rows["AVAX/USD"][1] == "—" and rows["AVAX/USD"][3] == "—", "missing is not zero"
    assert {tone for _, tone in cells(columns, 9, WIDE, stale=False)} == {"dim"}
    assert rows["PEPE/USD"][1].startswith("0.0000112")


def test_no_velocity_is_missing_and_not_zero() -> None:
    speeds = [NO_VELOCITY if index % 2 else index for index in range(30)]
    columns = columns_of(30, velocity=struct.pack("<30i", *speeds))
    assert cells(columns, 1, WIDE, stale=False)[3] == ("—".rjust(11), "dim")
    assert cells(columns, 2, WIDE, stale=False)[3][0].strip() == "· +0.00 %"
    for descending in (True, False):
        rows = columns.arranged("velocity", descending, "")
        assert all(speeds[index] != NO_VELOCITY for index in rows[:15])
        assert all(speeds[index] == NO_VELOCITY for index in rows[15:])


def test_waiting_rows_keep_their_places_while_velocities_waver() -> None:
    before = columns_of(30, velocity=struct.pack("<30i", *range(30))).arranged("state", True, "")
    after = columns_of(30, velocity=struct.pack("<30i", *range(30, 0, -1))).arranged("state", True, "")
    assert before == after


def test_the_direction_of_the_sort_stays_in_a_narrow_head() -> None:
    for width in range(60, 200):
        for sort in SORTS:
            layout = fit(width)
            marked = [text for text, tone in heads(layout, sort, True) if "▾" in text]
            assert len(marked) == any(column.sort == sort for column, _ in layout), (width, sort)


def test_symbols_and_advice_are_whole_where_two_panels_stand_beside() -> None:
    columns = columns_of(18)
    for width in (77, 83):
        layout = fit(width, *longest(columns))
        for index in range(18):
            made = cells(columns, index, layout, stale=False)
            row = {column.name: text for (column, _), (text, _) in zip(layout, made, strict=True)}
            assert row["symbol"].strip() == columns.roster.symbols[index]
            assert "…" not in row["advice"] and "…" not in row["price"]


def test_an_armed_ticker_waits_for_the_regime_and_is_not_itself_warming() -> None:
    engine = FakeEngine()
    reasons = bytes([Reason.REGIME] * 30)
    states = bytes([State.ARM] * 30)
    picture = with_tickers(engine.snapshot(), state=states, reason=reasons)
    for regime, said in (("WARMING", "BLOCKED regime"), ("CHOP", "BLOCKED chop")):
        assert Columns(engine.roster, msgspec.structs.replace(picture, regime=regime)).advice(0) == said


def test_a_filter_matches_symbol_group_and_state_and_all_its_words() -> None:
    columns = columns_of(30)
    names = columns.roster.symbols

    def found(wanted: str) -> set[str]:
        return {names[index] for index in columns.arranged("symbol", False, wanted)}

    assert found("btc") == {"BTC/USD"}
    assert found("MEMES") == {"DOGE/USD", "PEPE/USD", "FARTCOIN/USD", "WIF/USD"}
    assert found("memes arm") == {"DOGE/USD"}
    assert found("hold") == {"SOL/USD", "XRP/USD"}
    assert found("nothing") == set()
    assert len(found("  ")) == 30


def test_a_short_column_is_refused() -> None:
    with pytest.raises(ValueError, match="29 entries for 30"):
        columns_of(30, price=struct.pack("<29d", *[1.0] * 29))


def test_a_snapshot_of_another_roster_is_refused() -> None:
    roster: Roster = FakeEngine(count=20).roster
    with pytest.raises(ValueError, match="30 entries for 20"):
        Columns(roster, FakeEngine(count=30).snapshot())


@given(st.floats(-1e6, 1e6))
def test_percent_carries_glyph_and_sign_alike(value: float) -> None:
    shown = text.percent(value)
    assert {"▲": "+", "▼": "-", "·": "+"}[shown[0]] == shown[2]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=-(10**9), max_value=10**9))
def test_amounts_lose_zeros_and_nothing_else(value: Decimal) -> None:
    assert Decimal(text.amount(f"{value:f}")) == value


@given(st.lists(st.decimals(-(10**6), 10**6, places=2), max_size=9))
def test_totals_are_exact(values: list[Decimal]) -> None:
    assert text.total(f"{value:,.2f}" for value in values).replace(",", "") == f"{sum(values, Decimal(0)):.2f}"
    assert text.total([*map(str, values), "n/a"]) == text.MISSING


@given(st.lists(st.tuples(st.integers(0, 5), st.text("abc", min_size=1, max_size=9)), max_size=8), st.integers(1, 60))
def test_what_does_not_fit_gives_way_by_rank(parts: list[tuple[int, str]], width: int) -> None:
    line = text.fitting([(rank, Content(word)) for rank, word in parts], width)
    least = [word for rank, word in parts if rank == 0]
    assert line.cell_length <= max(width, len("   ".join(least)))
    assert all(word in line.plain for word in least)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (41, "41 s"), (99.9, "99 s"), (100, "1 m"), (3600, "1 h"), (200_000, "2 d")]
)
def test_spans(seconds: float, words: str) -> None:
    assert text.span(seconds) == words
