"""Requests made up at random, each of a kind and with fields that the grammar can say."""

from collections.abc import Callable
from typing import Any, get_args

from kraken_tui.agent import requests as ask
from kraken_tui.agent.glossary import terms
from kraken_tui.clock import Generator
from kraken_tui.model import command as do

SYMBOLS = ("BTC/USD", "DOGE/USD", "ETH/USD", "BTC/EUR", "AT/USD", "1INCH/USD", "ME/USD", "SOL/USD", "USDT/USD")
GROUPS = ("Majors", "Memes", "Alts")
KEYS = (
    "strategy",
    "symbol",
    "group",
    "regime",
    "hour",
    "weekday",
    "session",
    "holding",
    "exit",
    "side",
    "day",
    "month",
)
NAMED_SPANS = ("today", "yesterday", "week", "last week", "month", "last month", "year", "all")
LEVELS = ("off", "observe", "confirm", "auto")
UNTIL = ("", "monday", "sunday", "tomorrow", "14:30", "2026-11-23", "2h", "30min", "3d", "1w")


class Maker:
    """Makes requests; the same seed makes the same ones."""

    def __init__(self, chance: Generator) -> None:
        self._chance = chance
        self._kinds: tuple[Callable[[], ask.ChatRequest], ...] = (
            ask.StatusQuestion, ask.BalancesQuestion, ask.RegimeQuestion, ask.InsightsQuestion, ask.LearningQuestion,
            ask.RiskQuestion, ask.LimitsQuestion, ask.AlertsQuestion, ask.ProposeFlatten, ask.ProposeResume,
            do.Pause, do.Resume, do.Flatten, self._of_symbol, self._of_maybe_symbol, self._counted, self._performance,
            self._movers, self._report, self._backtest, self._explain, self._help, self._work_out, self._buy,
            self._sell, self._move, self._pause, self._set, self._exact_entry, self._exact_move, self._exact_word,
        )  # fmt: skip

    def request(self) -> ask.ChatRequest:
        """Any request: now and then several in a line."""
        if self._chance.random() < 0.1:
            return self._several()
        request: ask.ChatRequest = self._pick(self._kinds)()
        return request

    def _several(self) -> ask.ChatRequest:
        found = [self._pick((self._buy, self._sell, self._move, self._of_propose))() for _ in range(self._whole(2, 3))]
        if self._chance.random() < 0.3:
            found[-1] = self._pick((self._of_maybe_symbol, ask.StatusQuestion, self._counted))()
        return ask.Several(tuple(found))

    def _pick(self, choices: Any) -> Any:
        return choices[self._chance.randrange(len(choices))]

    def _whole(self, least: int, most: int) -> int:
        return self._chance.randint(least, most)

    def _symbol(self) -> str:
        return str(self._pick(SYMBOLS))

    def _maybe(self, value: Callable[[], str]) -> str | None:
        return value() if self._chance.random() < 0.5 else None

    def _number(self) -> str:
        whole = str(self._whole(0, 10 ** self._whole(0, 8)))
        rest = f".{self._whole(0, 10 ** self._whole(1, 8) - 1)}" if self._chance.random() < 0.5 else ""
        return f"{whole}{rest}" if float(whole + rest) > 0 else "1"

    def _level(self) -> str:
        return self._number() + ("%" if self._chance.random() < 0.5 else "")

    def _span(self) -> str:
        return str(self._pick((*NAMED_SPANS, f"{self._whole(1, 999)}d", f"{self._whole(1, 999)}h")))

    def _of_symbol(self) -> ask.ChatRequest:
        kind = self._pick((ask.PriceQuestion, ask.BookQuestion, ask.WhyQuestion))
        return kind(symbol=self._symbol())  # type: ignore[no-any-return]

    def _of_propose(self) -> ask.ChatRequest:
        kind = self._pick((ask.ProposeClose, ask.ProposeCancel))
        return kind(symbol=self._symbol())  # type: ignore[no-any-return]

    def _of_maybe_symbol(self) -> ask.ChatRequest:
        kind = self._pick((ask.PositionsQuestion, ask.OrdersQuestion, ask.BracketsQuestion))
        return kind(symbol=self._maybe(self._symbol))  # type: ignore[no-any-return]

    def _counted(self) -> ask.ChatRequest:
        kind = self._pick((ask.TradesQuestion, ask.DecisionsQuestion))
        if self._chance.random() < 0.3:
            return ask.CandlesQuestion(symbol=self._symbol(), count=self._whole(1, 100))
        return kind(symbol=self._maybe(self._symbol), count=self._whole(1, 100))  # type: ignore[no-any-return]

    def _performance(self) -> ask.ChatRequest:
        by = tuple(self._chance.sample(KEYS, self._whole(0, 3)))
        return ask.PerformanceQuestion(span=self._span(), by=by, why=self._chance.random() < 0.5)  # type: ignore[arg-type]

    def _movers(self) -> ask.ChatRequest:
        return ask.MoversQuestion(span=self._pick(("now", "1h", "24h")), count=self._whole(1, 20))

    def _report(self) -> ask.ChatRequest:
        return ask.ReportQuestion(span=self._span())

    def _backtest(self) -> ask.ChatRequest:
        strategies = tuple(self._chance.sample(("scanner", "breakout", "trend_following"), self._whole(0, 3)))
        symbols = tuple(self._chance.sample(SYMBOLS, self._whole(0, 4)))
        span = self._pick(("all", f"{self._whole(1, 999)}d", f"{self._whole(1, 999)}h"))
        return ask.BacktestQuestion(symbols=symbols, span=span, strategies=strategies)

    def _explain(self) -> ask.ChatRequest:
        return ask.ExplainQuestion(term=self._pick((*terms(), "contango", "gamma squeeze")))

    def _help(self) -> ask.ChatRequest:
        return ask.HelpQuestion(topic=self._pick(("", "orders", "autopilot", "taking profit")))

    def _work_out(self) -> ask.ChatRequest:
        values = ("equity", f"best ask {self._symbol()}", f"RSI {self._symbol()}", self._number(), f"{self._number()}%")
        of = tuple(self._chance.sample(values, self._whole(2, 4)))
        return ask.WorkOut(how=self._pick(get_args(ask.How)), of=of)

    def _size(self, kinds: tuple[str, ...]) -> dict[str, str]:
        kind = self._pick((*kinds, ""))
        return {kind: self._number()} if kind else {}

    def _buy(self) -> ask.ChatRequest:
        return ask.ProposeBuy(
            symbol=self._symbol(), **self._size(("amount", "quote", "percent")), limit=self._maybe(self._number),
            stop=self._maybe(self._level), target=self._maybe(self._level),
        )  # fmt: skip

    def _sell(self) -> ask.ChatRequest:
        return ask.ProposeSell(
            symbol=self._symbol(), **self._size(("amount", "quote", "percent", "share")),
            limit=self._maybe(self._number), stop=self._maybe(self._level), target=self._maybe(self._level),
        )  # fmt: skip

    def _move(self) -> ask.ChatRequest:
        if self._chance.random() < 0.5:
            return ask.ProposeStop(symbol=self._symbol(), price=self._number())
        return ask.ProposeTarget(symbol=self._symbol(), price=self._maybe(self._number))

    def _pause(self) -> ask.ChatRequest:
        return ask.ProposePause(only=self._pick(("", *GROUPS, self._symbol())), until=self._pick(UNTIL))

    def _set(self) -> ask.ChatRequest:
        if self._chance.random() < 0.3:
            return ask.ProposeAutopilot(level=self._pick(LEVELS))
        name, value = self._pick(
            (("RISK_PER_TRADE", self._number()), ("RESET_TIMEZONE", "Europe/Berlin"), ("FEES_DECIDE", "false"))
        )
        exact = self._chance.random() < 0.5
        return do.SetSetting(name=name, value=value) if exact else ask.ProposeSetting(name=name, value=value)

    def _exact_entry(self) -> ask.ChatRequest:
        kind = self._pick((do.Buy, do.Sell))
        fields = {name: self._maybe(self._number) for name in ("amount", "limit", "stop", "target")}
        return kind(symbol=self._symbol(), **fields)  # type: ignore[no-any-return]

    def _exact_move(self) -> ask.ChatRequest:
        match self._whole(0, 4):
            case 0:
                return do.SetStop(symbol=self._symbol(), price=self._number())
            case 1:
                return do.SetTarget(symbol=self._symbol(), price=self._maybe(self._number))
            case 2:
                return do.CancelOrders(symbol=self._symbol())
            case 3:
                return do.Approve(self._symbol())
        return do.Close(self._symbol())

    def _exact_word(self) -> ask.ChatRequest:
        match self._whole(0, 3):
            case 0:
                return do.SetAutopilot(self._pick(LEVELS))
            case 1:
                return do.SetAssistant(self._pick(("read", "paper", "confirm", "auto")))
            case 2:
                return do.Confirm(f"P-{self._whole(1, 9_999)}")
        return do.Reject(f"P-{self._whole(1, 9_999)}")
