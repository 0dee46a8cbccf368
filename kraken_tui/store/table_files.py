"""Tables as files for other programs: CSV or Parquet, row by row, whole or not at all."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from kraken_tui.store.atomic import sync_folder
from kraken_tui.store.database import Row

Format = Literal["csv", "parquet"]
Kind = Literal["text", "whole", "number", "bytes", "time"]
"""`time` is RFC 3339 text, in Parquet a timestamp in UTC without a zone; in CSV `bytes` are hexadecimal."""


class Column(Struct, frozen=True):
    """A column of a file."""

    name: str
    kind: Kind


def write_table(path: Path, format: Format, columns: Sequence[Column], parts: Iterable[Sequence[Row]]) -> int:
    """Write rows to a new file at `path`, which gets its name once it is whole; returns how many.

    Raises:
        OSError: it can't be written; nothing is left of it.
    """
    unfinished = path.with_name(f".{path.name}.tmp")
    try:
        with _opened(unfinished, format, columns) as write:
            count = 0
            for part in parts:
                write(part)
                count += len(part)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return count


@contextmanager
def _opened(path: Path, format: Format, columns: Sequence[Column]) -> Iterator[Callable[[Sequence[Row]], None]]:
    if format == "csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([column.name for column in columns])
            packed = [place for place, column in enumerate(columns) if column.kind == "bytes"]
            yield lambda rows: writer.writerows(_hexed(row, packed) for row in rows)
        return
    import pyarrow as pa  # type: ignore[import-untyped]
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    kinds = {
        "text": pa.string(), "whole": pa.int64(), "number": pa.float64(), "bytes": pa.binary(),
        "time": pa.timestamp("ms"),
    }  # fmt: skip
    schema = pa.schema([(column.name, kinds[column.kind]) for column in columns])
    with pq.ParquetWriter(path, schema, compression="zstd") as parquet:
        yield lambda rows: parquet.write_table(_table(pa, schema, rows))


def _table(pa: Any, schema: Any, rows: Sequence[Row]) -> Any:
    listed = zip(*rows, strict=True) if rows else ([] for _ in schema)
    arrays = []
    for field, values in zip(schema, listed, strict=True):
        if pa.types.is_timestamp(field.type):
            arrays.append(pa.array(values, pa.string()).cast(pa.timestamp("ms", "UTC")).cast(field.type))
        else:
            arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def _hexed(row: Row, packed: Sequence[int]) -> Row:
    if not packed:
        return row
    return tuple(value.hex() if place in packed and value is not None else value for place, value in enumerate(row))
