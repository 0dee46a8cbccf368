"""The head of the screen: which money this is, what the market does, and how fresh all of it is."""

from textual.content import Content

from kraken_tui.model.snapshot import Snapshot
from kraken_tui.ui.panels.board import Board
from kraken_tui.ui.text import MISSING, bar, counted, fitting, span, spread, utc
from kraken_tui.ui.view import View

FRAMES = {
    "PAPER": ("╔═╗║╚╩", "$paper", "bold $paper", "PAPER"),
    "SANDBOX": ("┌╌┐╎└┴", "$sandbox", "bold $sandbox", "SANDBOX"),
    "LIVE": ("┏━┓┃┗┻", "$live", "bold $live-ink on $live", "LIVE — REAL MONEY"),
}
"""Frame, its colour, the badge's style and its words. A mode that is not known looks like LIVE: the careful guess."""

KRAKEN = "kraken"
"""The market whose time is the wall's; demo and recordings have their own."""

REGIMES = {"TRENDING": "▲ TRENDING", "CHOP": "≈ CHOP", "LOW_VOL": "▁ LOW_VOL", "WARMING": "… WARMING"}
FEEDS = {
    "LIVE": ("●", "ok", "$up"),
    "STARTING": ("◌", "STARTING", "$arm"),
    "STALE": ("✖", "STALE", "bold $down"),
    "ENDED": ("■", "ENDED", "bold $arm"),
}
"""Glyph, word and style. A live feed reads `ok`, as the word LIVE belongs to the badge alone."""


AUTOPILOT = {"off": "$dim", "observe": "$foreground", "confirm": "bold", "auto": "bold $arm"}
"""Style of each of the autopilot's levels."""


def badge(mode: str) -> tuple[str, str, str, str]:
    """Frame, colour, style and words of a mode."""
    if not mode:
        return FRAMES["PAPER"][0], "$dim", "bold $dim", "· · ·"
    frame, colour, style, words = FRAMES.get(mode, FRAMES["LIVE"])
    return frame, colour, style, words if mode in FRAMES else mode


def is_real_money(view: View) -> bool:
    """Whether the engine trades for real; a mode that is not known counts as LIVE."""
    return view.roster is None or view.roster.mode not in ("PAPER", "SANDBOX")


def title(view: View, words: str) -> Content:
    """A modal's title behind the mode's badge."""
    frame, _, style, mode = badge(view.roster.mode if view.roster else "")
    return Content.assemble(
        (f" {frame[3]} {mode if view.roster else 'MODE UNKNOWN'} {frame[3]} ", style), (f"  {words}", "bold")
    )


def autopilot(snapshot: Snapshot) -> Content:
    """What the autopilot may do; empty while the engine starts."""
    level = snapshot.autopilot
    return Content.assemble(("autopilot ", "$dim"), (level, AUTOPILOT.get(level, "bold"))) if level else Content()


def breakeven(snapshot: Snapshot) -> str:
    """The move that pays a round trip's fees: `0.80 %`; `—` while the engine starts."""
    return f"{snapshot.breakeven_percent:.2f} %" if snapshot.autopilot else MISSING


class Header(Board):
    """Mode badge, market, autopilot, break-even, regime, heat, feed, clock, scan."""

    def text(self, view: View, width: int) -> Content:
        """Three lines; what matters least gives way on a narrow screen."""
        frame, colour, style, words = badge(view.roster.mode if view.roster else "")
        pad = "  " if width >= 100 else " "
        inner = len(words) + 2 * len(pad)
        corner, line, end, side, low, joint = tuple(frame)
        room = width - inner - 3
        clock = _clock(view)
        origin = spread(fitting(_origin(view), room - clock.cell_length - 2), clock, room)
        top = Content.assemble((corner + line * inner + end, style), " ", origin)
        middle = Content.assemble((side + pad + words + pad + side, style), " ", _fitted(_state(view), room))
        rule = line * max(0, width - inner - 2)
        bottom = Content.assemble((low + line * inner + joint, style), (rule, colour))
        return Content("\n").join([top, middle, bottom])


class Small(Board):
    """All there is room for on a terminal below 80 × 24: which money, how much is open, and the way out."""

    def text(self, view: View, width: int) -> Content:
        """A few short lines."""
        _, _, style, words = badge(view.roster.mode if view.roster else "")
        count = f"{counted(len(view.snapshot.positions), 'position')} open" if view.snapshot else "positions not known"
        return Content("\n").join(
            [
                Content.styled(f" {words} ", style),
                Content.styled(view.outage if view.is_away else f"engine {view.link.value}", "bold"),
                Content(count),
                Content(),
                Content.styled("This needs 80 × 24 cells.", "bold $arm"),
                Content.styled("^x F9  FLATTEN", "bold $down"),
                Content.styled("^q  quit", "bold $primary"),
            ]
        )


