"""Everything the operator can do, once. Bindings, footer, palette and help derive from this list."""

from collections.abc import Sequence

from msgspec import Struct
from textual.binding import Binding, BindingType

ANYWHERE = "app"

HOLDERS = {"typing": "chat", "filter": "tickers"}
"""Where text is being written, and the panel that holds the line: plain letters are text there and do nothing else."""

SPOKEN = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "up": "↑",
    "down": "↓",
    "pageup": "PgUp",
    "pagedown": "PgDn",
}
PAGES = frozenset({"page", "settings"})
"""Places that fill the screen; the panels are behind them."""
PRINTABLE = frozenset({"question_mark", "slash", "colon", "space"})
"""Keys that write something, besides those of one letter."""


class Action(Struct, frozen=True, kw_only=True):
    """One thing that can be done. `OWNER.NAME` is done by `action_NAME` of the app or of the panel of OWNER."""

    id: str
    title: str
    help: str
    keys: tuple[str, ...] = ()
    brief: str = ""
    """Word in the footer; empty: not in the footer."""
    priority: bool = False
    """Works inside inputs and modals too."""
    palette: bool = True
    of_panels: bool = False
    """Does something to panels: on a page it does not apply."""

    @property
    def owner(self) -> str:
        """Where it applies: `app` for everywhere, the name of a panel, or one of `HOLDERS`."""
        return self.id.split(".")[0]

    def working_keys(self, place: str, actions: "Sequence[Action] | None" = None) -> tuple[str, ...]:
        """Its keys that work while `place` has the focus: where text is written, none that writes.

        Args:
            place: a panel, a page or one of `HOLDERS`.
            actions: all there are, with the operator's own keys; the usual ones where left out.
        """
        if place not in HOLDERS or self.owner == place:
            return self.keys
        taken = {key for action in actions or ACTIONS if action.owner == place for key in action.keys}
        return tuple(key for key in self.keys if key not in taken | PRINTABLE and len(key) > 1)

    def key_text(self, place: str, actions: "Sequence[Action] | None" = None, *, writing: bool = False) -> str:
        """Its keys that work at `place`, as footer and help write them; `writing` leaves out those that are text."""
        keys = self.working_keys(place, actions)
        return " ".join(_spoken(key) for key in keys if not writing or (len(key) > 1 and key not in PRINTABLE))


def _spoken(key: str) -> str:
    key = SPOKEN.get(key, key).replace("ctrl+", "^")
    return key.upper() if key.startswith("f") and key[1:].isdigit() else key


