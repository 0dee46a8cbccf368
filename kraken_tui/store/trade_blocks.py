"""Trades in columns: every 1024 of them once more as arrays, so that statistics over millions take no time.

A block is a MessagePack map: a number column is its array's bytes (little-endian), a name column its codes and its
names. Whatever changes a trade removes its block (a trigger), and the writer makes it anew; trades without a
block are read as rows. So the arrays never say anything else than the rows.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from kraken_tui.model.trade_columns import Floats, Names, TradeColumns
from kraken_tui.store.database import Row
from kraken_tui.store.telemetry_schema import BLOCK

NUMBERS = (
    "opened_ns", "closed_ns", "side", "put_in", "gross", "fees", "net", "slippage", "adverse_bps", "favourable_bps",
)  # fmt: skip
WHOLE = ("opened_ns", "closed_ns", "side")
NAMES = ("symbol", "strategy", "regime", "group", "exit")

_SELECT = """
SELECT opened_ns, closed_ns, side, amount, entry_price, gross, fees, net, slippage, worst_price, best_price,
       symbol, strategy, regime, symbol_group, exit_kind, reason
FROM trades WHERE seq BETWEEN ? AND ? ORDER BY seq
"""

Packed = dict[str, bytes | tuple[bytes, tuple[str, ...]]]
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Packed)


def seal(connection: sqlite3.Connection, most: int = 256) -> bool:
    """Make blocks that are missing, at most so many, in one transaction; whether more are missing.

    Raises:
        sqlite3.Error: a full disk, say; nothing is lost by it.
    """
    missing = _missing(connection)
    for number in missing[:most]:
        columns = _columns(connection.execute(_SELECT, _range(number)))
        if columns.count:
            span = (int(columns.closed_ns.min()), int(columns.closed_ns.max()))
            connection.execute("INSERT INTO trade_blocks VALUES (?, ?, ?, ?)", (number, *span, _packed(columns)))
    return len(missing) > most


def read(connection: sqlite3.Connection, from_ns: int, to_ns: int) -> TradeColumns:
    """Trades closed from `from_ns` on and before `to_ns`, in the order in which they closed.

    Raises:
        sqlite3.Error, msgspec.MsgspecError, ValueError: the file is damaged.
    """
    sealed = "SELECT columns FROM trade_blocks WHERE to_ns >= ? AND from_ns < ? ORDER BY number"
    packs = [_DECODER.decode(columns) for (columns,) in connection.execute(sealed, (from_ns, to_ns))]
    loose = [_range(number) for number in _missing(connection)]
    loose.append((_sealable(connection) * BLOCK + 1, (1 << 63) - 1))
    rows = (row for span in loose for row in connection.execute(_SELECT, span))
    columns = _joined([*packs, *_in_parts(rows)])
    within = (columns.closed_ns >= from_ns) & (columns.closed_ns < to_ns)
    columns = columns if within.all() else columns.take(within)
    if columns.count > 1 and (np.diff(columns.closed_ns) < 0).any():
        columns = columns.take(np.argsort(columns.closed_ns, kind="stable"))
    return columns


def _range(number: int) -> tuple[int, int]:
    return number * BLOCK + 1, (number + 1) * BLOCK


def _sealable(connection: sqlite3.Connection) -> int:
    """How many blocks could be whole by now."""
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM trades").fetchone()[0]) // BLOCK


def _missing(connection: sqlite3.Connection) -> list[int]:
    there = {number for (number,) in connection.execute("SELECT number FROM trade_blocks")}
    return [number for number in range(_sealable(connection)) if number not in there]


def _in_parts(rows: Iterable[Row]) -> Iterable[Packed]:
    """Rows as blocks, so that never many tuples are in memory."""
    part: list[Row] = []
    for row in rows:
        part.append(row)
        if len(part) == BLOCK:
            yield _DECODER.decode(_packed(_columns(part)))
            part = []
    if part:
        yield _DECODER.decode(_packed(_columns(part)))


def _columns(rows: Iterable[Row]) -> TradeColumns:
    listed = list(zip(*rows, strict=True)) or [()] * 17
    opened, closed, side, amount, entry, gross, fees, net, slippage, worst, best, *names = listed
    entry_price, sign = _floats(entry), np.array([1 if one == "buy" else -1 for one in side], np.int64)
    exits = [kind or reason.partition(":")[0] for kind, reason in zip(names[4], names[5], strict=True)]
    against, favour = (_away(_floats(price), entry_price, sign) for price in (worst, best))
    return TradeColumns(
        opened_ns=np.array(opened, np.int64), closed_ns=np.array(closed, np.int64), side=sign,
        put_in=_floats(amount) * entry_price, gross=_floats(gross), fees=_floats(fees), net=_floats(net),
        slippage=_floats(slippage), adverse_bps=np.maximum(-against, 0.0), favourable_bps=np.maximum(favour, 0.0),
        symbol=_names(names[0]), strategy=_names(names[1]), regime=_names(names[2]), group=_names(names[3]),
        exit=_names(exits),
    )  # fmt: skip


def _floats(texts: Sequence[str | None]) -> Floats:
    return np.array([np.nan if text is None else float(text) for text in texts], np.float64)


def _away(price: Floats, entry: Floats, sign: NDArray[np.int64]) -> Floats:
    """Basis points by which a price is better than the entry."""
    return np.divide((price - entry) * sign * 10_000, entry, out=np.full_like(entry, np.nan), where=entry > 0)


def _names(texts: Sequence[str]) -> Names:
    codes: dict[str, int] = {}
    return Names(np.array([codes.setdefault(text, len(codes)) for text in texts], np.int32), tuple(codes))


def _packed(columns: TradeColumns) -> bytes:
    packed: Packed = {name: getattr(columns, name).tobytes() for name in NUMBERS}
    for name in NAMES:
        column: Names = getattr(columns, name)
        packed[name] = (column.codes.tobytes(), column.names)
    return _ENCODER.encode(packed)


def _joined(packs: Sequence[Packed]) -> TradeColumns:
    joined: dict[str, Any] = {name: _join(packs, name, np.int64 if name in WHOLE else np.float64) for name in NUMBERS}
    joined |= {name: _join_names(packs, name) for name in NAMES}
    return TradeColumns(**joined)


def _join(packs: Sequence[Packed], name: str, kind: type[np.int64 | np.float64]) -> NDArray[np.int64 | np.float64]:
    parts = [np.frombuffer(part, kind) for pack in packs if isinstance(part := pack[name], bytes)]
    return np.concatenate(parts) if parts else np.empty(0, kind)


def _join_names(packs: Sequence[Packed], name: str) -> Names:
    codes: dict[str, int] = {}
    parts = []
    for pack in packs:
        part = pack[name]
        assert isinstance(part, tuple)
        table = np.array([codes.setdefault(one, len(codes)) for one in part[1]], np.int32)
        parts.append(table[np.frombuffer(part[0], np.int32)])
    return Names(np.concatenate(parts) if parts else np.empty(0, np.int32), tuple(codes))
