"""The chat pane on an engine that tells blocks: what is seen, typed, cancelled, copied, confirmed."""

from pathlib import Path

import msgspec
import pytest
from textual.events import Key
from textual.widget import Widget

from kraken_tui.clock import SECOND
from kraken_tui.model.command import CancelTurn, CommandResult, Confirm, Reject, Say
from kraken_tui.model.talk import BlockKind, Talk
from kraken_tui.ui.app import CommandCenter
from kraken_tui.ui.conversation import SHOWN_BLOCKS
from kraken_tui.ui.panels.blocks import BlockView
from kraken_tui.ui.panels.chat import Chat
from kraken_tui.ui.panels.chat_line import ChatInput
from kraken_tui.ui.panels.chat_log import ChatLog
from kraken_tui.ui.screens.confirm import ConfirmScreen
from kraken_tui.ui.screens.proposal import ProposalScreen
from tests.ui.fake_engine import FakeEngine, Talking
from tests.ui.pilot import chat_text, screen, shows, text_of, toasts, until
from tests.ui.talks import CARD, every_kind, long_talk, talking_engine


def views(app: CommandCenter) -> list[BlockView]:
    return list(app.desk.query(BlockView))


def talk_of(engine: FakeEngine) -> Talking:
    assert engine.talking is not None
    return engine.talking


def heard(app: CommandCenter) -> Talk:
    """What the chat knows of the engine's state; nothing that is busy, before it told any."""
    nothing = Talk(seq=-1, assistant="", operator="", state="", busy=False, model="", tokens=0, cost="")
    return app.desk.query_one(Chat)._conversation.talk or nothing


def title(widget: Widget) -> str:
    return f"{widget.border_title} | {widget.border_subtitle}"


async def test_an_answer_that_streams_grows_in_place(tmp_path: Path) -> None:
    engine = talking_engine(busy=True, state="thinking")
    talking = talk_of(engine)
    talking.say(BlockKind.USER, "why BTC?")
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        await pilot.press("c")
        await until(pilot, lambda: "Zyn thinking …" in chat_text(app))
        id = talking.say(BlockKind.PROSE, "BTC", done=False)
        await until(pilot, lambda: "BTC …" in chat_text(app))
        grown, log = views(app)[-1], app.desk.query_one(ChatLog)
        words = ["BTC"]
        for number in range(150):
            words.append(f"word{number}" * 3)
            talking.say(BlockKind.PROSE, " ".join(words), id=id, done=number == 149)
        await until(pilot, lambda: words[-1] in chat_text(app))
        assert grown in views(app) and words[-1] in str(grown.content), "no other widget takes its place"
        await until(pilot, lambda: log.scroll_offset.y == log.max_scroll_y > 0)
        assert shows(app, words[-1]), "and its end stays in view"


async def test_blocks_and_the_commands_answer_are_not_both_shown(tmp_path: Path) -> None:
    engine = talking_engine()

    def say(text: str) -> CommandResult:
        talk_of(engine).say(BlockKind.USER, text)
        talk_of(engine).say(BlockKind.FACT, f"told: {text}")
        return CommandResult(ok=True, lines=(f"told: {text}",))

    engine.say = say
    async with screen(engine, tmp_path) as (app, pilot):
        await until(pilot, lambda: heard(app).seq > 0)
        await pilot.press("c", *"status", "enter")
        await until(pilot, lambda: "FACT  told: status" in chat_text(app))
        assert len(views(app)) == 2
        engine.say = lambda text: CommandResult(ok=False, lines=("busy with another turn",))
        await pilot.press(*"again", "enter")
        await until(pilot, lambda: "Zyn ✖ busy with another turn" in chat_text(app))
        assert chat_text(app).splitlines()[-2] == "jimmy again"


@pytest.mark.parametrize("before", [("c",), ("3",)])
async def test_escape_cancels_an_answer_once_and_leaves_the_second_time(tmp_path: Path, before: tuple[str]) -> None:
    engine = talking_engine(busy=True, state="thinking")
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        await pilot.press(*before)
        await until(pilot, lambda: "thinking · esc cancels" in title(app.desk.panel("chat")))
        focused = app.focused
        await pilot.press("escape")
        await until(pilot, lambda: engine.sent == [CancelTurn()])
        assert app.focused is focused, "nothing else happened"
        await pilot.press("escape")
        assert app.focused is not focused
        talk_of(engine).set(busy=False, state="ready")
        await until(pilot, lambda: not heard(app).busy)
        talk_of(engine).set(busy=True)
        await until(pilot, lambda: heard(app).busy)
        await pilot.press("c", "escape")
        await until(pilot, lambda: engine.sent == [CancelTurn()] * 2)


