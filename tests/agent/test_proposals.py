"""The book of proposals: each is done once or never, whoever confirms it, how often, and whatever dies in between."""

import asyncio
import itertools
import signal
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.agent import proposal_file
from kraken_tui.agent.policy import Ruling
from kraken_tui.agent.proposal_file import Kept
from kraken_tui.agent.proposals import DAY_NS, Done, ProposalBook
from kraken_tui.agent.tokens import TokenMint
from kraken_tui.clock import SECOND
from kraken_tui.model.command import (
    Buy,
    CancelTurn,
    Close,
    Command,
    CommandResult,
    Confirm,
    Pause,
    Reject,
    Say,
    SetAssistant,
)
from kraken_tui.model.errors import SafetyRefusal, UsageError
from tests.agent.proposal_samples import BUY, CARD, S, Stand
from tests.samples import D


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


async def test_a_confirmed_proposal_is_done_as_proposed_and_says_who_made_and_confirmed_it(stand: Stand) -> None:
    made = stand.propose()
    assert (made.id, stand.state("P-1"), stand.door.sent) == ("P-1", "waiting", [])
    result = await stand.confirm("p-1")
    assert result.lines == ("BTC/USD: buy accepted (OABC)",)
    assert stand.door.sent == [("P-1 of Zyn, confirmed by screen", BUY)]
    assert [state.state for state in stand.told] == ["waiting", "confirmed", "done"]
    assert stand.told[-1].told == result.lines


