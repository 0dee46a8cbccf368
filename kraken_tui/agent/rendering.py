"""Every request as a line that says exactly it: what a card or a help offers to be typed."""

from collections.abc import Mapping

from kraken_tui.agent import requests as ask
from kraken_tui.model import command as do

_PLAIN: Mapping[type, str] = {
    ask.StatusQuestion: "status", ask.BalancesQuestion: "balances", ask.RegimeQuestion: "regime",
    ask.InsightsQuestion: "insights", ask.LearningQuestion: "learning", ask.RiskQuestion: "risk",
    ask.LimitsQuestion: "limits", ask.AlertsQuestion: "alerts",
    ask.ProposeFlatten: "please flatten",
    do.Flatten: "flatten now", do.Pause: "pause", do.Resume: "resume",
}  # fmt: skip
_OF_SYMBOL: Mapping[type, str] = {
    ask.PositionsQuestion: "positions", ask.OrdersQuestion: "orders", ask.BracketsQuestion: "brackets",
    ask.PriceQuestion: "price", ask.BookQuestion: "book", ask.WhyQuestion: "why",
    ask.ProposeClose: "please close", ask.ProposeCancel: "please cancel",
    do.Close: "close", do.CancelOrders: "cancel", do.Approve: "approve",
}  # fmt: skip


def render(request: ask.ChatRequest) -> str:
    """The line that is parsed as `request`; for what was not understood, its hint."""
    kind = type(request)
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind in _OF_SYMBOL:
        return _joined(_OF_SYMBOL[kind], getattr(request, "symbol", None))
    match request:
        case ask.Several(requests):
            return " and ".join(map(render, requests))
        case ask.Unparsed(hint):
            return hint
        case ask.ProposeBuy() | ask.ProposeSell():
            return _entry(request)
        case do.Buy() | do.Sell():
            words = _joined(kind.__name__.lower(), request.symbol, request.amount)
            return _joined(words, *_clauses(request.limit, request.stop, request.target))
    return _proposal(request) or _command(request) or _question(request)


def _question(request: ask.ChatRequest) -> str:
    match request:
        case ask.TradesQuestion():
            return _joined("trades", str(request.count), request.symbol)
        case ask.PerformanceQuestion():
            by = f"by {' and '.join(request.by)}" if request.by else None
            return _joined("performance", request.span, by, "and why" if request.why else None)
        case ask.CandlesQuestion():
            return _joined("candles", request.symbol, str(request.count))
        case ask.MoversQuestion():
            return _joined("movers", request.span, str(request.count))
        case ask.DecisionsQuestion():
            return _joined("decisions", str(request.count), request.symbol)
        case ask.ReportQuestion():
            return _joined("report", request.span)
        case ask.BacktestQuestion():
            with_ = f"with {' '.join(request.strategies)}" if request.strategies else None
            return _joined("backtest", *request.symbols, "over", request.span, with_)
        case ask.ExplainQuestion():
            return _joined("explain", request.term)
        case ask.HelpQuestion():
            return _joined("help", request.topic)
        case ask.WorkOut():
            return f"work out {request.how}: {', '.join(request.of)}"
    raise TypeError(f"{type(request).__name__} can't be said in a line")


def _entry(request: ask.ProposeBuy | ask.ProposeSell) -> str:
    verb = "please buy" if isinstance(request, ask.ProposeBuy) else "please sell"
    currency = request.symbol.rpartition("/")[2]
    size: str | None = request.amount
    if request.quote is not None:
        size = f"{request.quote} {currency} of"
    elif request.percent is not None:
        size = f"{request.percent}% of equity in"
    elif isinstance(request, ask.ProposeSell) and request.share is not None:
        size = f"{request.share}% of"
    return _joined(verb, size, request.symbol, *_clauses(request.limit, request.stop, request.target))


def _proposal(request: ask.ChatRequest) -> str:
    match request:
        case ask.ProposeStop():
            return f"please move the stop of {request.symbol} to {request.price}"
        case ask.ProposeTarget(price=None):
            return f"please remove the target of {request.symbol}"
        case ask.ProposeTarget():
            return f"please move the target of {request.symbol} to {request.price}"
        case ask.ProposePause():
            when = f"{'for' if _is_duration(request.until) else 'until'} {request.until}" if request.until else None
            return _joined("please pause", request.only, when)
        case ask.ProposeResume():
            return _joined("please resume", request.only)
        case ask.ProposeAutopilot():
            return f"please set autopilot to {request.level}"
        case ask.ProposeSetting():
            return f"please set {request.name} to {request.value}"
    return ""


def _command(request: ask.ChatRequest) -> str:
    match request:
        case do.SetStop():
            return f"stop {request.symbol} {request.price}"
        case do.SetTarget():
            return f"target {request.symbol} {request.price or 'off'}"
        case do.SetAutopilot():
            return f"autopilot {request.level}"
        case do.SetAssistant():
            return f"assistant {request.level}"
        case do.SetSetting():
            return f"set {request.name} {request.value}"
        case do.Confirm():
            return f"confirm {request.proposal}"
        case do.Reject():
            return f"reject {request.proposal}"
        case do.ResetKillSwitch():
            return request.words
    return ""


def _is_duration(text: str) -> bool:
    return text[0].isdigit() and ":" not in text and "-" not in text


def _clauses(limit: str | None, stop: str | None, target: str | None) -> list[str]:
    told = {"at": limit, "stop": stop, "target": target}
    return [f"{word} {price}" for word, price in told.items() if price is not None]


def _joined(*words: str | None) -> str:
    return " ".join(word for word in words if word)