def _origin(view: View) -> list[tuple[int, Content]]:
    roster, snapshot = view.roster, view.snapshot
    if roster is None:
        return [(0, Content.styled("kraken-tui", "bold")), (1, Content.styled("looking for the engine", "$dim"))]
    parts = [
        (3, Content.styled(view.market, "bold $foreground")),
        (4, Content.styled(f"{roster.account} account", "$dim")),
        (5, Content.styled(counted(len(roster.symbols), "ticker"), "$dim")),
    ]
    if view.limits:
        parts.append((0, Content.styled(f" {view.limits} ", "bold $ink on $arm")))
    if view.frozen:
        parts.append((0, Content.styled(" ❚❚ VIEW FROZEN ", "bold $ink on $arm")))
    if snapshot is not None:
        parts.append((1, autopilot(snapshot)))
        parts.append((2, Content.assemble(("break-even ", "$dim"), breakeven(snapshot))))
        parts.append((6, _scan(view)))
    return parts


def _clock(view: View) -> Content:
    """The engine's clock, said to be its own where it is not the wall's, and how fast it runs where that differs."""
    if view.snapshot is None or view.roster is None:
        return Content()
    whose = "" if view.roster.market == KRAKEN else "engine "
    fast = f"×{view.speed:.0f}  " if abs(view.speed - 1) > 0.2 else ""
    return Content.assemble(
        (fast, "bold $arm"), (whose, "$dim"), (utc(view.snapshot.time_ns), "bold"), (" UTC", "$dim")
    )


def _scan(view: View) -> Content:
    assert view.snapshot is not None, "asked for only with a picture"
    snapshot = view.snapshot
    return Content.assemble(
        ("scan ", "$dim"),
        f"{snapshot.scan:,}",
        (f" · {snapshot.scan_us:,} µs · worst {snapshot.worst_scan_us:,}", "$dim"),
    )


def _fitted(parts: list[tuple[int, Content]], room: int) -> Content:
    """In one line, whatever it takes: the frame must not break."""
    return fitting(parts, room).truncate(room, ellipsis=True)


def _state(view: View) -> list[tuple[int, Content]]:
    if view.is_away:
        return [(0, Content.styled(f" ✖ {view.outage} ", "bold $live-ink on $live"))]
    snapshot = view.snapshot
    if snapshot is None:
        return [(0, Content.styled("◌ connecting …", "$dim"))]
    glyph, words, tone = FEEDS.get(snapshot.feed, ("?", snapshot.feed, "$down"))
    feed = Content.assemble((f"{glyph} feed {words}", tone), (f" {snapshot.feed_age_s:.1f} s", "$dim"))
    parts = [(1 if view.picture_is_old else 0, feed)]
    if view.picture_is_old:
        parts.insert(0, (0, Content.styled(f" ✖ NO SCAN FOR {span(view.picture_s)} ", "bold $live-ink on $live")))
    parts += alarms(snapshot)
    parts.append((4, Content.styled(REGIMES.get(snapshot.regime, snapshot.regime), "bold")))
    parts.append((5, _heat(snapshot.heat_percent)))
    if snapshot.feed_note:
        parts.append((6, Content.styled(snapshot.feed_note, "$arm")))
    return parts


def alarms(snapshot: Snapshot) -> list[tuple[int, Content]]:
    """What must be seen wherever one looks, each with its rank."""
    parts = []
    naked = sum(not (row.protected and row.stop) for row in snapshot.positions)
    if naked:
        parts.append((0, Content.styled(f" ! {naked} UNPROTECTED ", "bold $live-ink on $live")))
    if snapshot.kill_switch:
        parts.append((0, Content.styled(" ! KILL SWITCH ", "bold $live-ink on $live")))
    if snapshot.alerts:
        parts.append((1, Content.styled(f" ! {len(snapshot.alerts)} TO MEND ", "bold $ink on $arm")))
    if snapshot.asked:
        parts.append((3, Content.styled(f" ? {len(snapshot.asked)} ASKED · a ", "bold $ink on $arm")))
    if snapshot.paused:
        parts.append((2, Content.styled(" ❚❚ ENTRIES PAUSED ", "bold $ink on $arm")))
    return parts


def strip(view: View) -> list[tuple[int, Content]]:
    """The head in few words, for a page's title: which money, and what must be seen."""
    _, _, style, words = badge(view.roster.mode if view.roster else "")
    parts = [(0, Content.styled(f" {words} ", style))]
    if view.limits:
        parts.append((1, Content.styled(f" {view.limits} ", "bold $ink on $arm")))
    if view.is_away:
        return [*parts, (0, Content.styled(f" ✖ {view.outage} ", "bold $live-ink on $live"))]
    return parts + (alarms(view.snapshot) if view.snapshot is not None else [])


def _heat(percent: float) -> Content:
    tone = "$foreground" if percent < 70 else "bold $arm" if percent < 100 else "bold $down"
    return Content.assemble(("heat ", "$dim"), (bar(percent / 100, 8), tone), (f" {percent:.0f} %", tone))
