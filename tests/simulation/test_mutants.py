"""The broken engines that `make simulate-mutants` hunts: every patch fits, and what is hunted is found."""

from pathlib import Path

import pytest

from tests.simulation.mutants.__main__ import hunt
from tests.simulation.mutants.patches import PROGRAM, Mutant, NoLongerApplies, break_copy, mutants

MUTANTS = {mutant.name: mutant for mutant in mutants()}


def test_there_are_enough() -> None:
    assert len(MUTANTS) >= 10


@pytest.mark.parametrize("name", MUTANTS)
def test_every_patch_applies_and_leaves_sound_python(name: str, tmp_path: Path) -> None:
    break_copy(MUTANTS[name], tmp_path)
    copies = {path: tmp_path / path.relative_to(PROGRAM.parent) for path in PROGRAM.rglob("*.py")}
    changed = [copy for path, copy in copies.items() if copy.read_bytes() != path.read_bytes()]
    assert changed
    for copy in changed:
        compile(copy.read_text(), str(copy), "exec")


def test_a_patch_that_no_longer_applies_is_told(tmp_path: Path) -> None:
    name = "never_syncs_the_journal"
    stale = tmp_path / f"{name}.patch"
    stale.write_text(MUTANTS[name].patch.read_text().replace("synchronous=FULL", "synchronous=SOMETIMES"))
    with pytest.raises(NoLongerApplies, match=f"{name}.patch no longer applies"):
        break_copy(Mutant(name, "", ("none",), stale), tmp_path / "copy")


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["never_syncs_the_journal", "never_cancels_the_other_leg"])
def test_a_broken_engine_is_found(name: str) -> None:
    verdict = hunt(MUTANTS[name], "none", 20)
    assert verdict.what