async def test_in_paper_a_card_is_shown_and_asked_about_again(tmp_path: Path) -> None:
    engine = talking_engine()
    every_kind(talk_of(engine), engine.snapshot().time_ns + 3600 * SECOND)
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        await pilot.press("3")
        await until(pilot, lambda: shows(app, "PROPOSAL P-17"))
        for keys in (["enter"], ["escape"]):
            await pilot.press("y")
            await until(pilot, lambda: isinstance(app.screen, ProposalScreen))
            for line in CARD:
                assert line in text_of(app, "#meaning")
            await pilot.press(*keys)
            await until(pilot, lambda: app.desk.is_current)
            assert engine.sent == [], "enter leaves it"
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, ProposalScreen))
        await pilot.press("y")
        await until(pilot, lambda: engine.sent == [Confirm("P-17")])
        await pilot.press("n")
        await until(pilot, lambda: engine.sent[1:] == [Reject("P-17")])


async def test_in_live_a_card_takes_the_typed_word(tmp_path: Path) -> None:
    engine = talking_engine()
    engine.mode = "LIVE"
    talk_of(engine).say(BlockKind.PROPOSAL, *CARD, row="P-17", done=False)
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        await pilot.press("3")
        await until(pilot, lambda: shows(app, "PROPOSAL P-17 · waits"))
        for keys in (["y", "enter"], ["y", *"yes", "enter", "escape"], ["y", *"CONFIR", "enter", "escape"]):
            await pilot.press(*keys)
            await until(pilot, lambda: app.desk.is_current)
        assert engine.sent == []
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        assert shows(app, "LIVE — REAL MONEY") and shows(app, "worst price 3,405.35")
        await pilot.press(*"confirm", "enter")
        await until(pilot, lambda: engine.sent == [Confirm("P-17")])


@pytest.mark.parametrize("change", ["edited", "settled", "expired"])
async def test_a_card_that_changed_while_it_was_asked_about_is_not_confirmed(tmp_path: Path, change: str) -> None:
    engine = talking_engine()
    talking, soon = talk_of(engine), engine.snapshot().time_ns + 60 * SECOND
    id = talking.say(BlockKind.PROPOSAL, *CARD, row="P-17", done=False, expires_ns=soon + 3600 * SECOND)
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        await pilot.press("3")
        await until(pilot, lambda: shows(app, "PROPOSAL P-17"))
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, ProposalScreen))
        card = (CARD[0].replace("buy", "sell"), *CARD[1:]) if change == "edited" else CARD
        seq = talking.seq
        talking.say(
            BlockKind.PROPOSAL, *card, id=id, row="P-17", done=change == "settled",
            expires_ns=1 if change == "expired" else soon + 3600 * SECOND,
        )  # fmt: skip
        await until(pilot, lambda: app.follower._talk_seen > seq)
        await pilot.press("y")
        await until(pilot, lambda: "no longer waits as it was shown" in toasts(app))
        assert engine.sent == []


async def test_of_several_cards_only_the_marked_one_is_settled(tmp_path: Path) -> None:
    engine = talking_engine()
    for number in (1, 2, 3):
        talk_of(engine).say(BlockKind.PROPOSAL, f"card {number}", row=f"P-{number}", done=False)
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        await pilot.press("3")
        await until(pilot, lambda: shows(app, "card 3"))
        await pilot.press("n")
        await until(pilot, lambda: "3 proposals wait" in toasts(app))
        assert engine.sent == []
        await pilot.press("k", "n")
        await until(pilot, lambda: engine.sent == [Reject("P-2")])
        await pilot.click(views(app)[0])
        assert [view.has_class("marked") for view in views(app)] == [True, False, False]
        assert "▶ PROPOSAL P-1" in title(views(app)[0])
        await pilot.press("n")
        await until(pilot, lambda: engine.sent[1:] == [Reject("P-1")])


