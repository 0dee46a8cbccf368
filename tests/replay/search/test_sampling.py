"""What is asked for depends on the seed and on the answers, and on nothing else."""

from kraken_tui.replay.search.parameters import Parameter, Values, parameters_for
from kraken_tui.replay.search.sampling import BATCH, Ask, Sampler, first_values

PARAMETERS = parameters_for(["scanner"], ["VELOCITY_THRESHOLD=0.1..1:0.1", "DECAY_SCANS=5..50:5", "ATR_MULTIPLE=1..4"])


def answered(seed: int, first: Values | None = None, fails: bool = False) -> list[Ask]:
    sampler, asks = Sampler(PARAMETERS, seed, first), list[Ask]()
    for most in (100, 100, 100, 100, 3):
        batch = sampler.ask(most)
        sampler.tell([None if fails and ask.number % 3 == 0 else -abs(ask.points[0] - 0.5) for ask in batch])
        asks += batch
    return asks


def test_the_same_seed_asks_the_same() -> None:
    for fails in (False, True):
        assert answered(3, fails=fails) == answered(3, fails=fails)
    assert answered(3) != answered(4)
    assert [ask.number for ask in answered(3)] == list(range(4 * BATCH + 3))


def test_present_values_come_first_where_they_can() -> None:
    present: Values = {"VELOCITY_THRESHOLD": 0.3, "DECAY_SCANS": 45, "ATR_MULTIPLE": 2.0}
    first = first_values(PARAMETERS, present)
    assert first == present and answered(1, first)[0].values == present
    for name, value in (("DECAY_SCANS", 44), ("ATR_MULTIPLE", 9.0), ("VELOCITY_THRESHOLD", 0.35)):
        assert first_values(PARAMETERS, {**present, name: value}) is None


def test_good_places_are_tried_more_often() -> None:
    asks = answered(5)
    off = [abs(ask.points[0] - 0.5) for ask in asks]
    assert sum(off[-BATCH - 3 :]) / (BATCH + 3) < sum(off[:16]) / 16


def test_every_value_is_within_its_bounds() -> None:
    def within(row: Parameter, ask: Ask) -> bool:
        return row.point(ask.values[row.name]) is not None

    assert all(within(row, ask) for ask in answered(6) for row in PARAMETERS)
