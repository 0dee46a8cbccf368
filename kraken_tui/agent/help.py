"""What can be typed, a line each: by topic, and all of it."""

HELP: dict[str, tuple[str, ...]] = {
    "looking": (
        "status, balances, positions, orders, brackets - the account and what rests for it",
        "trades [N] [SYMBOL] - closed trades, the newest first",
        "performance [today|week|month|7d|24h|all] [by strategy|symbol|hour|weekday|exit|…] [and why]",
        "price SYMBOL, candles SYMBOL [N], book SYMBOL, movers [now|1h|24h], regime - the market",
        "why SYMBOL - where a ticker stands and why, and the last decision on it with every check",
        "decisions [N] [SYMBOL], insights, learning - what was decided, and what was learned",
        "risk, limits, alerts, report [today|week|…] - how it stands",
        "backtest [SYMBOL …] [over 24h] [with STRATEGY] - the strategies over recorded prices, on paper",
        "explain TERM - what a term means; what is slippage?",
        "work out difference|sum|average|product|multiple|share|change|percentage: VALUE, VALUE - a figure of what was "
        "just told; after price BTC such as: work out difference: ask BTC/USD, bid BTC/USD",
    ),
    "orders": (
        "buy SYMBOL [AMOUNT] [at PRICE] [stop PRICE] [target PRICE] - open a long behind a stop",
        "sell SYMBOL [AMOUNT] - sell of a long at market; with stop PRICE: open a short behind it (margin)",
        "close SYMBOL - close one position at market",
        "cancel SYMBOL - cancel an entry that rests; stops and targets stay",
        "stop SYMBOL PRICE / target SYMBOL PRICE|off - move the stop or the target of a position",
        "flatten now - close everything and pause",
        "Without AMOUNT as much as risk allows, without stop where the ATR puts it. Numbers are plain: 60000, 0.5",
        "In your own words it becomes a proposal first: buy $50 of ether, stop 2%; sell half my eth; "
        "buy 10% of equity in sol",
        "confirm P-17 / reject P-17 - do a proposal, or let it lapse",
    ),
    "control": (
        "pause / resume - stop and allow entries; open positions stay managed",
        "approve SYMBOL - let the autopilot make the entry that it asks about",
        "autopilot off|observe|confirm|auto - what it may do with its calls: nothing, say them, ask you, trade them",
        "assistant read|paper|confirm|auto - what the assistant may have done without being asked again",
        "set SETTING VALUE - another value of a setting, from the next start on",
        "RESET KILL SWITCH - arm the daily-loss kill switch again, typed exactly so",
    ),
}
"""By topic."""
HELP_LINES = (
    *(line for lines in HELP.values() for line in lines),
    "Every word also works with a slash: /status, /why BTC",
)
"""All of it."""


def help_lines(topic: str) -> tuple[str, ...]:
    """The lines that have to do with a topic; all where none has."""
    words = topic.lower().split()
    if not words:
        return HELP_LINES
    found = HELP.get(topic.lower()) or tuple(
        line for line in HELP_LINES if any(word.removesuffix("s") in line.lower() for word in words if len(word) > 2)
    )
    return found or HELP_LINES
