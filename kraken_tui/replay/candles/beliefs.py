"""What is believed of each ticker after each of its candles, compiled; as `strategy/regimes.py`'s `after_all`."""

from kraken_tui.replay.candles.bits import Maps, is_set, next_clear, set_all
from kraken_tui.replay.candles.compiling import loop
from kraken_tui.scanner.compiled import part
from kraken_tui.scanner.inputs import Vector


@loop
def believe_all(seen: Maps, ends: Vector, hysteresis: int, memory: int, believed: Maps) -> None:
    """Fill `believed`, run after run of candles of one regime.

    Args:
        seen: [regime, word]: which candles are of which; each is of one.
        ends: where each ticker's candles end.
        hysteresis: how often in a row a regime is seen before it is believed.
        memory: candles after which one that was not seen is forgotten.
        believed: [regime, word], all 0: to be filled with the candles after which which is believed.
    """
    begin = 0
    for i in range(ends.size):
        kept, since, forgotten, t = 0, 0, 0, begin
        while t < ends[i]:
            regime = regime_of(seen, t)
            end = next_clear(seen[regime], t, ends[i])
            if end - t >= hysteresis:
                sure = t + hysteresis - 1
                set_all(believed[kept], since, min(sure, forgotten))
                kept, since, forgotten = regime, sure, end - 1 + memory
            t = end
        set_all(believed[kept], since, min(ends[i], forgotten))
        begin = ends[i]


@part
def regime_of(maps: Maps, t: int) -> int:
    """The regime of a candle; 0 where it is of none."""
    regime = int(maps.shape[0]) - 1
    while regime > 0 and not is_set(maps[regime], t):
        regime -= 1
    return regime
