"""What a journal still holds, asked for before anything else is open."""

import os
import sqlite3
from collections import defaultdict
from contextlib import closing
from decimal import Decimal
from pathlib import Path


def held_symbols(path: Path) -> tuple[str, ...]:
    """Pairs of which more was bought than sold, or the other way, dust too; none where there is no journal to read.

    A journal that is damaged or another mode's says so when it is opened for good.
    """
    try:
        return tuple(held(path)) if path.is_file() else ()
    except (sqlite3.Error, ArithmeticError):
        return ()


def held(path: Path) -> dict[str, Decimal]:
    """How much of each pair was bought and not sold, by name, dust too; below 0: sold and not bought.

    Raises:
        sqlite3.Error, ArithmeticError: the journal can't be read.
    """
    net: defaultdict[str, Decimal] = defaultdict(Decimal)
    # Where nothing can be written and no log is left over, nobody writes; SQLite needs to be told.
    is_still = not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists()
    how = "mode=ro&immutable=1" if is_still else "mode=ro"
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)) as journal:
        for symbol, side, amount, coin in journal.execute("SELECT symbol, side, amount, fee_coin FROM fills"):
            net[symbol] += (Decimal(amount) if side == "buy" else -Decimal(amount)) - Decimal(coin)
    return {symbol: net[symbol] for symbol in sorted(net) if net[symbol]}