ACTIONS = (
    Action(id="app.flatten", title="Emergency flatten", keys=("ctrl+x", "f9"), brief="FLATTEN", priority=True,
           help="Cancel every order of ours and close every position. Asks for the word FLATTEN."),
    Action(id="app.help", title="Help", keys=("question_mark", "f1"), brief="help",
           help="The keys of the focused panel, and of everywhere."),
    Action(id="app.quit", title="Quit", keys=("ctrl+q",), brief="quit", priority=True,
           help="Leave the screen; asks whether the engine goes on or stops."),
    Action(id="app.leave", title="Quit (plain letter)", keys=("q",), palette=False, help="The same, outside inputs."),
    Action(id="app.palette", title="Command palette", keys=("ctrl+p",), brief="palette", priority=True, palette=False,
           help="Every action by name."),
    Action(id="app.commands", title="Command palette (plain key)", keys=("colon",), palette=False,
           help="The same, where a terminal keeps ctrl+p for itself."),
    Action(id="app.freeze", title="Freeze the view", keys=("space",), brief="freeze", of_panels=True,
           help="Tickers and positions stand still; data goes on, and so do Battle Stations, header and events."),
    Action(id="app.zoom", title="Zoom the panel", keys=("z",), brief="zoom", of_panels=True,
           help="The focused panel alone; again: all."),
    Action(id="app.arrange", title="Next layout", keys=("w",), of_panels=True,
           help="All panels; tickers with positions, with the chat or with events. Kept for the next time."),
    Action(id="app.chat", title="Talk", keys=("c",), brief="talk", help="Show the chat and write in it."),
    Action(id="app.panel_1", title="Show tickers", keys=("1",), help="Focus the ticker table."),
    Action(id="app.panel_2", title="Show positions", keys=("2",), help="Focus positions and P&L."),
    Action(id="app.panel_3", title="Show chat", keys=("3",), help="Focus the chat, to read it; enter or c writes."),
    Action(id="app.panel_4", title="Show events", keys=("4",), help="Focus the event log."),
    Action(id="app.next_panel", title="Next panel", keys=("tab",), palette=False, of_panels=True,
           help="Focus the next panel."),
    Action(id="app.previous_panel", title="Previous panel", keys=("shift+tab",), palette=False, of_panels=True,
           help="Focus the one before."),
    Action(id="app.page_symbol", title="Symbol", keys=("i", "f2"), brief="symbol",
           help="Candles of the ticker under the cursor, with what was traded, its stop and target, and why."),
    Action(id="app.page_trades", title="Trades", keys=("f3",), help="Every closed trade: sort, filter, export."),
    Action(id="app.page_performance", title="Performance", keys=("f4",), brief="performance",
           help="Equity and drawdown, P&L by day, hour, symbol, strategy and regime, with what it rests on."),
    Action(id="app.page_decisions", title="Decisions", keys=("f5",), help="Every decision with every check."),
    Action(id="app.page_orders", title="Brackets and orders", keys=("f6",),
           help="Positions with their legs, what rests at the exchange, and what is not known."),
    Action(id="app.page_learning", title="Learning", keys=("f7",), help="What was proposed, on what evidence."),
    Action(id="app.page_health", title="Health", keys=("f8",), help="Workers, feed, budgets, disk, log."),
    Action(id="app.page_settings", title="Settings", keys=("f10",), help="Every setting, its value and meaning."),
    Action(id="app.theme", title="Next theme", keys=("t",), brief="theme",
           help="abyss, blue-orange (colour-blind), daylight, mono."),
    Action(id="app.picture", title="Picture of the screen",
           help="As SVG into the home's exports/; amounts, ids and paths are blotted out."),
    Action(id="app.copy", title="Copy", keys=("ctrl+c",), priority=True, palette=False,
           help="What is selected. It never ends the screen: ctrl+q leaves it, and the engine goes on."),
    Action(id="app.price_alert", title="Price alert", keys=("b",),
           help="Say when the ticker under the cursor is above or below a price: toast, event, bell on request."),
    Action(id="app.price_alerts", title="Price alerts", keys=("B",),
           help="All that are set; remove them, have the bell ring."),
    Action(id="app.alert_bell", title="Bell for price alerts", help="The terminal's bell, on or off."),
    Action(id="app.pause_entries", title="Pause entries", keys=("P",),
           help="No new entries; what is open stays managed."),
    Action(id="app.resume_entries", title="Resume entries",
           help="Entries again. Has no key on purpose: palette, or `resume` in the chat."),
    Action(id="app.approve", title="Approve the autopilot's entry", keys=("a",),
           help="The newest entry that it asks about. Shows it, and asks for the word YES."),
    Action(id="app.autopilot", title="Autopilot level", keys=("A",),
           help="off, observe, confirm or auto; auto asks for the word AUTO."),
    Action(id="tickers.sort", title="Sort by the next column", keys=("s",), brief="sort",
           help="State, velocity, P&L, price, age, symbol, group; or click a column's head."),
    Action(id="tickers.reverse", title="Reverse the order", keys=("S",), help="Largest or smallest first."),
    Action(id="tickers.filter", title="Filter tickers", keys=("slash",), brief="filter",
           help="By symbol, group or state, as you type; enter keeps, escape clears."),
    Action(id="tickers.clear", title="Clear the filter", keys=("escape",), help="Every ticker again."),
    Action(id="tickers.groups", title="Group tickers", keys=("g",), brief="groups", help="Rows under their group."),
    Action(id="tickers.columns", title="Other columns", keys=("v",),
           help="All, those for trading, or those of the market; kept for the next time."),
    Action(id="tickers.why", title="Why this ticker", keys=("enter",), brief="why",
           help="Ask the engine why the ticker under the cursor stands where it does."),
    Action(id="tickers.up", title="Up", keys=("up", "k"), palette=False, help="One row up."),
    Action(id="tickers.down", title="Down", keys=("down", "j"), palette=False, help="One row down."),
    Action(id="tickers.page_up", title="Page up", keys=("pageup",), palette=False, help="One page up."),
    Action(id="tickers.page_down", title="Page down", keys=("pagedown",), palette=False, help="One page down."),
    Action(id="tickers.first", title="First row", keys=("home",), palette=False, help="To the top."),
    Action(id="tickers.last", title="Last row", keys=("end",), palette=False, help="To the bottom."),
    Action(id="filter.keep", title="Keep the filter", keys=("enter",), brief="keep", palette=False,
           help="Back to the table, which stays filtered."),
    Action(id="filter.clear", title="Clear the filter", keys=("escape",), brief="clear", palette=False,
           help="Back to the table, with every ticker."),
    Action(id="chat.type", title="Write", keys=("enter",), brief="write", palette=False,
           help="Put the cursor into the chat's line."),
    Action(id="chat.leave", title="Leave the chat", keys=("escape",), brief="tickers", palette=False,
           help="Back to the ticker table; while an answer is under way, cancel it first."),
    Action(id="chat.mark_next", title="Mark the next block", keys=("j",), palette=False,
           help="Beyond the last one, none."),
    Action(id="chat.mark_previous", title="Mark the block before", keys=("k",), palette=False,
           help="First the newest."),
    Action(id="chat.confirm", title="Confirm the proposal", keys=("y",),
           help="The marked card, or the only one that waits. Shows it and asks again, in LIVE for the word CONFIRM."),
    Action(id="chat.reject", title="Reject the proposal", keys=("n",),
           help="The marked card, or the only one that waits, lapses."),
    Action(id="chat.copy", title="Copy a block", keys=("C",),
           help="The marked block, or the newest, to the terminal's clipboard (OSC 52, over SSH too)."),
    Action(id="chat.older", title="Older turns", keys=("o",), palette=False, help="Those that are folded above."),
    Action(id="chat.newest", title="Newest turns", keys=("O",), palette=False, help="Back to the end."),
    Action(id="typing.done", title="Stop writing", keys=("escape",), brief="back", palette=False,
           help="Back to the chat panel, where letters are keys again; what is written stays. While an answer is under "
                "way, cancel it first."),
    Action(id="typing.send", title="Send", keys=("enter",), brief="send", palette=False, help="Say it to the engine."),
    Action(id="typing.newline", title="New line", keys=("ctrl+j", "shift+enter"), palette=False,
           help="^j, or a backslash before enter, work in every terminal and in tmux; with shift, alt or ctrl enter "
                "does where the terminal tells it apart."),
    Action(id="typing.complete", title="Complete", keys=("tab",), brief="complete", palette=False,
           help="Finish the word, again for the next one that fits; `/` shows the known ones."),
    Action(id="typing.previous", title="Earlier line", keys=("up",), palette=False, help="What was said before."),
    Action(id="typing.next", title="Later line", keys=("down",), palette=False, help="What was said after."),
    Action(id="page.back", title="Back", keys=("escape", "q"), brief="back", palette=False, help="Close the page."),
    Action(id="page.more", title="More of the row", keys=("enter",), brief="more",
           help="What more is known of the row under the cursor, or its cells in full."),
    Action(id="page.sort", title="Sort the table", keys=("s",), brief="sort",
           help="By the next column; or click a column's head."),
    Action(id="page.reverse", title="Reverse the table", keys=("S",), help="The other way round."),
    Action(id="page.filter", title="Filter the table", keys=("slash",), brief="filter",
           help="Rows that have every word."),
    Action(id="page.export", title="Export the table", keys=("e",), brief="export",
           help="As CSV and JSON into the home's exports/, as it is sorted and filtered."),
    Action(id="page.copy_row", title="Copy the row", keys=("y",), brief="copy",
           help="Into the terminal's clipboard, also over SSH."),
    Action(id="settings.edit", title="Edit the setting", keys=("enter", "e"), brief="edit",
           help="Opens a line with its value; the engine says what would change, and writes it once confirmed."),
    Action(id="settings.export", title="Export the table", keys=("E",), brief="export",
           help="As `e` on other pages."),
    Action(id="page.up", title="Row up", keys=("up", "k"), palette=False, help="One row up."),
    Action(id="page.down", title="Row down", keys=("down", "j"), palette=False, help="One row down."),
    Action(id="page.page_up", title="Rows up", keys=("pageup",), palette=False, help="Ten rows up."),
    Action(id="page.page_down", title="Rows down", keys=("pagedown",), palette=False, help="Ten rows down."),
    Action(id="page.left", title="Columns on the left", keys=("left",), palette=False,
           help="Where a table is wider than the screen."),
    Action(id="page.right", title="Columns on the right", keys=("right",), palette=False,
           help="The same, the other way."),
    Action(id="page.first", title="First row of the table", keys=("home",), palette=False, help="To the top."),
    Action(id="page.last", title="Last row of the table", keys=("end",), palette=False, help="To the bottom."),
)  # fmt: skip

