"""Which books belong to which market, and which runs go on or begin anew."""

from pathlib import Path

import pytest

from kraken_tui.clock import SECOND, SEEDED_START_NS
from kraken_tui.config.home import Home
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.runtime.world import DemoWorld, enter_demo, name_of


def demo_home(root: Path) -> Home:
    return Home(root).in_world("demo")


def test_each_world_has_its_own_books_and_kraken_has_the_modes_own(tmp_path: Path) -> None:
    assert Home(tmp_path).books == tmp_path / "state" / "paper"
    assert demo_home(tmp_path).ledger == tmp_path / "state" / "paper" / "demo" / "paper_ledger.json"
    assert demo_home(tmp_path).lock == Home(tmp_path).lock
    assert [name_of(market) for market in ("kraken", "demo", "/x/kraken ticks/")] == [
        "",
        "demo",
        "recorded-kraken_ticks",
    ]


def test_an_unseeded_demo_goes_on_where_it_stopped(tmp_path: Path) -> None:
    home = demo_home(tmp_path)
    first = enter_demo(home, None, wall_ns=5 * SECOND)
    assert (first.start_ns, first.now_ns) == (5 * SECOND, 5 * SECOND)
    first.save(home, 65 * SECOND)
    assert enter_demo(home, None, wall_ns=10**6 * SECOND) == DemoWorld(first.seed, 5 * SECOND, 65 * SECOND)


def test_a_seed_begins_anew_at_a_fixed_time_and_sets_the_last_books_aside(tmp_path: Path) -> None:
    home = demo_home(tmp_path)
    enter_demo(home, None, wall_ns=5 * SECOND).save(home, 6 * SECOND)
    home.ledger.write_text("{}")
    assert enter_demo(home, 7, wall_ns=9 * SECOND) == DemoWorld(7, SEEDED_START_NS, SEEDED_START_NS)
    assert not home.books.exists()
    assert (home.books.with_name("demo.previous") / "paper_ledger.json").read_text() == "{}"


@pytest.mark.parametrize("text", ["not json", '{"seed":1,"start_ns":9,"now_ns":3}', "[" * 100_000])
def test_a_damaged_world_file_is_refused_and_nothing_is_moved(tmp_path: Path, text: str) -> None:
    home = demo_home(tmp_path)
    home.books.mkdir(parents=True)
    (home.books / "world.json").write_text(text)
    home.ledger.write_text("precious")
    with pytest.raises(SafetyRefusal, match=r"world\.json"):
        enter_demo(home, None, wall_ns=SECOND)
    assert home.ledger.read_text() == "precious"
