"""Which pairs a journal still holds, asked for before anything else is open."""

import sqlite3
from collections import defaultdict
from contextlib import closing
from decimal import Decimal
from pathlib import Path


def held_symbols(path: Path) -> tuple[str, ...]:
    """Pairs of which more was bought than sold, or the other way, dust too; none where there is no journal to read.

    A journal that is damaged or another mode's says so when it is opened for good.
    """
    if not path.is_file():
        return ()
    net: defaultdict[str, Decimal] = defaultdict(Decimal)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as journal:
            for symbol, side, amount, coin in journal.execute("SELECT symbol, side, amount, fee_coin FROM fills"):
                net[symbol] += (Decimal(amount) if side == "buy" else -Decimal(amount)) - Decimal(coin)
    except (sqlite3.Error, ArithmeticError):
        return ()
    return tuple(sorted(symbol for symbol, amount in net.items() if amount))
