"""The language model put into the conversation: its key, its tools, and the gate that its words must pass."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from kraken_tui.agent.llm.ports import Tools, Verdict
from kraken_tui.agent.llm.providers import profile_of
from kraken_tui.agent.llm_agent import LlmAgent, Room, llm_agent
from kraken_tui.agent.trade_result_validator import ProseGate, Untrusted, Words, is_information, rows_of
from kraken_tui.agent.trade_result_validator import Verdict as Judged
from kraken_tui.clock import Clock
from kraken_tui.config.home import Home
from kraken_tui.config.model_key import ModelKey, read_model_key
from kraken_tui.config.settings import Settings
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.fact import Fact
from kraken_tui.runtime.talking import Talking
from kraken_tui.store.evaluation_log import EvaluationLog

NOT_SHOWN = "a turn that acts shows no prose"
"""The rule beside words that passed the gate, and were not shown."""


class Found(NamedTuple):
    """The key of a provider, or why there is none."""

    key: ModelKey | None
    problem: str = ""
    """A key that is there and can't be used: the engine runs without it, and says so."""


NO_KEY = Found(None)


def model_key(home: Home, settings: Settings, environ: Mapping[str, str]) -> Found:
    """The key of the provider that the settings name; none where it needs none, or none is there.

    Raises:
        UsageError: the provider's address can be overheard.
    """
    profile = profile_of(settings)
    if profile is None or not profile.key_env:
        return Found(None)
    try:
        return Found(read_model_key(home, environ, profile.key_env))
    except SafetyRefusal as error:
        return Found(None, f"the assistant has no key: {error}")


def model_agent(
    settings: Settings,
    home: Home,
    key: ModelKey | None,
    *,
    tools: Tools,
    talking: Talking,
    log: EvaluationLog,
    symbols: Sequence[str],
    clock: Clock,
    masked: Callable[[str], str],
) -> LlmAgent:
    """The agent of an engine.

    Args:
        settings: names, provider, model, budget.
        home: in its mode and world; the day's budget is kept there.
        key: the provider's.
        tools: what it may ask for.
        talking: where it answers.
        log: keeps each verdict on its words.
        symbols: that may be named.
        clock: the engine's.
        masked: text without secrets.
    """
    words = Words(settings.ASSISTANT, settings.OPERATOR)

    def open_gate(facts: Sequence[Fact], now_ns: int) -> ProseGate:
        return ProseGate(facts, symbols, now_ns, words)

    def witness(turn: int, verdict: Verdict, shown: bool) -> None:
        assert isinstance(verdict, Judged)
        rows = rows_of([verdict], turn, settings.ASSISTANT, clock.now_ns())
        log.record_verdicts([row if shown or row.rule else replace(row, rule=NOT_SHOWN) for row in rows])

    agent = llm_agent(
        settings, home, key,
        Room(
            tools=tools, transcript=talking.transcript, open_gate=open_gate,
            informs=lambda said: is_information(said, symbols), seal=Untrusted, witness=witness, masked=masked,
        ),
        clock,
    )  # fmt: skip
    agent.level = talking.proposing.level
    return agent
