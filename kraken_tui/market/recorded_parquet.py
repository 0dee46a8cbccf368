"""A recorded table in Parquet: only the columns that are needed, some rows at a time, however large the file."""

from collections.abc import Iterator, Sequence
from typing import IO, Any

import numpy as np
from msgspec.structs import replace

from kraken_tui.market.recorded_forms import FORMS, Floats, Form, Kind, Rows
from kraken_tui.market.recorded_rows import Faults, Ints, Sorting, believed, no_rows, rows_of
from kraken_tui.model.errors import UsageError

OWN = Form(Kind.TRADES, ("time_ns", "price", "amount"), True, 1e-3, (1,), (2,))
"""As downloaded trades are kept."""
BUFFER = 1 << 16
"""Bytes of a column that are fetched together."""


def parquet_parts(name: str, file: IO[bytes], rows: int, interval_ns: int, sorting: Sorting) -> Iterator[Rows]:
    """Its rows, at most so many at a time, of which all may be bad; nothing where it is empty.

    Args:
        name: for messages.
        file: the table.
        rows: most rows together.
        interval_ns: see `rows_of`.
        sorting: of the table.

    Raises:
        UsageError: it is damaged, or in no known form.
    """
    # Imported where it is used: a recording of text needs none of it.
    import pyarrow as pa  # type: ignore[import-untyped]
    import pyarrow.parquet as pq  # type: ignore[import-untyped]

    try:
        table = pq.ParquetFile(file, buffer_size=BUFFER, pre_buffer=False)
        form = _form_of(name, table.schema_arrow)
        if form.kind is Kind.BOOK:
            yield no_rows(form)
            return
        before = 0
        for batch in table.iter_batches(rows, columns=_needed(form), use_threads=False):
            yield _part(form, batch, before, interval_ns, sorting)
            before += batch.num_rows
    except (OSError, pa.ArrowException) as error:
        raise UsageError(f"{name} can't be read: {error}") from error


def _form_of(name: str, schema: Any) -> Form:
    """The form whose columns are there, whatever else is; times that are dates are nanoseconds."""
    import pyarrow as pa

    for form in (OWN, *sorted(FORMS, key=lambda form: form.kind is not Kind.BOOK)):
        if set(_needed(form)) <= set(schema.names):
            is_dated = pa.types.is_timestamp(schema.field(form.columns[0]).type)
            return replace(form, time_us=1e-3) if is_dated else form
    known = "; ".join(",".join(_needed(form)) for form in (OWN, *FORMS) if form.kind is not Kind.BOOK)
    raise UsageError(f"{name}: columns {','.join(schema.names)[:80]} are in no known form. Known are: {known}")


def _needed(form: Form) -> Sequence[str]:
    if form.kind is Kind.BOOK:
        return form.columns
    return [form.columns[place] for place in (0, *form.prices, *form.amounts)]


def _part(form: Form, batch: Any, before: int, interval_ns: int, sorting: Sorting) -> Rows:
    times = _times(form, batch.column(0))
    values = np.column_stack([_floats(column) for column in batch.columns[1:]])
    faults: Faults = {}
    where = np.arange(before + 1, before + 1 + batch.num_rows)
    good = believed(form, times, values, where, faults, sorting)
    return rows_of(form, _nanoseconds(form, times[good]), values[good], interval_ns, faults, sorting.word)


def _times(form: Form, column: Any) -> Ints | Floats:
    """In the form's unit; whole numbers stay whole, and what is missing is 0."""
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("ns", column.type.tz)).cast(pa.int64())
    if pa.types.is_integer(column.type):
        # Casting and filling import as much again as reading does, and mostly there is nothing to do.
        column = column if column.type == pa.int64() else column.cast(pa.int64())
        whole: Ints = (column.fill_null(0) if column.null_count else column).to_numpy()
        return whole
    return _floats(column, is_safe=True)


def _floats(column: Any, *, is_safe: bool = False) -> Floats:
    import pyarrow as pa

    column = column if column.type == pa.float64() else column.cast(pa.float64(), safe=is_safe)
    numbers: Floats = column.to_numpy(zero_copy_only=False)
    return numbers


def _nanoseconds(form: Form, times: Ints | Floats) -> Ints:
    if np.issubdtype(times.dtype, np.integer):
        return times.astype(np.int64) * round(form.time_us * 1000)
    return np.rint(times * form.time_us).astype(np.int64) * 1000
