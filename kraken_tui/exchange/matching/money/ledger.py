"""Ledger entries: every change of a balance, so that their sum and the start give the balances at any time."""

from decimal import Decimal

from kraken_tui.exchange.errors import error_for
from kraken_tui.exchange.matching.messages import Deposit, Deposited, EntryType, LedgerEntry
from kraken_tui.exchange.matching.money.booking import tell_booked
from kraken_tui.exchange.matching.money.margin import spendable
from kraken_tui.exchange.matching.state import Step, VenueState, id_of

ZERO = Decimal(0)


def opening_entries(state: VenueState, now_ns: int) -> list[LedgerEntry]:
    """The balances that a fresh account starts with, told as deposits; call it once, before anything else.

    It moves the counter on, so that the ids are the state's own.
    """
    entries = []
    for asset, amount in state.balances.items():
        if amount == ZERO:
            continue
        ref_id, entry_id = (_next_id(state, letter) for letter in "QL")
        entry = LedgerEntry(
            id=entry_id, ref_id=ref_id, time_ns=now_ns, type="deposit", asset=asset, amount=amount, fee=ZERO,
            balance=amount,
        )  # fmt: skip
        entries.append(entry)
    return entries


def _next_id(state: VenueState, letter: str) -> str:
    state.counter += 1
    return id_of(letter, state.counter)


def deposit(step: Step, message: Deposit) -> None:
    """Take in funds from outside, or give them out where the amount is negative.

    Raises:
        Refused: `EFunding:Insufficient funds`, more is to go out than is free: what orders hold and what margin
            positions need stays.
    """
    if message.amount < ZERO and spendable(step.state, step.rules, message.asset) < -message.amount:
        raise error_for("EFunding:Insufficient funds")
    if message.amount != ZERO:
        kind: EntryType = "withdrawal" if message.amount < ZERO else "deposit"
        step.book(kind, message.asset, message.amount, step.next_id("Q"))
    step.count(message.asset, deposits=message.amount)
    step.events.append(Deposited(message.asset, message.amount))
    tell_booked(step)
