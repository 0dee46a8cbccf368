"""What the wallet holds of a coin, under whichever name Kraken tells it.

Some balances have a name of their own: `BTC.F` earns by itself and trades as BTC does, so it counts as the coin. None
of the others can be traded: staked (`.S`, `DOT28.S` too), opted in to rewards (`.M`), bonded (`.B`), parachain (`.P`),
tokenized (`.T`), and deposits that have not cleared (`.HOLD`). They are told apart. Source: Kraken's Get Extended
Balance, "Symbol Extensions".
"""

from collections.abc import Mapping
from decimal import Decimal

ZERO = Decimal(0)
EARNS = ".F"


def tradable(wallet: Mapping[str, Decimal], coin: str) -> Decimal:
    """All of a coin that can be sold, or of a currency that can be spent; orders may hold it."""
    return wallet.get(coin, ZERO) + wallet.get(coin + EARNS, ZERO)


def coin_of(name: str) -> str:
    """The coin as which a balance can be traded; empty where it can't be."""
    coin, dot, _ = name.partition(".")
    return coin if not dot or name == coin + EARNS else ""


def coins(wallet: Mapping[str, Decimal]) -> list[str]:
    """Everything of which some can be traded, in the order of the alphabet."""
    return sorted({coin for name, amount in wallet.items() if amount and (coin := coin_of(name))})


def apart(wallet: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """By name, what is there and can't be traded."""
    return {name: amount for name, amount in sorted(wallet.items()) if amount and not coin_of(name)}
