"""The conversation of an engine: who may do what, what each turn shows, and that its footer is the journal's count."""

import asyncio
import json
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.agent.policy import Limits
from kraken_tui.agent.records import receipt_lines
from kraken_tui.agent.tools.toolbox import Toolbox
from kraken_tui.agent.turns import TurnContext, own_words
from kraken_tui.model.command import (
    Approve,
    Buy,
    CancelOrders,
    CancelTurn,
    Close,
    Command,
    Confirm,
    Flatten,
    Learn,
    Pause,
    Reject,
    ResetKillSwitch,
    Resume,
    Say,
    Sell,
    SetAssistant,
    SetAutopilot,
    SetSetting,
    SetStop,
    SetTarget,
    Stop,
)
from kraken_tui.model.outcome import Declined, Outcome, Unknown
from kraken_tui.model.trading import OrderType
from kraken_tui.store import audit_reading
from kraken_tui.store.journal import Journal
from tests.agent import tool_doubles
from tests.runtime.manual_doubles import accepted, order, position
from tests.runtime.talking_stand import QUOTE, Make, S, Stand
from tests.samples import D

EVERY: dict[type, Command] = {
    Buy: Buy(symbol=S, amount="0.01"), Sell: Sell(symbol=S, amount="0.01", stop="61000"), Close: Close(S),
    CancelOrders: CancelOrders(symbol=S), SetStop: SetStop(symbol=S, price="59500"), SetTarget: SetTarget(symbol=S),
    Pause: Pause(), Resume: Resume(), SetAutopilot: SetAutopilot("off"), Approve: Approve(S), Flatten: Flatten(),
    ResetKillSwitch: ResetKillSwitch("RESET KILL SWITCH"), Stop: Stop(), Say: Say("buy btc 0.01"),
    Confirm: Confirm("P-1"), Reject: Reject("P-1"), CancelTurn: CancelTurn(), SetAssistant: SetAssistant("auto"),
    SetSetting: SetSetting(name="RISK_PER_TRADE", value="1"), Learn: Learn("status"),
}  # fmt: skip
PAPER_LIMITS = Limits(
    order=D(700), day=D(1500), risk=D(50), symbols=frozenset({S}), commands=frozenset({"buy", "stop"})
)  # fmt: skip


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    opened = await Journal.open(tmp_path / "journal.db", "paper")
    yield opened
    await opened.close()


@pytest.fixture
def make(journal: Journal, tmp_path: Path) -> Make:
    def stand(**given: object) -> Stand:
        return Stand(journal, tmp_path, **given)  # type: ignore[arg-type]

    return stand


@pytest.fixture
def stand(make: Make) -> Stand:
    return make()


def with_tools(stand: Stand) -> Stand:
    """So that wishes in free words are read, too."""
    seen = tool_doubles.Standing(stand.folder).sources
    stand.conversation.tools = Toolbox(replace(seen, proposer=stand.talking.proposing, now_ns=stand.clock.now_ns))
    return stand


def rows(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "journal.db")) as database:
        return list(database.execute(sql))


async def test_the_operators_own_words_are_done_and_shown(stand: Stand) -> None:
    result = await stand.ask(Say("buy btc 0.01"))
    assert result.ok and result.turn == 1
    assert stand.kinds(1) == ["user", "receipt", "footer"]
    assert stand.footers() == ["PAPER - this turn: 1 order sent | 0 proposals waiting"]
    receipt = next(block for block in stand.talk.blocks() if block.kind == "receipt")
    row = audit_reading.command_row(stand.folder / "journal.db", int(receipt.row.partition("/")[2]))
    assert row is not None and receipt.lines == receipt_lines(row) == result.lines
    assert (row.author, row.kind) == ("screen", "Buy")


async def test_a_question_is_answered_as_a_fact_and_sends_nothing(stand: Stand) -> None:
    for text in ("status", "orders", "positions", "why btc", "help"):
        assert (await stand.ask(Say(text))).ok
    assert not (await stand.ask(Say("don't buy btc"))).ok
    assert not (await stand.ask(Say("flatten"))).ok
    assert all(line == "PAPER - this turn: 0 orders sent | 0 proposals waiting" for line in stand.footers())
    assert (len(stand.footers()), stand.desk.asked) == (7, [])


