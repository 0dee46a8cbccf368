"""All tools by name and by the type of what they are asked: for people, a model, and other programs alike."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
from loguru import logger
from msgspec import Struct

from kraken_tui.agent import requests as ask
from kraken_tui.agent.requests import Proposing, Question
from kraken_tui.agent.tools import accounts, backtests, prices, proposing, reasons, results, stakes, terms, working
from kraken_tui.agent.tools.schema import strict_schema
from kraken_tui.agent.tools.sources import Sources
from kraken_tui.agent.tools.tool import Tool, refused
from kraken_tui.agent.turns import TurnContext
from kraken_tui.model.errors import KrakenTuiError, UsageError
from kraken_tui.model.fact import ToolResult

LONGEST_ARGUMENTS = 4_000
"""Characters of a model's arguments."""

Run = Callable[[Any, Sources, TurnContext], Awaitable[ToolResult]]


class Kind(Struct, frozen=True):
    """A tool: its name, what it takes, and what answers."""

    name: str
    takes: type[ask.Asked]
    run: Run

    @property
    def proposes(self) -> bool:
        """Whether it makes a proposal."""
        return self.name.startswith("propose_")


KINDS: tuple[Kind, ...] = (
    Kind("status", ask.StatusQuestion, accounts.status),
    Kind("balances", ask.BalancesQuestion, accounts.balances),
    Kind("positions", ask.PositionsQuestion, accounts.positions),
    Kind("orders", ask.OrdersQuestion, accounts.orders),
    Kind("brackets", ask.BracketsQuestion, accounts.brackets),
    Kind("trades", ask.TradesQuestion, accounts.trades),
    Kind("alerts", ask.AlertsQuestion, accounts.alerts),
    Kind("performance", ask.PerformanceQuestion, results.performance),
    Kind("price", ask.PriceQuestion, prices.price),
    Kind("candles", ask.CandlesQuestion, prices.candles),
    Kind("book", ask.BookQuestion, prices.book),
    Kind("movers", ask.MoversQuestion, prices.movers),
    Kind("regime", ask.RegimeQuestion, prices.regime),
    Kind("why", ask.WhyQuestion, reasons.why),
    Kind("decisions", ask.DecisionsQuestion, reasons.decisions),
    Kind("insights", ask.InsightsQuestion, reasons.insights),
    Kind("learning", ask.LearningQuestion, reasons.learning),
    Kind("risk", ask.RiskQuestion, stakes.risk),
    Kind("limits", ask.LimitsQuestion, stakes.limits),
    Kind("report", ask.ReportQuestion, terms.report),
    Kind("backtest", ask.BacktestQuestion, backtests.backtest),
    Kind("explain", ask.ExplainQuestion, terms.explain),
    Kind("help", ask.HelpQuestion, terms.help_with),
    Kind("work_out", ask.WorkOut, working.work_out),
    Kind("propose_buy", ask.ProposeBuy, proposing.buy),
    Kind("propose_sell", ask.ProposeSell, proposing.sell),
    Kind("propose_close", ask.ProposeClose, proposing.close),
    Kind("propose_cancel", ask.ProposeCancel, proposing.cancel),
    Kind("propose_stop", ask.ProposeStop, proposing.stop),
    Kind("propose_target", ask.ProposeTarget, proposing.target),
    Kind("propose_flatten", ask.ProposeFlatten, proposing.flatten),
    Kind("propose_pause", ask.ProposePause, proposing.pause),
    Kind("propose_resume", ask.ProposeResume, proposing.resume),
    Kind("propose_autopilot", ask.ProposeAutopilot, proposing.autopilot),
    Kind("propose_setting", ask.ProposeSetting, proposing.setting),
)
BY_NAME: Mapping[str, Kind] = {kind.name: kind for kind in KINDS}
BY_TYPE: Mapping[type[ask.Asked], Kind] = {kind.takes: kind for kind in KINDS}


def described() -> tuple[Tool, ...]:
    """Every tool as a model is told of it."""
    return tuple(
        Tool(
            name=kind.name, description=(kind.takes.__doc__ or "").split("\n")[0], parameters=strict_schema(kind.takes),
            proposes=kind.proposes,
        )
        for kind in KINDS
    )  # fmt: skip


def read(name: str, arguments: str) -> ask.Asked:
    """What a call of a tool asks for.

    Raises:
        UsageError: there is no such tool, or it does not take these arguments.
    """
    kind = BY_NAME.get(name)
    if kind is None:
        raise UsageError(f"there is no tool {name[:60]!r}; there are: {', '.join(BY_NAME)}")
    if len(arguments) > LONGEST_ARGUMENTS:
        raise UsageError(f"arguments of {len(arguments)} characters are too long; {LONGEST_ARGUMENTS} are right")
    try:
        return msgspec.json.decode(arguments.encode() or b"{}", type=kind.takes)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise UsageError(f"arguments of {name} are wrong: {error}") from error


class Toolbox:
    """Calls tools. Nothing that a caller gives it can raise: what is wrong is answered in a sentence.

    Args:
        sources: what the tools look at.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._known = described()

    def known(self) -> Sequence[Tool]:
        """Every tool."""
        return self._known

    async def call(self, name: str, arguments: str, turn: TurnContext) -> ToolResult:
        """Call a tool by its name, as a model or another program does.

        Args:
            name: of the tool.
            arguments: JSON.
            turn: of which the call is part.
        """
        try:
            request = read(name, arguments)
        except UsageError as error:
            return refused(error)
        return await self.ask(request, turn)

    async def ask(self, request: ask.Asked, turn: TurnContext) -> ToolResult:
        """Answer a request, whoever made it."""
        kind = BY_TYPE[type(request)]
        try:
            return await kind.run(request, self._sources, turn)
        except (KrakenTuiError, OSError) as error:
            return refused(error)
        except (ValueError, ArithmeticError, LookupError, msgspec.MsgspecError) as error:
            logger.opt(exception=error).error("the tool {} failed", kind.name)
            return refused(f"{kind.name} failed: {type(error).__name__}; the log has more")


async def answer(request: Question | Proposing, tools: Toolbox, turn: TurnContext) -> ToolResult:
    """The answer to what the grammar has read: the same that a model gets from the same tool."""
    return await tools.ask(request, turn)
