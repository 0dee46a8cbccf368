"""The last look of a schedule: the journal as the next engine finds it, against what the exchange did."""

from __future__ import annotations

from kraken_tui.clock import SECOND, Generator
from kraken_tui.execution.order_gateway import DEADLINE_S
from kraken_tui.simulation.engine import JOURNAL, MODE
from kraken_tui.simulation.invariants import Invariants
from kraken_tui.simulation.loop_database import opener
from kraken_tui.simulation.world import World
from kraken_tui.store.journal import Journal

DECLINED = """
SELECT client_id FROM intents JOIN outcomes ON intent_id = intents.id
WHERE outcomes.id = (SELECT max(id) FROM outcomes AS later WHERE later.intent_id = intents.id)
AND outcomes.kind = 'declined'
"""
HASTY = f"""
SELECT client_id FROM intents JOIN outcomes ON intent_id = intents.id
WHERE outcomes.kind = 'declined' AND outcomes.time_ns - intents.created_ns < {DEADLINE_S * SECOND}
"""
"""What was written down as not done before the exchange had to stop doing it."""


async def look_into_journal(world: World, invariants: Invariants, chance: Generator) -> None:
    """Tell the invariants what the journal holds, and what of it is wrong.

    Args:
        world: its machine is off.
        invariants: hear of it.
        chance: of the database's.
    """
    machine = world.machine
    journal = await Journal.open(JOURNAL, MODE, opener(machine.disk, chance))
    owners = {id: row.owner for id, row in (await journal.owners()).items() if row.kind == "enter"}
    fills = {fill.id: fill for fill in await journal.fills()}
    invariants.at_the_end(owners)
    # An outcome that could not be written is asked after by the next engine.
    for row in await journal.unsettled() if not world.contents["disk full"] else ():
        invariants.wrong(f"{row.symbol} {row.kind} {row.client_id} has no outcome that is certain")
    database = await opener(machine.disk, chance)(JOURNAL)
    ((unknown,),) = await database.query("SELECT count(*) FROM outcomes WHERE kind = 'unknown'")
    world.contents["unknown outcome"] += unknown
    if not world.contents["disk full"]:
        invariants.none_declined({name for (name,) in await database.query(DECLINED)})
    hasty = {name for (name,) in await database.query(HASTY)}
    for client_id in sorted(hasty & world.exchange.rest.unanswered):
        invariants.wrong(f"{client_id} was journalled as declined, and silence was all the answer")
    invariants.journal_agrees(fills)
    strange = [name for name in machine.disk.files if not name.startswith(str(JOURNAL))]
    if strange:
        invariants.wrong(f"files that are not the sandbox's: {', '.join(strange)}")
