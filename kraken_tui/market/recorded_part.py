"""What of a recording is played: some pairs, some time, and against whom."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from kraken_tui.clock import iso
from kraken_tui.market.recorded_files import Source, Window
from kraken_tui.model.errors import UsageError


class Part(Struct, frozen=True, kw_only=True):
    """A part; what is left open is all there is. Rows from before it are its past.

    A recording can be told which way its only trader stands in a pair: +1 long, -1 short, 0 flat. Candles go against
    him first then; see `recorded_path`.
    """

    symbols: tuple[str, ...] = ()
    begin_ns: int | None = None
    end_ns: int | None = None
    side_of: Callable[[str], int] | None = None
    tell: Callable[[int, int], None] | None = None
    """Told the first and the last time that will be played."""
    warn: Callable[[str], None] | None = None
    """Told what of a file was skipped, besides the log."""

    def sources(self, found: Sequence[Source]) -> list[Source]:
        """The files of its pairs.

        Raises:
            UsageError: a pair was not recorded.
        """
        there = {source.symbol for source in found}
        if missing := [symbol for symbol in self.symbols if symbol not in there]:
            raise UsageError(f"{', '.join(missing)}: not in this recording, which holds {', '.join(sorted(there))}")
        return [source for source in found if not self.symbols or source.symbol in self.symbols]

    def windows(self, windows: Sequence[Window]) -> tuple[Window, ...]:
        """What of recorded sessions lies in it.

        Raises:
            UsageError: nothing does.
        """
        begin_ns = windows[0][0] if self.begin_ns is None else self.begin_ns
        end_ns = windows[-1][1] if self.end_ns is None else self.end_ns
        cut = [(max(begin, begin_ns), min(end, end_ns)) for begin, end in windows]
        if kept := tuple((begin, end) for begin, end in cut if begin <= end):
            if self.tell is not None:
                self.tell(kept[0][0], kept[-1][1])
            return kept
        whole = f"{iso(windows[0][0])} to {iso(windows[-1][1])}"
        asked = [
            f"{word} {iso(time_ns)}"
            for word, time_ns in (("from", self.begin_ns), ("to", self.end_ns))
            if time_ns is not None
        ]
        raise UsageError(f"nothing was recorded {' '.join(asked)}; the recording has {whole}")


WHOLE = Part()