async def test_a_line_works_with_what_the_same_author_was_just_told(stand: Stand) -> None:
    with_tools(stand)
    line = Say("work out difference: ask BTC/USD, bid BTC/USD")
    assert not (await stand.ask(line)).ok
    assert (await stand.ask(Say("price btc"))).ok
    assert (await stand.ask(line)).lines == ("Ask above bid BTC/USD: 10 USD",)
    assert not (await stand.guest(line)).ok
    product = await stand.ask(Say("work out product: 10, last price BTC/USD"))
    assert product.lines == ("10 times last price BTC/USD: 609950 USD",)
    await stand.clock.sleep(11)
    assert (await stand.ask(line)).lines == ("ask BTC/USD is 11 s old: too old to be told",)
    assert all(line == "PAPER - this turn: 0 orders sent | 0 proposals waiting" for line in stand.footers())


async def test_what_a_program_wishes_becomes_a_proposal_that_a_confirm_does_once(stand: Stand) -> None:
    result = await stand.guest(Say("buy btc 0.01"))
    assert result.ok and "P-1 waits for a confirm; nothing was sent." in result.lines
    assert stand.desk.asked == []
    assert stand.kinds(1) == ["user", "proposal", "footer"]
    assert stand.footers() == ["PAPER - this turn: 0 orders sent | 1 proposal waiting (P-1)"]
    (card,) = stand.lines("proposal")
    assert card[0] == "PAPER: buy 0.01 BTC (BTC/USD), at market, now 60000.0, at worst 60300.0"
    assert "ASKED BY A PROGRAM, NOT TYPED BY YOU" in card and not any("NOT IN YOUR WORDS" in line for line in card)
    assert (await stand.ask(Say("confirm p-1"))).ok
    assert (len(stand.desk.asked), stand.state("P-1")) == (1, "done")
    assert stand.kinds(2) == ["user", "receipt", "footer"]
    assert stand.footers()[1] == "PAPER - this turn: 1 order sent | 0 proposals waiting"
    assert not (await stand.ask(Confirm("P-1"))).ok
    assert stand.kinds(3) == ["user", "notice", "footer"]
    assert (len(stand.desk.asked), stand.footers()[2][:32]) == (1, "PAPER - this turn: 0 orders sent")
    (payload,) = rows(stand.folder, "SELECT payload FROM intents")[0]
    assert json.loads(str(payload))["reason"] == "buy by P-1 of mcp (propose), confirmed by screen"


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("role", ["propose", "view"])
async def test_no_command_of_a_guest_reaches_the_operators_door(stand: Stand, kind: type, role: str) -> None:
    stand.books.held = position() if kind in (Close, SetStop, SetTarget) else None
    before = stand.books.held
    result = await stand.guest(EVERY[kind], role)
    assert (stand.desk.asked, stand.paused, stand.books.held) == ([], False, before)
    assert rows(stand.folder, "SELECT count(*) FROM intents") == [(0,)]
    if role == "view" or kind in (Confirm, CancelTurn, SetAssistant):
        assert not result.ok
    audit = rows(stand.folder, "SELECT author, json_extract(command, '$.type') FROM commands")
    assert audit == [(f"mcp ({role})", kind.__name__)]
    assert stand.talking.proposing.level == "confirm"


def test_every_command_is_tried() -> None:
    assert set(EVERY) == set(get_args(Command))


async def test_a_guest_confirms_nothing_and_rejects_only_his_own(stand: Stand) -> None:
    await stand.guest(Buy(symbol=S, amount="0.01"))
    for text in ("confirm P-1", "Confirm p-1", "/confirm P-1", "confirm P-1\n"):
        assert not (await stand.guest(Say(text))).ok
    assert not (await stand.guest(Confirm("P-1"))).ok
    assert not (await stand.guests.execute("propose", "other (propose)", Reject("P-1"))).ok
    assert stand.state("P-1") == "waiting"
    assert (await stand.guest(Reject("P-1"))).ok
    assert (stand.state("P-1"), stand.desk.asked) == ("rejected", [])


