"""A fresh paper account as arrays: nothing of one run is left in the next one's."""

import numpy as np

from kraken_tui.config.instruments import load_instruments
from kraken_tui.config.settings import Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.replay.fast.paper_books import FEE, MEASURES
from kraken_tui.replay.fast.paper_gate import Around
from kraken_tui.replay.fast.paper_opening import books_of
from kraken_tui.replay.fast.paper_rows import Rule, Term
from kraken_tui.replay.fast.paper_size import MOST_SPREAD

INSTRUMENTS = tuple(load_instruments().values())[:3]
SETTINGS = Settings(HEAT_GROUPS={"Majors": {"trades": 2, "exposure": 50}})


def around(
    settings: Settings = SETTINGS, config: TradingConfig | None = None, group: str = "", *, measures: bool = True
) -> Around:
    return Around(
        instruments=INSTRUMENTS, groups=("", group, ""), settings=settings, config=config or TradingConfig(),
        measures=measures,
    )  # fmt: skip


def test_what_one_run_changes_is_fresh_in_the_next() -> None:
    first, fresh = books_of(around()), books_of(around())
    for array in first:
        array[...] = 77
    for name, array in books_of(around())._asdict().items():
        assert np.array_equal(array, getattr(fresh, name)), name
        assert array.flags.c_contiguous and array.flags.writeable


def test_an_account_is_that_of_its_own_run() -> None:
    plain = books_of(around())
    dear = books_of(around(Settings.model_validate({**SETTINGS.model_dump(), "PAPER_TAKER_FEE": "0.8"})))
    assert dear.sizing[FEE] == 2 * plain.sizing[FEE]
    assert books_of(around()).sizing[FEE] == plain.sizing[FEE]
    narrow = books_of(around(config=TradingConfig(MAX_SPREAD=0.01, DENY=["XBT/USD"]), measures=False))
    assert (narrow.sizing[MOST_SPREAD], narrow.sizing[MEASURES], narrow.rules[Rule.ASKS]) == (0.01, 0.0, 1)
    again = books_of(around())
    assert (again.sizing[MOST_SPREAD], again.sizing[MEASURES]) == (TradingConfig().MAX_SPREAD, 1.0)
    assert again.rules[Rule.ASKS] == 0
    assert books_of(around(group="Majors")).terms[Term.GROUP].tolist() == [0, 1, 0]
    assert plain.terms[Term.GROUP].tolist() == [0, 0, 0]