BY_ID = {action.id: action for action in ACTIONS}


def bindings(owner: str) -> list[BindingType]:
    """The key bindings of the app or of a panel; their ids are the actions' ids, for keymaps."""
    return [
        Binding(",".join(action.keys), f"app.perform('{action.id}')", action.title, id=action.id, show=False,
                priority=action.priority)
        for action in owned(owner)
        if action.keys
    ]  # fmt: skip


def owned(place: str, actions: Sequence[Action] = ACTIONS) -> list[Action]:
    """The actions of a place; the settings page has those of any page, but for what enter and `e` do."""
    own = [action for action in actions if action.owner == place]
    if place == "settings":
        own += [a for a in actions if a.owner == "page" and a.id not in ("page.more", "page.export")]
    return own


def applying(place: str, actions: Sequence[Action] = ACTIONS) -> list[Action]:
    """What can be done while `place`, a panel, a page or one of `HOLDERS`, has the focus: its own actions first."""
    everywhere = [a for a in actions if a.owner == ANYWHERE and not (a.of_panels and place in PAGES)]
    return owned(place, actions) + [a for a in everywhere if a.working_keys(place, actions) or not a.keys]


def offered(place: str, actions: Sequence[Action] = ACTIONS) -> list[Action]:
    """What the palette lists at `place`: on a page what applies there, else what any panel can do."""
    listed = applying(place, actions) if place in PAGES else [a for a in actions if a.owner not in PAGES]
    return [action for action in listed if action.palette]
