"""What a command would do now, without doing it: the card of a proposal, by the checks that the command passes too."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Protocol

from msgspec.structs import replace

from kraken_tui.agent.answers import entry_lines
from kraken_tui.agent.cards import Card, Terms, entry_card, exit_card, plain_card, stop_card, target_card
from kraken_tui.agent.policy import NAMES, Effect, effect_of
from kraken_tui.agent.proposals import MOST_DRIFT
from kraken_tui.agent.setting_changes import proposed_lines
from kraken_tui.config.moments import shown
from kraken_tui.config.settings import Settings
from kraken_tui.model.command import (
    AUTOPILOT_LEVELS,
    Approve,
    Buy,
    CancelOrders,
    Close,
    Command,
    Flatten,
    Pause,
    Resume,
    Sell,
    SetAutopilot,
    SetSetting,
    SetStop,
    SetTarget,
)
from kraken_tui.model.errors import UsageError
from kraken_tui.model.intent import Enter, Exit
from kraken_tui.model.outcome import Declined
from kraken_tui.model.trading import Order, OrderRequest, Position, Side
from kraken_tui.risk.fees import Fees
from kraken_tui.runtime.manual_orders import Standing, holding, stop_move_of, target_move_of

LATER = "proposal"


class Account(Protocol):
    """What is read of the account."""

    def positions(self) -> Sequence[Position]:
        """What is open."""
        ...

    def entries(self, symbol: str) -> Sequence[Order]:
        """Entries of ours that rest."""
        ...


class Previews:
    """Makes cards. Nothing is sent, and nothing of the account changes.

    Args:
        mode: PAPER, LIVE or SANDBOX.
        intent_of: what a buy, a sell or a close means now.
        judge: what the gate says of an entry that is not sent; the decision is written down as `asked`.
        standing: where a ticker stands; raises UsageError for what is none.
        fees: what the account pays.
        asked: the autopilot's entry that it asks about in a symbol, in words; empty where there is none.
        autopilot: its level.
        settings: as they are now.
        equity: of the account; quote units.
    """

    def __init__(
        self,
        *,
        mode: str,
        intent_of: Callable[[Buy | Sell | Close, str], Enter | Exit],
        judge: Callable[[Enter, str], OrderRequest | Declined],
        standing: Callable[[str], Standing],
        account: Account,
        fees: Callable[[], Fees],
        asked: Callable[[str], str],
        autopilot: Callable[[], str],
        settings: Settings,
        equity: Callable[[], Decimal],
    ) -> None:
        self._mode = mode
        self._intent_of = intent_of
        self._judge = judge
        self._standing = standing
        self._account = account
        self._fees = fees
        self._asked = asked
        self._autopilot = autopilot
        self._settings = settings
        self.equity = equity

    def price(self, symbol: str) -> Decimal | None:
        """The last sound price; None while there is none, or no such symbol."""
        try:
            quote = self._standing(symbol).quote
        except UsageError:
            return None
        return None if quote is None else (quote.bid + quote.ask) / 2

    def held(self, symbol: str) -> Decimal | None:
        """Coins of the open position; None where there is none."""
        position = self._standing(symbol).position if symbol else None
        return None if position is None else position.amount

    def effect(self, command: Command) -> Effect:
        """What a command would do to the account's risk."""
        symbol = getattr(command, "symbol", "")
        position = self._standing(symbol).position if symbol else None
        return effect_of(
            command, held=position.side.sign if position is not None else 0,
            stop=position.stop_price if position is not None else None, autopilot=self._autopilot(),
        )  # fmt: skip

    def card(self, command: Command) -> Card:
        """The card.

        Raises:
            UsageError: it can't be done now; says why.
        """
        match command:
            case Buy() | Sell() | Close():
                intent = self._intent_of(command, LATER)
                if isinstance(intent, Enter):
                    assert not isinstance(command, Close)
                    return self._entry(command, intent)
                return self._exit(command, intent)
            case SetStop():
                return self._stop(command)
            case SetTarget(symbol=symbol):
                at = self._standing(symbol)
                wanted = target_move_of(command, at, LATER).target_price
                return self._referred(target_card(command, at.held(), wanted, self._mode), symbol)
            case CancelOrders(symbol=symbol):
                resting = self._account.entries(self._standing(symbol).symbol)
                if not resting:
                    raise UsageError(f"{symbol}: no entry of ours rests")
                return plain_card(command, f"cancel: {', '.join(entry_lines(resting))}", self._mode)
            case Approve(symbol=symbol):
                if not (asked := self._asked(symbol)):
                    raise UsageError(f"{symbol[:40]}: the autopilot asks nothing about it now")
                return self._referred(plain_card(command, f"approve {asked}", self._mode), symbol)
            case SetSetting(name=name, value=value):
                what, meaning = proposed_lines(self._settings, name, value)
                card = plain_card(command, what, self._mode)
                return replace(card, lines=(*card.lines, meaning))
            case _:
                return plain_card(command, self._what(command), self._mode)

    def _entry(self, command: Buy | Sell, intent: Enter) -> Card:
        request = self._judge(intent, "asked")
        if isinstance(request, Declined):
            raise UsageError(f"{intent.symbol}: {request.reason}")
        terms = self._terms(self._standing(intent.symbol))
        return self._referred(entry_card(command, request, intent.price, intent.target_price, terms), intent.symbol)

    def _exit(self, command: Command, intent: Exit) -> Card:
        at = self._standing(intent.symbol)
        card = exit_card(command, at.held(), intent.keep, _leaving(at), self._terms(at))
        return self._referred(card, intent.symbol)

    def _stop(self, command: SetStop) -> Card:
        at = self._standing(command.symbol)
        stop = stop_move_of(command, at, LATER).stop_price
        return self._referred(stop_card(command, at.held(), _leaving(at), stop, self._terms(at)), command.symbol)

    def _terms(self, at: Standing) -> Terms:
        return Terms(mode=self._mode, instrument=at.instrument, fees=self._fees(), drift=MOST_DRIFT)

    def _referred(self, card: Card, symbol: str) -> Card:
        """Drift is measured on the middle price, whichever side a command trades on."""
        price = self.price(symbol)
        return card if price is None else replace(card, reference=f"{price:f}")

    def _what(self, command: Command) -> str:
        match command:
            case Flatten():
                rows = self._account.positions()
                held = ", ".join(f"{row.symbol}, {holding(row)}" for row in rows) or "nothing is held"
                return f"flatten: close every position, cancel our orders and pause entries; {held}"
            case SetAutopilot(level):
                if level not in AUTOPILOT_LEVELS:
                    raise UsageError(f"autopilot {level[:20]!r} is none of {', '.join(AUTOPILOT_LEVELS)}")
                return f"autopilot {level}: it {AUTOPILOT_LEVELS[level]} (now {self._autopilot()})"
            case Pause(only=only, until_ns=until_ns):
                what = f"pause entries into {only}" if only else "pause"
                return f"{what} until {shown(until_ns)} UTC" if until_ns else what
            case Resume(only=only) if only:
                return f"resume entries into {only}"
            case _:
                return NAMES[type(command)]


def _leaving(at: Standing) -> Decimal:
    """What a taker who leaves the position would get or pay now."""
    quote = at.sound_quote()
    return quote.bid if at.held().side is Side.BUY else quote.ask