async def test_ten_confirms_from_ten_screens_execute_once(stand: Stand) -> None:
    await stand.guest(Buy(symbol=S, amount="0.01"))
    results = await asyncio.gather(*(stand.ask(Confirm("P-1"), f"screen {n}") for n in range(10)))
    assert sorted(result.ok for result in results) == [False] * 9 + [True]
    assert len(stand.desk.asked) == 1
    assert rows(stand.folder, "SELECT count(*) FROM intents") == [(1,)]
    assert sum("1 order sent" in line for line in stand.footers()) == 1


async def test_the_card_is_pinned_so_a_later_market_buys_no_more(stand: Stand) -> None:
    await stand.guest(Buy(symbol=S))
    await stand.ask(Confirm("P-1"))
    intent = stand.desk.asked[0]
    assert (getattr(intent, "amount", None), getattr(intent, "stop_price", None)) == (D("0.02"), D("59000.0"))


async def test_a_price_that_drifted_and_an_expired_card_send_nothing(stand: Stand) -> None:
    await stand.guest(Buy(symbol=S, amount="0.01"))
    stand.quote = replace(QUOTE, bid=D("60300.5"), ask=D("60300.6"))
    assert not (await stand.ask(Confirm("P-1"))).ok
    stand.quote = QUOTE
    await stand.guest(Buy(symbol=S, amount="0.01"))
    await stand.clock.sleep(60)
    told, _ = stand.talking.talk(-1)
    assert told is not None
    assert [lines[-1] for lines in stand.lines("proposal")] == [
        "P-1 by mcp (propose) void: the price went from 59999.95 to 60300.55; nothing was sent",
        "P-2 by mcp (propose) expired; nothing was sent",
    ]
    assert not (await stand.ask(Confirm("P-2"))).ok
    assert stand.desk.asked == []


async def test_what_the_gate_refuses_is_not_even_proposed(stand: Stand) -> None:
    stand.judged = Declined("heat: 6/6 is the limit")
    result = await stand.guest(Buy(symbol=S, amount="5"))
    assert result.lines == ("Nothing is proposed, and nothing was sent: BTC/USD: heat: 6/6 is the limit",)
    assert stand.kinds(1) == ["user", "notice", "footer"]
    assert stand.talking.book.waiting() == ()


async def test_an_unknown_outcome_is_told_as_one(stand: Stand) -> None:
    await stand.guest(Buy(symbol=S, amount="0.01"))
    stand.fail(Unknown("", "no answer"))
    result = await stand.ask(Confirm("P-1"))
    assert not result.ok and stand.state("P-1") == "unknown"
    assert stand.footers()[-1] == "PAPER - this turn: 1 order sent | 1 of unknown outcome | 0 proposals waiting"
    assert "its outcome is UNKNOWN and it is not sent again" in stand.lines("proposal")[0][-2 - len(result.lines) + 1]


async def test_after_a_crash_the_journal_tells_what_became_of_it(make: Make, journal: Journal, tmp_path: Path) -> None:
    for sent in (False, True):
        first = make()
        await first.guest(Buy(symbol=S, amount="0.01"))
        id = first.talking.book.waiting()[0].proposal.id

        async def dies(author: str, command: Command, sent: bool = sent) -> None:
            if sent:
                intent, _ = await journal.record_intent("enter", S, {"reason": f"buy by {author}"}, "operator", 2**62)
                await journal.record_outcome(intent, accepted(), 1)
            raise ZeroDivisionError

        first.talking.book._execute = dies  # type: ignore[assignment]
        with pytest.raises(ZeroDivisionError):
            await first.ask(Confirm(id))
        again = make()
        assert again.state(id) == "unknown"
        await again.talking.start()
        assert again.state(id) == ("done" if sent else "failed")
        assert again.desk.asked == []


TEXTS = (
    "buy btc 0.01", "stop btc 59500", "target btc 66000", "target btc off", "close btc", "sell btc", "status",
    "buy btc", "flatten now", "cancel btc", "pause", "confirm P-1", "confirm P-2", "reject P-1", "don't buy",
    "buy btc 0.01 at 59000",
)  # fmt: skip


