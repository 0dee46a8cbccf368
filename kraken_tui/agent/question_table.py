"""The ways in which each question is put: a row is a question, and its patterns (see `patterns.py`)."""

from collections.abc import Callable, Mapping
from typing import Any

from kraken_tui.agent import requests as ask
from kraken_tui.agent.glossary import find_term
from kraken_tui.agent.reading import Unclear
from kraken_tui.agent.symbols import no_symbol

Build = Callable[[Mapping[str, Any]], ask.Question]


def _one(found: Mapping[str, Any]) -> str | None:
    """The ticker that was named, if any.

    Raises:
        Unclear: it may be several.
    """
    said: Any = found.get("symbol")
    if said is None:
        return None
    word, hits = said
    if len(hits) > 1:
        raise Unclear(no_symbol(word, hits))
    symbol: str = hits[0]
    return symbol


def _known(found: Mapping[str, Any]) -> str:
    symbol = _one(found)
    if symbol is None:
        raise Unclear("Of which ticker? Such as: BTC")
    return symbol


def _performance(found: Mapping[str, Any]) -> ask.PerformanceQuestion:
    by = found.get("by") or ((found["key"],) if "key" in found else ())
    return ask.PerformanceQuestion(span=found.get("span") or "all", by=by, why=bool(found.get("why")))


