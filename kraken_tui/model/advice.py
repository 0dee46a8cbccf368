"""Where a ticker stands, in a few words: for the table, the trajectory and the chat."""

from kraken_tui.model.scan import Reason, State

_TEXTS: dict[Reason, str] = {
    Reason.NONE: "ready",
    Reason.QUIET: "velocity below the threshold",
    Reason.WARMING: "warming up: too few prices for the ATR or the look-back",
    Reason.NO_PRICE: "no price",
    Reason.STALE_FEED: "the feed is not live",
    Reason.DELISTED: "delisted or halted",
    Reason.REGIME: "the market is not trending",
    Reason.BLOCKED: "blocked by a risk limit",
    Reason.NO_SHORTS: "shorts are not possible here",
    Reason.ARMING: "over the threshold, counting scans",
    Reason.BURST: "burst: armed long enough",
    Reason.IN_FLIGHT: "an order is on its way",
    Reason.HOLDING: "holding",
    Reason.RATCHET_ENTRY: "stop at entry",
    Reason.RATCHET_BREAKEVEN: "stop at breakeven",
    Reason.RATCHET_LOCK: "stop locks profit",
    Reason.TRAIL: "stop trails the best price",
    Reason.FADE: "momentum faded",
    Reason.REVERSAL: "momentum reversed",
    Reason.STOPPED: "closed by the account: stop, operator or flatten",
    Reason.EXITED: "closed by our exit",
    Reason.LOSS: "cooling down after a loss",
    Reason.REFUSED: "the entry did not become a position",
    Reason.JUMP: "the price jumped and is not believed yet",
    Reason.PAUSED: "entries are paused",
    Reason.STOP_CROSSED: "the price is already past the stop",
    Reason.NO_STOP: "no stop could rest: the ATR is wider than the price",
    Reason.UNPROTECTED: "no stop rests: a fresh one is placed",
    Reason.OPERATORS: "yours: the engine does not exit it by itself",
    Reason.AUTOPILOTS: "the autopilot's: the scanner does not exit it",
}

_DEFECTS: dict[Reason, str] = {
    Reason.WARMING: "WARMING",
    Reason.NO_PRICE: "NO PRICE",
    Reason.STALE_FEED: "STALE FEED",
    Reason.DELISTED: "DELISTED",
    Reason.JUMP: "JUMP",
    Reason.IN_FLIGHT: "IN FLIGHT",
}
"""What keeps a ticker from being acted on, whatever its state."""

_GATES: dict[Reason, str] = {
    Reason.PAUSED: "paused",
    Reason.REGIME: "regime",
    Reason.NO_SHORTS: "no shorts",
    Reason.BLOCKED: "limit",
    Reason.NO_STOP: "no stop",
}
"""What keeps an armed ticker from entering."""

_HELD: dict[Reason, str] = {
    Reason.RATCHET_ENTRY: "HOLD stop@entry",
    Reason.RATCHET_BREAKEVEN: "HOLD breakeven",
    Reason.RATCHET_LOCK: "HOLD stop@profit",
    Reason.TRAIL: "HOLD stop trails",
    Reason.UNPROTECTED: "HOLD placing stop",
    Reason.FADE: "EXIT faded",
    Reason.REVERSAL: "EXIT reversed",
    Reason.STOP_CROSSED: "EXIT past stop",
    Reason.NO_STOP: "EXIT no stop",
    Reason.OPERATORS: "HOLD yours",
    Reason.AUTOPILOTS: "HOLD autopilot's",
}
"""What a position waits for; short, as the table's column is narrow."""

UNKNOWN_REGIME = "WARMING"
"""Named as the regime while its window fills: as a reason it would read as if the ticker itself were warming."""


def reason_text(reason: Reason, note: str = "") -> str:
    """`reason` in words; `note` adds what the reason alone can't know, such as which limit or which regime."""
    return f"{_TEXTS[reason]} ({note})" if note else _TEXTS[reason]


def advice(state: State, reason: Reason, arm_count: int, persistence: int, note: str, cooldown_seconds: int) -> str:
    """What the advisor column says, such as `ARM 2/3`, `BLOCKED memes 2/2` or `COOLDOWN 41 s`.

    Args:
        state: where the ticker stands.
        reason: why.
        arm_count: scans over the threshold so far.
        persistence: scans that an entry needs.
        note: which limit blocks, or which regime reigns; may be empty.
        cooldown_seconds: what is left of a cooldown.
    """
    if state is State.COOLDOWN:
        return f"COOLDOWN {cooldown_seconds} s"
    if state is State.EXIT:
        return "EXIT in flight" if reason is Reason.IN_FLIGHT else "EXIT"
    if state is State.HOLD:
        return _HELD.get(reason) or f"HOLD {_DEFECTS[reason].lower()}" if reason in _HELD | _DEFECTS else "HOLD"
    if state is State.ENTRY:
        return "ENTRY in flight" if reason is Reason.IN_FLIGHT else "ENTRY"
    if state is State.ARM:
        if reason in _GATES:
            wanted = note if reason in (Reason.BLOCKED, Reason.REGIME) and note != UNKNOWN_REGIME else ""
            return f"BLOCKED {(wanted or _GATES[reason]).lower()}"
        return f"ARM {arm_count}/{persistence}"
    return _DEFECTS.get(reason) or _WAITING.get(reason, "SCANNING")


_WAITING: dict[Reason, str] = {
    Reason.REFUSED: "REFUSED",
    Reason.STOPPED: "CLOSED by account",
    Reason.EXITED: "CLOSED",
}
