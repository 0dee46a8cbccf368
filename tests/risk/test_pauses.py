"""Pauses of a part of the market, or with an end."""

from datetime import UTC

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.config.moments import moment_ns
from kraken_tui.model.evaluation import Check
from kraken_tui.risk.pauses import PartPause, Pauses

NOON = moment_ns("2026-11-20 12:00", UTC)
MONDAY = moment_ns("2026-11-23", UTC)
PASSED = Check("limits", True, "2 trades today")
PARTS = st.sampled_from(["", "Memes", "Majors", "DOGE/USD", "BTC/USD"])
ROWS = st.builds(PartPause, only=PARTS, until_ns=st.sampled_from([0, NOON, NOON + SECOND, MONDAY]))


def test_a_group_is_paused_until_its_moment_and_nothing_else_is() -> None:
    pauses = Pauses(UTC)
    pauses.pause(PartPause("Memes", MONDAY))
    assert pauses.why("DOGE/USD", "Memes", NOON) == "entries into Memes are paused until 2026-11-23 00:00:00 UTC"
    assert pauses.why("BTC/USD", "Majors", NOON) == "" and pauses.everything(NOON) == ""
    assert pauses.why("DOGE/USD", "Memes", MONDAY) == ""
    check = pauses.check(PASSED, "DOGE/USD", "Memes", NOON)
    assert not check.ok and check.name == "limits" and "Memes are paused" in check.text
    assert pauses.check(PASSED, "BTC/USD", "Majors", NOON) is PASSED
    assert pauses.drop_ended(NOON) == () and pauses.drop_ended(MONDAY) == (PartPause("Memes", MONDAY),)
    assert pauses.rows == ()


def test_a_limit_that_blocks_already_goes_on_blocking() -> None:
    full = Check("limits", False, "6 of 6 trades of the day are made")
    pauses = Pauses(UTC)
    assert pauses.check(full, "BTC/USD", "Majors", NOON) is full
    pauses.pause(PartPause("BTC/USD"))
    assert not pauses.check(full, "BTC/USD", "Majors", NOON).ok


@given(st.permutations([PartPause("Memes", NOON + SECOND), PartPause("Memes", MONDAY), PartPause("Memes")]))
def test_no_pause_shortens_another(rows: list[PartPause]) -> None:
    """A pause may be asked for by who may not resume, such as an assistant that acts by itself."""
    pauses = Pauses(UTC)
    for place, row in enumerate(rows):
        held = pauses.pause(row)
        longest = max((one.until_ns or 1 << 63) for one in rows[: place + 1])
        assert (held.until_ns or 1 << 63) == longest and pauses.rows == (held,)


@pytest.mark.parametrize("until_ns", [-5, 1 << 63, 10**30])
def test_an_end_that_is_none_is_refused_also_where_it_is_read(until_ns: int) -> None:
    with pytest.raises(ValueError, match="no moment at which a pause could end"):
        PartPause("Memes", until_ns)
    with pytest.raises(msgspec.ValidationError, match="no moment"):
        msgspec.json.decode(b'{"only": "", "until_ns": %d}' % until_ns, type=PartPause)


def test_resume_ends_one_or_all() -> None:
    pauses = Pauses(UTC)
    pauses.pause(PartPause("Memes"))
    pauses.pause(PartPause("", MONDAY))
    assert "until 2026-11-23" in pauses.everything(NOON)
    assert pauses.resume("Majors") == () and len(pauses.rows) == 2
    assert pauses.resume("Memes") == (PartPause("Memes"),)
    assert len(pauses.resume()) == 1 and pauses.everything(NOON) == ""


@given(st.lists(ROWS, max_size=8), st.sampled_from([NOON - SECOND, NOON, MONDAY + SECOND]))
def test_nothing_but_what_is_paused_is_kept_out(rows: list[PartPause], now_ns: int) -> None:
    pauses = Pauses(UTC)
    for row in rows:
        pauses.pause(row)
    held = {row.only for row in rows if not row.until_ns or row.until_ns > now_ns}
    assert bool(pauses.why("DOGE/USD", "Memes", now_ns)) == bool(held & {"", "Memes", "DOGE/USD"})
    assert bool(pauses.everything(now_ns)) == ("" in held)
    assert len(pauses.lines(now_ns)) == len(held)
    pauses.drop_ended(now_ns)
    assert {row.only for row in pauses.rows} == held