MACROS = {
    "results": "performance|pnl|result|results|stats|statistics|profit|profits|profit_and_loss|returns",
    "movers": "movers|gainers|losers|risers|fallers",
    "makes": "is|was|are|were|did|works|worked|makes|made|performs|do|does",
    "is": "[what_were|what_was|which_were|which_was|what_is|what_are|how_is|how_are|what_about|is_there|are_there|"
    "which_are|where_are|where_is]",
    "my": "[my|our|the|your|all_my|all_our|all_the|all|any|any_open|my_own|current|open|my_current|our_current|"
    "the_current|my_open|our_open|the_open]",
    "last": "[last|recent|latest|past|my_last|our_last|the_last|newest|closed|my_recent|the_latest]",
    "of": "[of|for|in|on|over|from|since|during]",
    "did": "did_we|did_i|have_we|have_i|do_we|did_you|have_you|are_we|is_it|did_it|were_we",
}
TABLE: tuple[tuple[Build, tuple[str, ...]], ...] = (
    (lambda _: ask.StatusQuestion(), (
        "status|stat", "{is} {my} status [report]", "status of the_engine|everything",
        "how_are|how_is things|everything|it_going|we|we_doing",
        "where do_we stand", "what_is going_on|happening|up",
        "are_we|is_it|is_the_engine|is_the_bot|are_you running|alive|up|ok|okay|there|paused|trading",
        "is|are everything|it|all|things ok|okay|fine|well|running|paused", "why are_we not trading|entering|buying",
    )),
    (lambda _: ask.BalancesQuestion(), (
        "{is} {my} balance|balances|funds|wallet|cash|holdings|equity|account_balance",
        "what_is in {my} wallet|account",
        "how_is {my} account|portfolio|wallet", "how_much|how_many <symbol> do_we|do_i|have_we have|own|hold [left]",
        "how_much money|cash|usd|dollars|equity do_we|do_i|have_we|is_there|are_there [have] [left]",
        "what_is|how_much_is {my} account|portfolio [worth]",
    )),
    (lambda found: ask.PositionsQuestion(symbol=_one(found)), (
        "{is} {my} position|positions|pos [open]", "{is} {my} position|positions in|of|on|for <symbol>",
        "positions|position <symbol>", "<symbol> position|positions", "what_is open",
        "what do_we|do_i|are_we|am_i hold|holding|have_open|own",
        "do_we|do_i hold|have|own <symbol>", "are_we|am_i in|long|short <symbol>",
    )),
    (lambda found: ask.OrdersQuestion(symbol=_one(found)), (
        "{is} {my} [resting|working|pending|waiting] order|orders [open|resting|waiting]", "orders|order <symbol>",
        "{is} {my} [resting|working|pending] order|orders in|of|on|for <symbol>", "<symbol> order|orders",
        "what|which orders rest|are_open|are_there|are_resting|do_we_have|are_waiting", "what_is resting",
    )),
    (lambda found: ask.BracketsQuestion(symbol=_one(found)), (
        "{is} {my} bracket|brackets|stops|targets|stops_and_targets", "bracket|brackets <symbol>",
        "{is} {my} <symbol> stop|target|stops|targets|bracket",
        "<symbol> bracket|brackets|stop|target",
        "{is} {my} bracket|stop|stops|target|targets|stop_loss|take_profit of|for|on|in <symbol>",
        "where_are|where_is {my} stop|stops|target|targets",
    )),
    (lambda found: ask.TradesQuestion(count=found.get("n") or 10, symbol=_one(found)), (
        "{is} {my} {last} [<n>] trade|trades|fills", "trade|trades|fills <n> [<symbol>]",
        "trade|trades|fills <symbol> [<n>]",
        "{is} {my} {last} [<n>] trade|trades|fills in|of|on|for|with <symbol>", "<symbol> trades|fills",
        "what {did} trade|traded|close|closed",
        "trade_history|history",
    )),
    (_performance, (
        "{results} [so_far] {of} [<span>] [<by>]",
        "{is} {my} {results} {of} [<span>] [<by>]",
        "{is} {my} <span> performance|pnl|result|results|stats|profit|profits [<by>]",
        "<span> performance|pnl|results|result|stats [<by>]",
        "how {did} do|done|doing|perform|performed|performing|go|fare {of} [<span>] [<by>]",
        "how_is|how_was <span> [going]",
        "how_much|what {did} make|made|lose|lost|earn|earned {of} [<span>] [<by>]",
        "{did} make|made|lose|lost|earn [any] [money] {of} [<span>]",
        "which|what <key> {makes} [the] [best|worst|well|money] {of} [<span>]",
        "{is} {my} best|worst <key> {of} [<span>]",
    )),
    (lambda found: _performance({**found, "why": True}), (
        "{is} {my} performance|pnl|result|results|profit|profits {of} [<span>] [<by>] and_why|why",
        "how {did} do|done|doing|perform|performed {of} [<span>] and_why|why",
        "why {did} make|lose|win|losing|winning|lost|made|down|up [money] {of} [<span>]",
        "how_much|what {did} make|lose|earn {of} [<span>] and_why|why",
    )),
    (lambda found: ask.PriceQuestion(symbol=_known(found)), (
        "price|quote|bid|ask|ticker [of|for|on] <symbol>", "<symbol> price|quote|now",
        "{is} {my} [last] price|quote|bid|ask|value of|for|on <symbol>",
        "what_is|how_is|where_is <symbol> [at|worth|trading|trading_at|doing|price|going_for|now]",
        "{is} {my} <symbol> price",
        "<symbol>", "how_much is|does|for [1|a|an] <symbol> [worth|cost]", "how_much_is <symbol> [worth]",
        "what does <symbol> cost",
    )),
    (lambda found: ask.CandlesQuestion(symbol=_known(found), count=found.get("n") or 12), (
        "candles|candle|chart|bars [of|for] <symbol> [<n>]",
        "{is} {my} {last} [<n>] candle|candles|bars of|for|in|on <symbol>",
        "<symbol> candles|chart|bars [<n>]", "[a|the] chart of|for <symbol>",
    )),
    (lambda found: ask.BookQuestion(symbol=_known(found)), (
        "book|depth|spread|order_book|orderbook [of|for|on|in] <symbol>",
        "<symbol> book|spread|depth|order_book|orderbook",
        "{is} {my} spread|book|depth|order_book|orderbook of|for|on|in <symbol>",
        "how_wide is [the] spread of|for|in <symbol>", "{is} the <symbol> spread|book",
    )),
    (lambda found: ask.MoversQuestion(span=found.get("mover_span") or "24h", count=min(20, found.get("n") or 5)), (
        "movers [<mover_span>] [<n>]",
        "{is} {my} [top|biggest|largest|best|worst] [<n>] {movers} [of|over|in] [the] [<mover_span>]",
        "what_is|what_are moving|rising|falling|pumping|dumping [most] [<mover_span>]",
        "what|who|which moved|rose|fell [most] [<mover_span>]",
    )),
    (lambda _: ask.RegimeQuestion(), (
        "regime|market|heat|market_regime", "how_is the market|markets [doing|looking]",
        "how_hot|how_calm is the market",
        "{is} {my} market|regime|market_regime|market_mood|heat",
        "is_the_market|is_it|is trending|choppy|chop|calm|hot|quiet",
        "is the_market trending|choppy|calm|hot|quiet", "what|which regime is_it|are_we|is_the_market [in]",
    )),
    (lambda found: ask.WhyQuestion(symbol=_known(found)), (
        "why [<filler>] <symbol> [<filler>]", "what_is wrong|up|going_on with <symbol>", "what_about <symbol>",
        "explain_why [<filler>] <symbol> [<filler>]",
    )),
    (lambda found: ask.DecisionsQuestion(count=found.get("n") or 10, symbol=_one(found)), (
        "{is} {my} {last} [<n>] decision|decisions [made]", "decision|decisions <n> [<symbol>]",
        "decision|decisions <symbol> [<n>]",
        "{is} {my} {last} [<n>] decision|decisions on|in|for|about|of <symbol>", "<symbol> decisions",
        "what did you|we|it decide [on|about] [<symbol>]",
        "what was decided [on|about] [<symbol>]",
    )),
    (lambda _: ask.InsightsQuestion(), (
        "{is} {my} insight|insights|lessons", "what {did} learn|learned|learnt [so_far]", "any_insights|insights",
    )),
    (lambda _: ask.LearningQuestion(), (
        "learning|adoption|adoptions", "{is} {my} learning|adoption|adoptions [doing|state|going]",
        "what was|were adopted|learned", "what_is adopted",
    )),
    (lambda _: ask.RiskQuestion(), (
        "risk|exposure", "{is} {my} risk|exposure|kill_switch|active_risk", "how_much is at_risk|at_stake",
        "how_much [money] is_at_risk|is_at_stake|do_we_risk",
        "kill_switch", "what_is at_risk|at_stake", "how_much can|could we|i lose [today]",
    )),
    (lambda _: ask.LimitsQuestion(), ("limit|limits", "{is} {my} [risk|trading|daily] limit|limits")),
    (lambda _: ask.AlertsQuestion(), (
        "alert|alerts|problem|problems|warnings|errors", "{is} {my} alert|alerts|problem|problems|warnings|errors",
        "what_is wrong|broken",
        "is_anything|is_something|anything wrong|broken|up",
        "is|are there any|a alert|alerts|problem|problems|warnings|errors",
    )),
    (lambda found: ask.ReportQuestion(span=found.get("span") or "today"), (
        "report|summary|recap [of|for|on|over] [<span>]", "{my} <span> report|summary|recap",
        "<span> report|summary|recap", "[a|the] report|summary|recap [of|for|on|over] [<span>]",
        "{is} {my} report|summary [of|for|on|over] [<span>]", "sum_up|summarise|summarize [<span>]",
        "sum_up|summarise|summarize everything|it",
    )),
    (lambda found: ask.BacktestQuestion(**found["backtest"]), ("[run] [a|the] backtest|back-test <backtest>",)),
    (lambda found: ask.HelpQuestion(topic=found.get("rest") or ""), (
        "help [me] [with|on|about] [<rest>]", "what can you|i do|say|type|ask [here]", "commands",
        "how does this|it work", "?",
    )),
    (lambda found: ask.ExplainQuestion(term=find_term(found["rest"]) or found["rest"]), (
        "explain|define|glossary <rest>", "definition|meaning of <rest>", "{is} the meaning|definition of <rest>",
    )),
    (lambda found: ask.ExplainQuestion(term=str(found["term"])), (
        "what_is|what_are|what_does|whats [a|an] <term> [mean|stand_for]", "what do <term> mean",
        "[a|an|the] <term> means|meaning",
    )),
)  # fmt: skip
