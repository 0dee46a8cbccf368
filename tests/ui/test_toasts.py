from pathlib import Path

import pytest
from textual.widgets._toast import Toast

from kraken_tui.clock import SECOND
from kraken_tui.model.snapshot import Event
from kraken_tui.ui.panels.chat_line import ChatInput
from kraken_tui.ui.toasts import ALERT_STAYS_S, EVERY_NS, NEWS_STAYS_S, Toasts
from tests.ui.fake_engine import FakeEngine
from tests.ui.pilot import screen, until


class Wall:
    """Takes toasts, and remembers how many were shown in each slot."""

    def __init__(self) -> None:
        self.now = 0
        self.texts: list[tuple[str, str]] = []
        self.stays: dict[str, float] = {}
        self.toasts = Toasts(self.show, lambda: self.now)

    def show(self, slot: str, text: str, title: str, severity: str, timeout: float) -> None:
        self.texts.append((slot, text))
        self.stays[title] = timeout

    def tell(self, *events: tuple[str, str]) -> None:
        self.toasts.tell(tuple(Event(seq=0, time_ns=0, kind=kind, text=text) for kind, text in events))


def test_at_a_hundred_times_the_pace_one_toast_in_three_seconds_counts_the_rest() -> None:
    wall = Wall()
    for number in range(100):
        wall.tell(("entry", f"bought {number}"))
        wall.now += EVERY_NS // 30
    assert wall.texts == [
        ("news", "bought 0"),
        ("news", "bought 30\n+29 more events"),
        ("news", "bought 60\n+29 more events"),
        ("news", "bought 90\n+29 more events"),
    ]


def test_what_waits_is_shown_without_another_event() -> None:
    wall = Wall()
    wall.tell(("entry", "one"))
    wall.tell(("exit", "two"))
    wall.toasts.flush()
    assert wall.texts == [("news", "one")]
    wall.now += EVERY_NS
    wall.toasts.flush()
    assert wall.texts[1:] == [("news", "two")]
    wall.now += EVERY_NS
    wall.toasts.flush()
    assert len(wall.texts) == 2


def test_a_moved_stop_does_not_hide_an_exit() -> None:
    wall = Wall()
    wall.tell(("exit", "closed"), ("stop", "moved"), ("refused", "no"), ("feed", "not loud"))
    assert wall.texts == [("news", "closed\n+2 more events")]


def test_alerts_have_their_own_places_and_stay_longer() -> None:
    wall = Wall()
    wall.tell(("entry", "bought"), *(("alert", f"alert {number}") for number in range(5)))
    assert wall.texts == [
        ("alert 1", "alert 3"),
        ("alert 0", "alert 4\n+3 more alerts; see the events"),
        ("news", "bought"),
    ]
    assert wall.stays == {"ALERT": ALERT_STAYS_S, "ENTRY": NEWS_STAYS_S}
    assert ALERT_STAYS_S >= 3 * NEWS_STAYS_S
    assert wall.now < SECOND


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 40), (160, 45), (200, 50)])
async def test_no_toast_covers_the_line_of_the_chat(tmp_path: Path, size: tuple[int, int]) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path, size) as (app, pilot):
        await pilot.press("c", "slash")
        engine.happen("entry", "bought 65480413.19226 BONK/USD at 0.000018231, fee 5.01")
        engine.happen("alert", "disk full: the input log stopped, and this goes on for long enough to need two lines")
        await until(pilot, lambda: len(app.screen.query(Toast)) == 2)
        await until(pilot, lambda: all(toast.region.area for toast in app.screen.query(Toast)))
        for covered in (
            app.desk.query_one(ChatInput),
            app.desk.query_one("#chat-words"),
            app.desk.query_one("#footer"),
        ):
            assert covered.region.area
            for toast in app.screen.query(Toast):
                assert not toast.region.overlaps(covered.region)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("key", ["q", "b", "B", "f9", "question_mark", "A", "ctrl+p"])
async def test_news_does_not_cover_what_a_modal_asks(tmp_path: Path, key: str, size: tuple[int, int]) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path, size) as (app, pilot):
        await pilot.press(key)
        engine.happen("entry", "bought 12")
        engine.happen("alert", "disk full")
        await until(pilot, lambda: len(app.screen.query(Toast)) == 2)
        await until(pilot, lambda: any(toast.region.area for toast in app.screen.query(Toast)))
        buttons = [button.region for button in app.screen.query("Button")]
        for toast in app.screen.query(Toast):
            assert toast.display == ("disk full" in str(toast.render()))
            assert not any(toast.region.overlaps(button) for button in buttons)
