"""The standing policy: nothing outside the limits ever runs alone, whoever asks and however."""

from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.agent.policy import (
    ABOUT_PROPOSALS,
    NAMES,
    Case,
    Effect,
    Limits,
    effect_of,
    proposable,
    ruling,
)
from kraken_tui.model.command import (
    ASSISTANT_LEVELS,
    Approve,
    Buy,
    CancelOrders,
    CancelTurn,
    Close,
    Command,
    Confirm,
    Flatten,
    Pause,
    Reject,
    ResetKillSwitch,
    Resume,
    Say,
    Sell,
    SetAssistant,
    SetAutopilot,
    SetStop,
    SetTarget,
    Stop,
)
from tests.samples import D

B = "BTC/USD"
symbols = st.sampled_from([B, "ETH/USD", "DOGE/USD"])
money = st.none() | st.decimals("-10", "2000", places=2) | st.sampled_from([D("NaN"), D("Infinity"), D("-Infinity")])
limit = st.none() | st.decimals("0.01", "1000", places=2)
names = st.sampled_from(["buy", "sell", "stop", "target", "close", "flatten", "resume", "reset kill switch"])
commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(Buy, symbol=symbols, amount=st.just("1")),
    st.builds(Sell, symbol=symbols, amount=st.just("1")),
    st.builds(Close, symbols),
    st.builds(CancelOrders, symbol=symbols),
    st.builds(SetStop, symbol=symbols, price=st.sampled_from(["1", "2", "x"])),
    st.builds(SetTarget, symbol=symbols),
    st.builds(Approve, symbols),
    st.builds(SetAutopilot, st.sampled_from(["off", "observe", "confirm", "auto", "x"])),
    st.builds(SetAssistant, st.sampled_from(list(ASSISTANT_LEVELS))),
    st.builds(ResetKillSwitch, st.just("RESET KILL SWITCH")),
    st.builds(Confirm, st.just("P-1")),
    st.builds(Reject, st.just("P-1")),
    st.builds(Say, st.just("buy btc")),
    st.sampled_from([Flatten(), Pause(), Resume(), Stop(), CancelTurn()]),
)
allowed = st.builds(
    Limits, order=limit, day=limit, risk=limit, symbols=st.frozensets(symbols), commands=st.frozensets(names)
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    command = draw(commands)
    held = draw(st.sampled_from([-1, 0, 1]))
    return Case(
        command=command,
        effect=effect_of(command, held=held, stop=draw(st.none() | st.just(D("1.5"))), autopilot="observe"),
        mode=draw(st.sampled_from(["PAPER", "LIVE", "SANDBOX", ""])),
        level=draw(st.sampled_from([*ASSISTANT_LEVELS, "", "AUTO"])),
        notional=draw(money), risk=draw(money),
        unsaid=tuple(draw(st.lists(st.sampled_from(["symbol", "side", "size", "stop", "action"]), unique=True))),
        spent=draw(st.decimals("0", "2000", places=2)),
    )  # fmt: skip


@given(cases(), allowed)
@settings(max_examples=400, deadline=None)
def test_nothing_outside_the_limits_runs_alone(case: Case, limits: Limits) -> None:
    if not ruling(case, limits).alone:
        return
    assert case.level in ("paper", "auto")
    assert not isinstance(case.command, (Resume, Stop, ResetKillSwitch, Approve, *ABOUT_PROPOSALS))
    if case.level == "paper":
        assert case.mode == "PAPER"
        return
    if case.effect in (Effect.ENTER, Effect.LOOSEN, Effect.AIM):
        assert case.command.symbol in limits.symbols  # type: ignore[union-attr]
        assert NAMES[type(case.command)] in limits.commands
    if case.effect is Effect.ENTER:
        assert case.notional is not None and None not in (limits.order, limits.day)
        assert 0 < case.notional <= (limits.order or 0)
        assert case.notional + case.spent <= (limits.day or 0)
        assert case.mode == "PAPER" or not {"symbol", "side", "size"} & set(case.unsaid)
    if case.effect in (Effect.ENTER, Effect.LOOSEN):
        assert case.risk is not None and 0 <= case.risk <= (limits.risk or 0)
    if case.effect is Effect.REDUCE:
        assert case.unsaid == ()


@given(cases(), allowed)
@settings(max_examples=100, deadline=None)
def test_with_real_money_paper_asks_and_confirm_and_read_always_do(case: Case, limits: Limits) -> None:
    alone = ruling(case, limits).alone
    if case.level in ("read", "confirm") or (case.level == "paper" and case.mode != "PAPER"):
        assert not alone


@given(cases(), allowed, st.decimals("0.01", "500", places=2))
@settings(max_examples=100, deadline=None)
def test_tighter_limits_let_no_more_pass(case: Case, limits: Limits, less: Decimal) -> None:
    tight = Limits(
        order=None if limits.order is None else min(limits.order, less), day=limits.day, risk=limits.risk,
        symbols=limits.symbols - {B}, commands=limits.commands,
    )  # fmt: skip
    assert ruling(case, limits).alone or not ruling(case, tight).alone


@given(cases())
@settings(max_examples=100, deadline=None)
def test_without_limits_auto_only_makes_the_account_safer(case: Case) -> None:
    if case.level == "auto" and ruling(case, Limits()).alone:
        assert case.effect in (Effect.PAUSE, Effect.TIGHTEN, Effect.REDUCE)


def test_an_entry_within_the_limits_runs_alone_and_each_limit_stops_it() -> None:
    case = Case(
        command=Buy(symbol=B), effect=Effect.ENTER, mode="PAPER", level="auto", notional=D(50), risk=D(5), unsaid=(),
        spent=D(0),
    )  # fmt: skip
    limits = Limits(order=D(50), day=D(100), risk=D(5), symbols=frozenset({B}), commands=frozenset({"buy"}))

    def told(changed: Case, within: Limits = limits) -> str:
        return ruling(changed, within).why

    assert ruling(case, limits).alone
    assert "50.01 is above the 50 of one order" in told(replace(case, notional=D("50.01")))
    assert "risk of 5.01" in told(replace(case, risk=D("5.01")))
    assert "after 50.01 today" in told(replace(case, spent=D("50.01")))
    assert "not among the symbols" in told(case, replace(limits, symbols=frozenset()))
    assert "not among the commands" in told(case, replace(limits, commands=frozenset({"sell"})))
    assert "not known" in told(replace(case, notional=None))
    assert "do not name: size" in told(replace(case, mode="LIVE", unsaid=("size", "stop")))
    assert ruling(replace(case, mode="LIVE", unsaid=("stop",)), limits).alone


@pytest.mark.parametrize(
    ("command", "held", "stop", "effect"),
    [
        (Sell(symbol=B), 1, None, Effect.REDUCE), (Sell(symbol=B), 0, None, Effect.ENTER),
        (Sell(symbol=B), -1, None, Effect.ENTER),
        (SetStop(symbol=B, price="11"), 1, "10", Effect.TIGHTEN),
        (SetStop(symbol=B, price="9"), 1, "10", Effect.LOOSEN),
        (SetStop(symbol=B, price="9"), -1, "10", Effect.TIGHTEN),
        (SetStop(symbol=B, price="11"), -1, "10", Effect.LOOSEN),
        (SetStop(symbol=B, price="9"), 0, None, Effect.LOOSEN), (SetStop(symbol=B, price="9"), 1, None, Effect.TIGHTEN),
        (SetStop(symbol=B, price="NaN"), 1, "10", Effect.LOOSEN),
        (SetAutopilot("off"), 0, None, Effect.PAUSE), (SetAutopilot("auto"), 0, None, Effect.OPERATOR),
        (SetAutopilot("nonsense"), 0, None, Effect.OPERATOR), (Approve(B), 0, None, Effect.OPERATOR),
    ],
)  # fmt: skip
def test_what_a_command_does_to_the_risk(command: Command, held: int, stop: str | None, effect: Effect) -> None:
    assert effect_of(command, held=held, stop=None if stop is None else D(stop), autopilot="observe") is effect


def test_every_command_can_be_proposed_or_is_about_proposals() -> None:
    assert set(get_args(Command)) == set(NAMES) | set(ABOUT_PROPOSALS)
    for kind in ABOUT_PROPOSALS:
        assert kind not in NAMES
    assert "proposes nothing" in proposable(Pause(), "read")
    assert proposable(Pause(), "confirm") == ""
    assert "operator's own" in proposable(Confirm("P-1"), "auto")