async def test_ten_confirms_at_once_execute_once(stand: Stand) -> None:
    proposal, gate = stand.propose(), asyncio.Event()
    tokens = [stand.book.mint("P-1", "control") for _ in range(10)]

    async def slow(author: str, command: Command) -> Done:
        stand.door.sent.append((author, command))
        await gate.wait()
        return stand.door.done

    stand.book._execute = slow
    running = [asyncio.create_task(stand.book.submit(proposal, token, f"screen {n}")) for n, token in enumerate(tokens)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gate.set()
    results = await asyncio.gather(*running)
    assert len(stand.door.sent) == 1
    assert [result.ok for result in results] == [True] + [False] * 9
    assert all("P-1 is confirmed by screen 0; nothing was sent for this confirm" in r.lines[0] for r in results[1:])


async def test_a_done_proposal_is_never_done_again(stand: Stand) -> None:
    proposal = stand.propose()
    token = stand.book.mint("P-1", "control")
    assert (await stand.book.submit(proposal, token, "screen")).ok
    again = await stand.book.submit(proposal, token, "screen")
    assert (again.ok, again.lines) == (False, ("P-1 is done by screen; nothing was sent for this confirm",))
    with pytest.raises(SafetyRefusal, match="P-1 is done by screen"):
        stand.book.mint("P-1", "control")
    assert len(stand.door.sent) == 1


@pytest.mark.parametrize("role", ["propose", "view", "", "Control", "CONTROL", "control "])
def test_only_the_control_role_gets_a_token(stand: Stand, role: str) -> None:
    stand.propose()
    with pytest.raises(SafetyRefusal, match="can't confirm"):
        stand.book.mint("P-1", role)


def test_the_standing_policy_gets_a_token_only_for_what_it_lets_pass(stand: Stand) -> None:
    stand.propose()
    with pytest.raises(SafetyRefusal, match="waits for a confirm: too much"):
        stand.book.mint_alone("P-1", Ruling(False, "too much"))
    assert stand.book.mint_alone("P-1", Ruling(True, "")).proposal == "P-1"


EDITS: dict[str, dict[str, Any]] = {
    "size": {"command": Buy(symbol=S, amount="5", stop="59000.0")},
    "symbol": {"command": Close("ETH/USD")},
    "card": {"lines": ("nothing to see",)},
    "unsaid": {"unsaid": ("size",)},
    "reference": {"reference": "1"},
    "author": {"author": "jimmy"},
    "mode": {"mode": "LIVE"},
    "expiry": {"expires_ns": 2**62},
}


@pytest.mark.parametrize("what", EDITS)
async def test_what_is_handed_in_otherwise_than_it_was_proposed_is_not_sent(stand: Stand, what: str) -> None:
    edited = replace(stand.propose(), **EDITS[what])
    for token in (stand.book.mint("P-1", "control"), stand.mint.mint(edited, "PAPER")):
        assert not (await stand.book.submit(edited, token, "screen")).ok
    assert (stand.door.sent, stand.state("P-1")) == ([], "waiting")


async def test_it_waits_sixty_seconds(stand: Stand) -> None:
    proposal = stand.propose()
    token = stand.book.mint("P-1", "control")
    stand.time.ns += 60 * SECOND
    late = await stand.book.submit(proposal, token, "screen")
    assert late.lines == ("P-1 is expired; nothing was sent for this confirm",)
    assert (stand.book.waiting(), stand.door.sent) == ((), [])


async def test_a_clock_that_was_set_back_does_not_make_it_wait_longer(stand: Stand) -> None:
    stand.propose()
    stand.time.ns -= 1
    assert stand.book.waiting() == ()


@given(price=st.decimals("50000", "70000", places=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
async def test_a_price_that_went_further_than_half_a_percent_voids_it(tmp_path: Path, price: Decimal) -> None:
    stand = Stand(tmp_path)
    proposal = stand.propose()
    token = stand.book.mint(proposal.id, "control")
    stand.price = price
    result = await stand.book.submit(proposal, token, "screen")
    assert result.ok == (D("59700") <= price <= D("60300"))
    assert len(stand.door.sent) == result.ok
    if not result.ok:
        assert stand.state(proposal.id) == "voided" and f"to {price}" in result.lines[0]


async def test_without_a_price_nothing_is_sent_and_it_still_waits(stand: Stand) -> None:
    stand.propose()
    stand.price = None
    assert "no sound price" in (await stand.confirm("P-1")).lines[0]
    stand.price = D(60000)
    assert (await stand.confirm("P-1")).ok


async def test_what_has_no_price_needs_none(stand: Stand) -> None:
    stand.propose(Pause())
    stand.price = None
    assert (await stand.confirm("P-1")).ok


def test_at_most_three_wait(stand: Stand) -> None:
    for _ in range(3):
        stand.propose()
    with pytest.raises(SafetyRefusal, match="P-1, P-2, P-3 wait already"):
        stand.propose()
    stand.book.reject("P-2", "screen")
    assert stand.propose().id == "P-4"


async def test_programs_take_no_place_of_the_operators_and_what_lessens_risk_always_has_one(stand: Stand) -> None:
    def propose(from_program: bool, lessens: bool) -> str:
        made = stand.book.propose(Close(S), author="mcp", lines=CARD, from_program=from_program, lessens=lessens)
        return made.proposal.id

    made = {kind: [propose(*kind) for _ in range(3)] for kind in itertools.product((False, True), repeat=2)}
    assert len(stand.book.waiting()) == 12
    for from_program in (False, True):
        with pytest.raises(SafetyRefusal, match="wait already"):
            propose(from_program, lessens=False)
        oldest, newest = made[from_program, True][0], propose(from_program, lessens=True)
        settled = stand.book.get(oldest)
        assert settled is not None and (settled.state, settled.by) == ("voided", f"{newest} came after it")
        assert (await stand.confirm(newest)).ok and stand.state(newest) == "done"
        with pytest.raises(SafetyRefusal):
            stand.book.mint(oldest, "control")
    assert len(stand.door.sent) == 2


@pytest.mark.parametrize("command", [Confirm("P-1"), Reject("P-1"), Say("buy btc"), SetAssistant("auto"), CancelTurn()])
def test_what_is_about_proposals_can_not_be_proposed(stand: Stand, command: Command) -> None:
    with pytest.raises(UsageError):
        stand.propose(command)


async def test_a_rejected_proposal_is_not_done_and_a_stranger_rejects_none(stand: Stand) -> None:
    stand.propose()
    assert not stand.book.reject("P-1", "mcp (propose)", only_of="mcp (propose)").ok
    assert stand.book.reject("P-1", "Zyn", only_of="Zyn").ok
    assert stand.state("P-1") == "rejected"
    assert not stand.book.reject("P-1", "screen").ok
    assert not stand.book.reject("P-99", "screen").ok


async def test_an_unknown_outcome_stays_one(stand: Stand) -> None:
    stand.propose()
    stand.door.done = Done(result=CommandResult(ok=False, lines=("outcome unknown",)), unknown=True)
    await stand.confirm("P-1")
    assert stand.state("P-1") == "unknown"
    stand.book.resolve("P-1", "done", ("BTC/USD enter accepted",))
    assert stand.state("P-1") == "done"
    stand.book.resolve("P-1", "failed", ())
    assert stand.state("P-1") == "done"


async def test_a_failure_is_told_as_one(stand: Stand) -> None:
    stand.propose()
    stand.door.done = Done(result=CommandResult(ok=False, lines=("refused",)), unknown=False)
    assert not (await stand.confirm("P-1")).ok
    assert stand.state("P-1") == "failed"


async def test_numbers_are_never_used_again_and_what_waited_is_void_after_a_restart(stand: Stand) -> None:
    first = stand.propose()
    token = stand.book.mint("P-1", "control")
    await stand.confirm("P-1")
    waits = stand.propose()
    held = stand.book.mint("P-2", "control")
    stand.again()
    assert (stand.state("P-1"), stand.state("P-2")) == ("done", "voided")
    for proposal, old in ((first, token), (waits, held)):
        assert not (await stand.book.submit(proposal, old, "screen")).ok
    assert stand.propose().id == "P-3"
    assert len(stand.door.sent) == 1


async def test_a_cancelled_submission_is_unknown(stand: Stand) -> None:
    proposal = stand.propose()

    async def hangs(author: str, command: Command) -> Done:
        stand.door.sent.append((author, command))
        await asyncio.Event().wait()
        raise AssertionError

    stand.book._execute = hangs
    task = asyncio.create_task(stand.book.submit(proposal, stand.book.mint("P-1", "control"), "screen"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stand.state("P-1") == "unknown"
    stand.again()
    assert stand.state("P-1") == "unknown"
    assert len(stand.door.sent) == 1


ENGINE = """
import asyncio, sys
from pathlib import Path
from typing import Any
from tests.agent.proposal_samples import Stand

async def run():
    stand = Stand(Path(sys.argv[1]))
    stand.propose()
    async def answers_never(author, command):
        print("sent", flush=True)
        await asyncio.Event().wait()
    stand.book._execute = answers_never
    await stand.confirm("P-1")

asyncio.run(run())
"""


def killed(folder: Path) -> None:
    """An engine that is killed between a confirm and its answer."""
    with subprocess.Popen(
        [sys.executable, "-c", ENGINE, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "sent\n"
        process.send_signal(signal.SIGKILL)
        process.wait()


async def test_an_engine_killed_between_confirm_and_answer_leaves_it_unknown_and_unsent(tmp_path: Path) -> None:
    killed(tmp_path)
    stand = Stand(tmp_path)
    state = stand.book.get("P-1")
    assert state is not None and state.state == "unknown" and "engine ended" in state.told[0]
    assert not (await stand.book.submit(state.proposal, TokenMint().mint(state.proposal, "PAPER"), "screen")).ok
    with pytest.raises(SafetyRefusal, match="P-1 is unknown"):
        stand.book.mint("P-1", "control")
    assert stand.door.sent == []
    assert stand.propose().id == "P-2"


def full(path: Path, kept: Kept) -> None:
    raise OSError(28, "No space left on device")


async def test_a_full_disk_sends_nothing(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    stand.propose()
    with monkeypatch.context() as patch:
        patch.setattr(proposal_file, "write", full)
        assert "nothing was sent" in (await stand.confirm("P-1")).lines[0]
        with pytest.raises(SafetyRefusal, match="can't be written"):
            stand.propose()
    assert (stand.door.sent, stand.state("P-1")) == ([], "waiting")
    assert (await stand.confirm("P-1")).ok


async def test_an_answer_that_can_not_be_written_is_told_and_unknown_after_a_restart(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand.propose()

    async def fills_the_disk(author: str, command: Command) -> Done:
        monkeypatch.setattr(proposal_file, "write", full)
        return stand.door.done

    stand.book._execute = fills_the_disk
    assert (await stand.confirm("P-1")).ok
    assert stand.state("P-1") == "done"
    monkeypatch.undo()
    stand.again()
    assert stand.state("P-1") == "unknown"


@pytest.mark.parametrize("text", ["", "{", '{"mode": "LIVE"}', '{"mode": "PAPER", "rows": 1}', "[]", "[" * 9999])
def test_a_file_that_can_not_be_read_is_kept_and_nothing_is_proposed(tmp_path: Path, text: str) -> None:
    (tmp_path / "proposals.json").write_text(text)
    stand = Stand(tmp_path)
    assert stand.book.problem
    with pytest.raises(SafetyRefusal, match="move it away"):
        stand.propose()
    assert (tmp_path / "proposals.json").read_text() == text


async def test_the_days_sum_of_what_ran_alone_survives_a_restart_and_ends_with_the_day(stand: Stand) -> None:
    for _ in range(2):
        proposal = stand.propose()
        token = stand.book.mint_alone(proposal.id, Ruling(True, ""))
        assert (await stand.book.submit(proposal, token, "the standing policy", D("600.03"))).ok
    assert stand.book.spent == D("1200.06")
    assert stand.again().spent == D("1200.06")
    stand.time.ns -= 3 * DAY_NS
    assert stand.book.spent == D("1200.06")
    stand.time.ns += 4 * DAY_NS
    assert stand.book.spent == 0


async def test_the_file_keeps_the_last_ones(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proposal_file, "MOST_KEPT", 10)
    for number in range(30):
        stand.propose(Pause())
        stand.book.reject(f"P-{number + 1}", "screen")
    kept = msgspec.json.decode((stand.folder / "proposals.json").read_bytes(), type=Kept)
    assert (len(kept.rows), kept.last, kept.rows[0].proposal.id) == (10, 30, "P-21")


def test_what_somebody_calls_himself_can_not_steer_a_terminal(stand: Stand) -> None:
    state = stand.book.propose(Pause(), author="\x1b[31mEVIL\nP-9 of x", lines=(*CARD, "\x1b]0;x\x07"))
    assert all(text.isprintable() for text in (state.proposal.author, *state.proposal.lines))


@given(st.lists(st.sampled_from(["propose", "confirm", "reject", "wait", "restart", "move"]), max_size=25))
@settings(max_examples=25, deadline=None)
async def test_whatever_happens_each_is_sent_at_most_once_and_only_when_confirmed(steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stand, confirmed = Stand(Path(folder)), 0
        ids: list[str] = []
        for number, step in enumerate(steps):
            waiting = [row.proposal.id for row in stand.book.waiting()]
            match step:
                case "propose" if len(waiting) < 3:
                    ids.append(stand.propose(Close(f"T{number}/USD")).id)
                case "confirm" if waiting:
                    confirmed += (await stand.confirm(waiting[-1])).ok
                case "reject" if waiting:
                    stand.book.reject(waiting[0], "screen")
                case "wait":
                    stand.time.ns += 31 * SECOND
                case "restart":
                    stand.again()
                case "move":
                    stand.price = D(61000) if stand.price == D(60000) else D(60000)
        authors = [author for author, _ in stand.door.sent]
        assert len(authors) == len(set(authors)) == confirmed
        assert len(ids) == len(set(ids))


def test_a_book_of_another_mode_is_refused(stand: Stand) -> None:
    stand.propose()
    assert "not the LIVE mode's own" in stand.again(mode="LIVE").problem
    assert isinstance(stand.book, ProposalBook)