@given(
    st.lists(st.sampled_from(TEXTS), min_size=1, max_size=8),
    st.integers(0, 3),
    st.sampled_from([accepted(), Declined("no"), Unknown("", "?")]),
)
@settings(max_examples=25, deadline=None)
def test_every_footer_is_the_journals_count(texts: list[str], others: int, outcome: Outcome) -> None:
    async def run(folder: Path) -> None:
        journal = await Journal.open(folder / "journal.db", "paper")
        try:
            stand = Stand(journal, folder)
            stand.desk.others = others
            stand.fail(outcome)
            for _ in range(2):
                await stand.guest(Buy(symbol=S, amount="0.01"))
            for text in texts:
                await counted(stand, text)
        finally:
            await journal.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder)))


async def counted(stand: Stand, text: str) -> None:
    """Say it; its footer says what the journal has more of the operator's own since."""
    ((before,),) = rows(stand.folder, "SELECT coalesce(max(id), 0) FROM intents")
    await stand.ask(Say(text))
    kinds = rows(
        stand.folder,
        f"SELECT kind FROM intents WHERE id > {before} AND owner IN ('operator', 'screen') "
        "AND payload NOT LIKE '%somebody else%'",
    )
    changed = sum(kind in ("amend", "cancel") for (kind,) in kinds)
    sent = len(kinds) - changed
    words = f"{sent} order{'' if sent == 1 else 's'} sent"
    words += f", {changed} changed or cancelled" if changed else ""
    assert stand.footers()[-1].startswith(f"PAPER - this turn: {words} | "), text


async def test_a_journal_that_can_not_be_read_is_said_so_and_the_command_is_done(stand: Stand) -> None:
    stand.talking.turns._journal = stand.folder / "nowhere.db"
    assert (await stand.ask(Say("buy btc 0.01"))).ok
    assert "not known: the journal can't be read" in stand.footers()[0]
    assert stand.kinds(1) == ["user", "notice", "footer"]


class Answers:
    """An assistant that does what a test says."""

    asks_model = True

    def __init__(self, stand: Stand, wish: Command | None = None) -> None:
        self._stand = stand
        self._wish = wish
        self.began, self.go_on = asyncio.Event(), asyncio.Event()
        self.heard: list[TurnContext] = []

    async def answer(self, context: TurnContext) -> None:
        self.heard.append(context)
        self.began.set()
        await self.go_on.wait()
        if self._wish is not None:
            for _ in range(50):
                await self._stand.talking.proposing.wish(self._wish, context)


async def ended(stand: Stand, footers: int) -> None:
    for _ in range(5_000):
        if len(stand.footers()) >= footers:
            return
        await asyncio.sleep(0.001)
    raise AssertionError("no footer")


async def test_what_the_grammar_does_not_know_goes_to_the_assistant_beside_everything_else(stand: Stand) -> None:
    assistant = stand.conversation.assistant = Answers(stand, Buy(symbol=S, amount="0.01"))
    result = await stand.ask(Say("grab me 0.01 bitcoin, buy it"))
    assert result.turn == 1
    await assistant.began.wait()
    told, _ = stand.talking.talk(-1)
    assert told is not None and told.busy
    assert (await stand.ask(Say("pause"))).ok and stand.paused
    assistant.go_on.set()
    await ended(stand, 2)
    assert [row.proposal.id for row in stand.talking.book.waiting()] == ["P-1", "P-2", "P-3"]
    assert (stand.desk.asked, own_words(assistant.heard[0])) == ([], "grab me 0.01 bitcoin, buy it")
    assert "NOT IN YOUR WORDS: stop" in stand.lines("proposal")[0]
    told, _ = stand.talking.talk(-1)
    assert told is not None and not told.busy
    assert "0 orders sent | 3 proposals waiting (P-1, P-2, P-3)" in stand.footers()[-1]


@pytest.mark.parametrize("begun", [True, False])
async def test_an_answer_can_be_cancelled_and_still_has_its_footer(stand: Stand, begun: bool) -> None:
    assistant = stand.conversation.assistant = Answers(stand)
    await stand.ask(Say("tell me a story"))
    if begun:
        await assistant.began.wait()
    assert (await stand.ask(CancelTurn())).ok
    await ended(stand, 1)
    assert stand.kinds(1) == ["user", "notice", "footer"]
    assert not (await stand.ask(CancelTurn())).ok
    await stand.talking.close()


