"""The report as a browser reads it: whole, self-contained, and not to be broken out of."""

import xml.etree.ElementTree as ET
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.clock import MINUTE
from kraken_tui.learning.equity_curve import DAY, YEAR, Curve, curve_of
from kraken_tui.learning.verdict import Limits, judge
from kraken_tui.model.trading import Trade
from kraken_tui.replay.results.report import Fact, Report, page, write_report
from kraken_tui.replay.results.report_luck import luck_facts
from kraken_tui.replay.results.report_plots import thinned, time_ticks, value_ticks
from kraken_tui.replay.results.report_tables import ROWS
from kraken_tui.replay.results.report_words import UNDEFINED, duration, money, price
from kraken_tui.replay.results.trades import Regimes
from tests.replay.closed import START, closed

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</td></table></body><h1>gone",
    "</style><style>*{display:none}",
    "</title><base href='//evil'>",
    "<!-- ", "]]>", "&lt;b&gt;", "a\x00b\x1b[31mred\u202edesrever\ud800", "{{7*7}} ${7}",
)  # fmt: skip
VOID = {"meta"}


class Reading(HTMLParser):
    """What a browser makes of a page: its elements in order, their attributes, the text outside of styles."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "\n".join(self.words)


def report(name: str = "plain", trades: list[Trade] | None = None, curve: Curve | None = None) -> Report:
    """A small run in which everything that comes from elsewhere is `name`."""
    regimes = Regimes()
    regimes.tell(START, name)
    given = [
        closed("12", fees="1", owner="autopilot", entered_for=f"{name}: above the high", reason=name),
        closed("-7.5", fees="1", opened=30, symbol=f"{name}/USD", reason="momentum faded"),
    ]
    line = curve_of([START + day * DAY for day in range(50)], [10_000 + 30 * (day % 7) + day for day in range(50)])
    return Report(
        title=f"Backtest {name}", tested=(Fact("Strategies", name), Fact(name, "x", name)),
        trades=given if trades is None else trades, curve=line if curve is None else curve, regimes=regimes,
        luck=(Fact("Deflated Sharpe ratio", name, name),),
    )  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_text(name: str) -> None:
    harmless, hostile = Reading(page(report())), Reading(page(report(name)))
    assert hostile.tags == harmless.tags
    assert [key for key, _ in hostile.attributes] == [key for key, _ in harmless.attributes]
    assert not hostile.open
    shown = "".join(sign for sign in name if sign.isprintable())
    assert hostile.text.count(shown) >= 6


@given(st.text(max_size=30))
@settings(max_examples=40, deadline=None)
def test_any_name_is_only_text(name: str) -> None:
    first, second = Reading(page(report("plain:"))), Reading(page(report(name + ":")))
    assert second.tags == first.tags
    assert second.open == first.open == []


def test_it_needs_nothing_else() -> None:
    read = Reading(page(report()))
    names = {name for name, _ in read.attributes}
    assert not names & {"src", "href", "srcset", "data", "action", "style", "onclick", "onload"}
    assert not set(read.tags) & {"script", "link", "iframe", "img", "object", "base", "form"}
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in read.attributes
    assert "url(" not in page(report())
    assert "@import" not in page(report())
    assert "prefers-color-scheme: dark" in page(report())


def test_every_metric_stands_there_with_its_definition() -> None:
    read = Reading(page(report()))
    titles = [value for name, value in read.attributes if name == "title"]
    for row in ROWS:
        assert row.name in read.words
        assert row.meaning in titles
        assert "Unit:" in row.meaning
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_every_trade_stands_there_with_its_reasons() -> None:
    trades = [closed(str(at), opened=at, entered_for=f"because {at}", reason=f"closed {at}") for at in range(300)]
    read = Reading(page(report(trades=trades)))
    for at in range(300):
        assert f"because {at}" in read.words
        assert f"closed {at}" in read.words


def test_breakdowns_have_every_group() -> None:
    words = Reading(page(report("mine"))).words
    for heading in ("By strategy", "By symbol", "By regime at entry", "By hour of entry (UTC)"):
        assert heading in words
    for group in ("mine", "scanner", "BTC/USD", "mine/USD", "00"):
        assert group in words


def test_pictures_are_whole_and_within_their_frame() -> None:
    text = page(report())
    pictures = [part.partition("</svg>")[0] for part in text.split("<svg ")[1:]]
    assert len(pictures) == 2
    for picture in pictures:
        root = ET.fromstring(f"<svg {picture}</svg>")
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        labels = root.findall("text")
        assert len(labels) >= 6
        for label in labels:
            assert 0 <= float(label.attrib["x"]) <= width
            assert 0 <= float(label.attrib["y"]) <= height


@pytest.mark.parametrize(
    "curve",
    [
        curve_of([START], [100]),
        curve_of([START, START + 1], [100, 100]),
        curve_of([START, START + 20 * YEAR], [1e-9, 1e12]),
        curve_of([START, START + MINUTE, START + 2 * MINUTE], [100, 0, -50]),
    ],
)
def test_what_is_undefined_is_a_dash(curve: Curve) -> None:
    read = Reading(page(report(trades=[], curve=curve)))
    assert "Not one trade was closed." in read.words
    assert UNDEFINED in read.words
    assert not {"nan", "inf", "None", "nan %", "inf %"} & set(read.words)
    assert not any("nan" in value for name, value in read.attributes if name in ("d", "x", "y", "x1", "y1"))


def test_it_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "out" / "report.html"
    write_report(report(HOSTILE[-2]), path)
    assert path.read_text("utf-8") == page(report(HOSTILE[-2]))
    assert [one.name for one in path.parent.iterdir()] == ["report.html"]


def test_luck_in_words() -> None:
    chance = np.random.default_rng(1)
    luck = judge(chance.normal(size=(120, 12)), chance.random((12, 2)), blocks=6)
    rows = {fact.name: fact.value for fact in luck_facts(luck, Limits())}
    assert rows["Verdict"].startswith("refused as an improvement: the deflated Sharpe ratio is 0.")
    assert "20 halvings" in luck_facts(luck, Limits())[-2].meaning
    assert set(rows) == {
        "Verdict", "Trials", "Sharpe ratio", "Deflated Sharpe ratio", "Minimum track record",
        "Probability of backtest overfitting", "Neighbouring settings",
    }  # fmt: skip
    edge = judge(np.random.default_rng(1).normal(0.5, 1, (300, 1)))
    assert luck_facts(edge, Limits())[0].value == "nothing speaks against it"


class TestPlots:
    @given(st.lists(st.integers(-50, 50), min_size=1, max_size=400), st.integers(1, 20))
    def test_thinning_keeps_every_columns_extremes_and_ends(self, levels: list[int], columns: int) -> None:
        times, values = np.arange(len(levels)) * 7 + 3, np.array(levels, np.float64)
        kept = thinned(times, values, columns)
        assert kept[0] == 0
        assert kept[-1] == len(levels) - 1
        assert (np.diff(kept) > 0).all()
        assert {values[kept].min(), values[kept].max()} == {values.min(), values.max()}
        assert len(kept) <= max(4 * columns, len(levels) if len(levels) <= 4 * columns else 0)

    @given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
    def test_value_ticks_are_few_and_within(self, low: float, width: float) -> None:
        ticks = value_ticks(low, low + width)
        assert 1 <= len(ticks) <= 7
        slack = 1e-9 * (abs(low) + width)
        assert all(low - slack <= tick <= low + width + slack for tick in ticks)

    @given(st.integers(0, 60 * YEAR), st.integers(0, 40 * YEAR))
    def test_time_ticks_are_few_and_within(self, first: int, length: int) -> None:
        ticks = time_ticks(first, first + length)
        assert len(ticks) <= 8
        assert all(first <= at <= first + length for at, _ in ticks)
        assert length < 5 * MINUTE or ticks


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ("1234567.891", "1,234,567.89"),
        ("-3.756", "−3.76"),
        ("0.001234567", "0.001235"),
        ("0", "0.00"),
        ("-0.4", "−0.4000"),
    ],
)
def test_money(value: str, spelled: str) -> None:
    assert money(Decimal(value)) == spelled


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ("61234.50", "61,234.5"),
        ("0.00001234567891234", "0.00001234567891"),
        ("100", "100"),
        ("1E+3", "1,000"),
        ("0", "0"),
    ],
)
def test_prices(value: str, spelled: str) -> None:
    assert price(Decimal(value)) == spelled


@pytest.mark.parametrize(
    ("seconds", "spelled"), [(0, "0 s"), (0.25, "0.25 s"), (61, "1 min 1 s"), (3600, "1 h"), (90_000, "1 d 1 h")]
)
def test_durations(seconds: float, spelled: str) -> None:
    assert duration(int(seconds * 1e9)) == spelled