async def test_a_new_card_is_news_once_and_only_away_from_the_chat(tmp_path: Path) -> None:
    engine = talking_engine()
    talk_of(engine).say(BlockKind.PROPOSAL, "card 0", row="P-0", done=False)
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        await until(pilot, lambda: "card 0" in chat_text(app))
        talk_of(engine).say(BlockKind.PROPOSAL, "[b]card[/b] 1", row="P-1", done=False)
        await until(pilot, lambda: "PROPOSAL P-1 [b]card[/b] 1" in toasts(app))
        assert "P-0" not in toasts(app), "what waited before this screen is not news"
        app.clear_notifications()
        talk_of(engine).say(BlockKind.PROPOSAL, "card 1 again", id=1, row="P-1", done=False)
        await until(pilot, lambda: "card 1 again" in chat_text(app))
        await pilot.press("3")
        talk_of(engine).say(BlockKind.PROPOSAL, "card 2", row="P-2", done=False)
        await until(pilot, lambda: shows(app, "card 2"))
        assert "P-" not in toasts(app)


async def test_without_a_proposal_nothing_is_sent(tmp_path: Path) -> None:
    engine = talking_engine()
    every_kind(talk_of(engine), 0)
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        await pilot.press("3")
        await until(pilot, lambda: shows(app, "PROPOSAL P-17 · EXPIRED"))
        await pilot.press("y", "n")
        await until(pilot, lambda: "No proposal waits." in toasts(app))
        assert app.desk.is_current and engine.sent == []


async def test_a_long_conversation_mounts_a_bounded_number_of_blocks(tmp_path: Path) -> None:
    engine = talking_engine()
    long_talk(talk_of(engine), 200)
    async with screen(engine, tmp_path, (120, 40)) as (app, pilot):
        await pilot.press("3")
        await until(pilot, lambda: "Answer 199" in chat_text(app))
        log = app.desk.query_one(ChatLog)
        assert len(views(app)) == SHOWN_BLOCKS
        assert len(log.query("*")) == SHOWN_BLOCKS + 2
        assert "… 188 older turns" in text_of(app, "#chat-older")
        await until(pilot, lambda: log.scroll_offset.y == log.max_scroll_y)
        await pilot.press("o")
        await until(pilot, lambda: "Answer 187" in chat_text(app))
        assert len(views(app)) == SHOWN_BLOCKS
        long_talk(talk_of(engine), 5)
        await until(pilot, lambda: "17 newer turns" in text_of(app, "#chat-newer"))
        assert "Answer 187" in chat_text(app), "who reads goes on reading"
        await pilot.press("o", "o")
        await until(pilot, lambda: "Answer 163" in chat_text(app))
        assert len(views(app)) == SHOWN_BLOCKS
        await pilot.press("c", *"hi", "enter")
        await until(pilot, lambda: "heard: hi" in chat_text(app))
        assert len(views(app)) <= SHOWN_BLOCKS


async def test_lines_several_at_once_and_what_was_said_before(tmp_path: Path) -> None:
    engine = talking_engine()
    talk_of(engine).say(BlockKind.USER, "said on another screen")
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        line = app.desk.query_one(ChatInput)
        await until(pilot, lambda: "another screen" in chat_text(app))
        await pilot.press("c", *"one", "backslash", "enter", *"two", "ctrl+j", *"three")
        assert line.value == "one\ntwo\nthree" and engine.sent == []
        await until(pilot, lambda: line.region.height == 3)
        await pilot.press("up", "up", "X")
        assert line.value == "oneX\ntwo\nthree", "within several lines the arrows move between them"
        await pilot.press("up")
        assert line.value == "said on another screen"
        await pilot.press("down")
        assert line.value == "oneX\ntwo\nthree", "what was being written comes back"
        await pilot.press("enter")
        await until(pilot, lambda: engine.sent == [Say("oneX\ntwo\nthree")])
        await until(pilot, lambda: line.region.height == 1)
        line.value = "x" * 9000
        await pilot.press("enter")
        await until(pilot, lambda: "9,000 characters, 8,000 can be said at once" in text_of(app, "#chat-words"))
        assert len(engine.sent) == 1


