"""The command door: every command is done once, answered, and written down, whatever becomes of it."""

from pathlib import Path

import msgspec

from kraken_tui.clock import PacedClock
from kraken_tui.execution.commands import CommandDoor
from kraken_tui.model.command import CommandResult, Flatten, Pause, Resume, Stop
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.store.journal import Journal


async def test_results_refusals_and_the_unknown_all_have_their_audit_row(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "journal.db", "paper")
    door = CommandDoor(journal, PacedClock(7))

    async def done(command: Pause, author: str) -> CommandResult:
        return CommandResult(ok=True, lines=(f"done for {author}",))

    async def refused(command: Resume, author: str) -> CommandResult:
        raise SafetyRefusal("not now")

    async def broken(command: Flatten, author: str) -> CommandResult:
        raise OSError(28, "No space left on device")

    for kind, handler in ((Pause, done), (Resume, refused), (Flatten, broken)):
        door.register(kind, handler)
    results = [await door.execute("jimmy", command) for command in (Pause(), Resume(), Flatten(), Stop())]
    assert [result.ok for result in results] == [True, False, False, False]
    assert results[0].lines == ("done for jimmy",)
    assert "not now" in results[1].lines[0]
    assert "No space" in results[2].lines[0]
    assert "does not know Stop" in results[3].lines[0]
    query = "SELECT author, command, result, time_ns FROM commands ORDER BY id"
    rows = await journal._database.query(query)
    assert [row[0] for row in rows] == ["jimmy"] * 4
    assert [msgspec.json.decode(row[1])["type"] for row in rows] == ["Pause", "Resume", "Flatten", "Stop"]
    assert [msgspec.json.decode(row[2])["ok"] for row in rows] == [True, False, False, False]
    assert {row[3] for row in rows} == {7}
    await journal.close()
