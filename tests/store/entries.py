"""What a journal may be given, made up."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from hypothesis import strategies as st

from kraken_tui.model.bracket import Bracket
from kraken_tui.model.outcome import Accepted, Declined, Outcome, Receipt, Unknown
from kraken_tui.model.trading import Fill, OrderType, Side
from kraken_tui.store.database import OpenDatabase, open_thread_database
from kraken_tui.store.journal import IntentKind, Journal

KINDS: tuple[IntentKind, ...] = ("enter", "exit", "stop", "target", "cancel", "amend", "flatten")

decimals = st.decimals("0.00000001", "1000000000", places=8)
symbols = st.sampled_from(["BTC/USD", "ETH/USD"])
texts = st.text(max_size=8)
"""Lone surrogates apart: what is ours is UTF-8."""

fills = st.builds(
    Fill,
    id=st.text("ABCDEFGH0123", min_size=1, max_size=6),
    order_id=texts,
    client_id=st.none() | st.text(max_size=18),
    symbol=symbols,
    side=st.sampled_from(Side),
    order_type=st.sampled_from(OrderType),
    price=decimals,
    amount=decimals,
    cost=decimals,
    fee=decimals,
    maker=st.booleans(),
    leverage=st.integers(1, 50),
    time_ns=st.integers(0, 2**62),
    fee_coin=st.just(Decimal(0)) | decimals,
)
brackets = st.builds(
    Bracket,
    symbol=symbols,
    stop_price=decimals,
    target_price=st.none() | decimals,
    keep=st.none() | st.just(Decimal(0)) | decimals,
    reason=texts,
    owner=texts,
)
outcomes: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(lambda order_id: accepted("kt", order_id), st.sampled_from(["", "O-1", "O-2", "O-3"])),
    st.builds(Declined, texts),
    st.builds(Unknown, st.just("kt"), texts),
)


def accepted(client_id: str, order_id: str = "O-1") -> Outcome:
    receipt = Receipt(intent_id="1", client_id=client_id, order_id=order_id, description="buy", time_ns=1)
    return Accepted(receipt)


def fill(number: int = 0, time_ns: int = 1) -> Fill:
    return Fill(
        id=f"T{number}", order_id="O", client_id=None, symbol="BTC/USD", side=Side.BUY, order_type=OrderType.MARKET,
        price=Decimal("1.10"), amount=Decimal(1), cost=Decimal("1.10"), fee=Decimal(0), maker=False, leverage=1,
        time_ns=time_ns,
    )  # fmt: skip


def bracket(symbol: str = "BTC/USD", stop: str = "90") -> Bracket:
    return Bracket(symbol=symbol, stop_price=Decimal(stop), owner="scanner")


@asynccontextmanager
async def opened(path: Path, mode: str = "paper") -> AsyncIterator[Journal]:
    journal = await Journal.open(path, mode)
    try:
        yield journal
    finally:
        await journal.close()


async def open_and_close(path: Path, mode: str = "paper", open_database: OpenDatabase = open_thread_database) -> None:
    await (await Journal.open(path, mode, open_database)).close()