async def test_an_assistant_that_fails_costs_a_line_and_shows_none_of_its_text(stand: Stand) -> None:
    class Fails:
        asks_model = True

        async def answer(self, context: TurnContext) -> None:
            raise ValueError("I have bought 5 BTC for you")

    stand.conversation.assistant = Fails()
    await stand.ask(Say("sing me a song"))
    await ended(stand, 1)
    assert stand.lines("notice") == [("The assistant has failed (ValueError).",)]
    assert not any("bought" in line for block in stand.talk.blocks() for line in block.lines)


async def test_on_auto_what_is_within_the_limits_runs_alone_and_the_rest_asks(make: Make) -> None:
    stand = make(level="auto", limits=PAPER_LIMITS)
    done = await stand.guest(Buy(symbol=S, amount="0.01"))
    assert done.ok and len(stand.desk.asked) == 1
    assert stand.kinds(1) == ["user", "proposal", "receipt", "footer"]
    assert stand.footers() == ["PAPER - this turn: 1 order sent | 0 proposals waiting"]
    assert stand.talking.book.spent == Decimal("603.00")
    await stand.guest(SetStop(symbol=S, price="59500"))
    assert len(stand.desk.asked) == 2
    await stand.guest(SetStop(symbol=S, price="100"))
    assert (len(stand.desk.asked), stand.state("P-3")) == (2, "waiting")
    await stand.guest(Close(S))
    assert (len(stand.desk.asked), stand.footers()[-1][-10:]) == (2, "(P-3, P-4)")
    await stand.ask(Confirm("P-4"))
    await stand.guest(Buy(symbol=S, amount="0.012"))
    assert (len(stand.desk.asked), stand.state("P-5")) == (3, "waiting")
    await stand.ask(Reject("P-5"))
    await stand.guest(Buy(symbol=S, amount="0.0111"))
    assert len(stand.desk.asked) == 4
    stand.books.held = None
    await stand.guest(Buy(symbol=S, amount="0.01"))
    assert (len(stand.desk.asked), stand.state("P-7")) == (4, "waiting"), "the day is used up"


async def test_with_real_money_a_program_gets_nothing_done_alone(make: Make) -> None:
    stand = make(mode="LIVE", level="auto", limits=PAPER_LIMITS)
    await stand.guest(Buy(symbol=S, amount="0.01"))
    assert (stand.desk.asked, stand.state("P-1")) == ([], "waiting")
    assert stand.footers()[0].startswith("LIVE - this turn: 0 orders sent")


async def test_what_the_operator_says_in_live_and_auto_is_bound_to_his_words(make: Make) -> None:
    stand = make(mode="LIVE", level="auto", limits=PAPER_LIMITS)
    words = TurnContext(turn=1, said="please buy 0.01 bitcoin", author="screen", role="control")
    await stand.talking.proposing.wish(Buy(symbol=S, amount="0.011"), words)
    assert stand.desk.asked == []
    await stand.talking.proposing.wish(Buy(symbol=S, amount="0.01"), words)
    assert len(stand.desk.asked) == 1


async def test_read_proposes_nothing_and_another_level_voids_what_waits(stand: Stand) -> None:
    await stand.guest(Buy(symbol=S, amount="0.01"))
    assert (await stand.ask(SetAssistant("read"))).ok
    assert stand.state("P-1") == "voided"
    assert "proposes nothing" in (await stand.guest(Buy(symbol=S, amount="0.01"))).lines[0]
    assert not (await stand.ask(SetAssistant("everything"))).ok
    assert (await stand.ask(SetAssistant("paper"))).ok
    assert (await stand.guest(Buy(symbol=S, amount="0.01"))).ok
    assert len(stand.desk.asked) == 1
    assert (await stand.guest(Resume())).ok
    assert stand.state("P-3") == "waiting"


async def test_blocks_bear_no_secret_and_no_escape(stand: Stand) -> None:
    await stand.ask(Say("hunter2 \x1b[31m"))
    assert stand.lines("user") == [("*** [31m",)]