async def test_keys_that_come_in_one_burst_keep_their_order(tmp_path: Path) -> None:
    engine = talking_engine()
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        await pilot.press("c")
        for key in (*"one", "ctrl+j", *"two", "enter", *"three", "shift+\r", *"four", "enter", *"st", "tab", "enter"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        said = [Say("one\ntwo"), Say("three\nfour"), Say("status")]
        await until(pilot, lambda: engine.sent == said)
        await until(pilot, lambda: shows(app, "Zyn heard: status"))


async def test_words_come_from_the_engine(tmp_path: Path) -> None:
    engine = talking_engine()
    engine.commands = (
        "how SYMBOL [today|week] - what it made",
        "assistant read|paper|confirm|auto - what it may do",
        "halt / hush - be quiet",
        "RESET KILL SWITCH - typed exactly so",
        "Numbers are plain",
    )
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        line = app.desk.query_one(ChatInput)
        await pilot.press("c", "slash")
        await until(pilot, lambda: text_of(app, "#chat-words") == "/how  /assistant  /halt  /hush")
        await pilot.press("h", "tab")
        assert line.value == "/how "
        await until(pilot, lambda: text_of(app, "#chat-words") == "how SYMBOL [today|week] - what it made")
        await pilot.press("tab")
        assert line.value == "/halt"
        await pilot.press("tab", "tab")
        assert line.value == "/how ", "and round again"
        await pilot.press(*"btc", "tab", "w")
        await until(pilot, lambda: line.suggestion == "eek")
        await pilot.press("tab", "enter")
        await until(pilot, lambda: engine.sent == [Say("how BTC/USD week")])


async def test_state_tokens_and_cost_stand_in_the_frame(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with screen(engine, tmp_path, (120, 40)) as (app, pilot):
        chat = app.desk.panel("chat")
        assert title(chat) == "3 Chat | "
        engine.talking = Talking(assistant="[b]Nyz\x1b[31m", state="budget spent until 00:00 UTC")
        engine.talking.say(BlockKind.PROSE, "hello")
        await until(pilot, lambda: "3 Chat · budget spent until 00:00…" in title(chat))
        assert "12,345 tokens · 0.42 USD today" in title(chat)
        await until(pilot, lambda: "[b]Nyz · commentary, not a record" in chat_text(app))
        await pilot.press("3", "z")
        await until(pilot, lambda: "gpt-4o · 12,345 tokens" in title(chat))


async def test_another_engine_has_another_conversation(tmp_path: Path) -> None:
    engine = talking_engine()
    talk_of(engine).say(BlockKind.FACT, "of the first")
    async with screen(engine, tmp_path) as (app, pilot):
        await until(pilot, lambda: "of the first" in chat_text(app))
        engine.fail = ConnectionResetError("gone")
        await until(pilot, lambda: "LINK DOWN" in text_of(app, "#battle"))
        assert "of the first" in chat_text(app), "a lost link forgets nothing"
        engine.pid, engine.fail, engine.talking = 4343, None, Talking()
        engine.talking.say(BlockKind.FACT, "of the second")
        await until(pilot, lambda: chat_text(app) == "FACT  of the second")


async def test_a_lost_engine_answers_in_the_chat(tmp_path: Path) -> None:
    engine = talking_engine()
    async with screen(engine, tmp_path) as (app, pilot):
        await until(pilot, lambda: heard(app).seq > 0)
        engine.send_error = ConnectionResetError("gone")
        await pilot.press("c", *"hi", "enter")
        await until(pilot, lambda: "It may or may not have arrived." in chat_text(app))


async def test_blocks_that_break_the_panel_leave_the_rest_at_work(tmp_path: Path) -> None:
    engine = talking_engine()
    talking = talk_of(engine)
    talking.say(BlockKind.FACT, "fine")
    async with screen(engine, tmp_path, (80, 24)) as (app, pilot):
        await pilot.press("3")
        await until(pilot, lambda: shows(app, "FACT  fine"))
        id = talking.say(BlockKind.FACT, "broken")
        talking.blocks[id] = msgspec.structs.replace(talking.blocks[id], lines=(None,))
        await until(pilot, lambda: "The panel chat failed" in toasts(app))
        del talking.blocks[id]
        talking.say(BlockKind.FACT, "and on")
        await until(pilot, lambda: shows(app, "FACT  and on"))
        await pilot.press("c", *"pause", "enter")
        await until(pilot, lambda: engine.sent == [Say("pause")])