NEVER = (
    ("ASSISTANT_MODEL", "foo", "never proposed"), ("ASSISTANT_LEVEL", "auto", "never proposed"),
    ("ASSISTANT_BASE_URL", "https://evil.example", "never proposed"),
    ("ASSISTANT_LIMITS", "nonsense", "never proposed"), ("OPERATOR", "eve", "never proposed"),
    ("NOTIFY_WEBHOOK_URL", "https://evil.example/x", "never proposed"), ("MODE", "LIVE", "by hand"),
    ("EXCHANGE_REST_URL", "https://evil.example", "by hand"),
    ("RISK_PER_TRADE", "500", "RISK_PER_TRADE"), ("RISK_PER_TRADE", "wild", "RISK_PER_TRADE"),
    ("PAPER_BALANCE", "abc", "PAPER_BALANCE"), ("VELOCITY_THRESHOLD", "99", "VELOCITY_THRESHOLD"),
)  # fmt: skip


@pytest.mark.parametrize(("name", "value", "why"), NEVER)
async def test_what_is_never_proposed_is_refused_at_once_in_both_forms(
    stand: Stand, name: str, value: str, why: str
) -> None:
    with_tools(stand)
    for said in (f"set {name} {value}", f"please set {name} to {value}"):
        result = await stand.guest(Say(said))
        assert not result.ok and why in result.lines[0], (said, result.lines)
    assert not (await stand.guest(SetSetting(name=name, value=value))).ok
    assert not (await stand.ask(Say(f"please set {name} to {value}"))).ok
    assert stand.talking.book.waiting() == ()


async def test_an_unknown_setting_is_refused_at_once_with_what_is_near_it(stand: Stand) -> None:
    result = await stand.guest(Say("set RISK_PER_TRADES 3"))
    assert not result.ok and "no setting; near it: RISK_PER_TRADE" in result.lines[0]
    assert not (await stand.guest(Say("set FOO 3"))).ok
    assert stand.talking.book.waiting() == ()


async def test_the_card_of_a_setting_is_the_same_in_both_forms(stand: Stand) -> None:
    with_tools(stand)
    for said in ("set MAX_CAPITAL 500", "please set MAX_CAPITAL to 500", "set VELOCITY_THRESHOLD 0.2"):
        assert (await stand.guest(Say(said))).ok
    exact, free, known = (lines[:2] for lines in stand.lines("proposal"))
    assert exact == free
    assert exact[0] == "PAPER: set MAX_CAPITAL to 500 in config.json (was not set); it holds from the next start on"
    assert exact[1].startswith("Most equity")
    assert "set VELOCITY_THRESHOLD to 0.2 in config.json (was 0.15)" in known[0]


async def test_waiting_proposals_of_a_program_keep_nobody_from_what_lessens_risk(stand: Stand) -> None:
    with_tools(stand)
    for _ in range(3):
        await stand.guest(Buy(symbol=S, amount="0.01"))
    noted = len(stand.noted)
    refused = await stand.guest(Say("buy btc 0.01"))
    assert not refused.ok and "P-1, P-2, P-3 wait already" in refused.lines[0]
    assert len(stand.noted) == noted == 3, "no decision is noted of what is not proposed"
    assert (await stand.ask(Say("please buy 0.01 btc"))).ok, "the operator has places of his own"
    stand.books.held, stand.books.resting = position(), [order(OrderType.LIMIT, "58000.0")]
    wishes = (
        "please close everything", "please close btc", "please move the stop of btc to 59,500",
        "stop trading until Monday", "please cancel btc",
    )  # fmt: skip
    for said in wishes:
        assert (await stand.ask(Say(said))).ok, said
        assert (await stand.guest(Say(said))).ok, said
    assert [stand.state(f"P-{number}") for number in (1, 2, 3, 4)] == ["waiting"] * 4
    waiting = {row.proposal.id for row in stand.talking.book.waiting()}
    assert waiting == {"P-1", "P-2", "P-3", "P-4", *(f"P-{number}" for number in range(9, 15))}
    assert (await stand.ask(Confirm("P-11"))).ok and stand.paused


async def test_a_part_of_what_is_held_is_in_the_words(stand: Stand) -> None:
    with_tools(stand)
    stand.books.held = position("0.5")
    await stand.ask(Say("sell half my btc"))
    await stand.ask(Say("reduce btc by 25%"))
    half, quarter = stand.lines("proposal")
    assert "sell of the long in BTC/USD 0.25 of 0.5 BTC" in half[0] and "0.125 of 0.5" in quarter[0]
    assert not any("NOT IN YOUR WORDS" in line for line in (*half, *quarter))
