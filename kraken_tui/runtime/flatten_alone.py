"""Emergency flatten without an engine: takes the locks that it held, and closes everything of ours itself."""

import contextlib
from collections.abc import Callable, Iterator, MutableMapping
from decimal import Decimal
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from kraken_tui.agent.answers import flatten_lines
from kraken_tui.clock import SECOND, real_sleep, stopwatch_ns
from kraken_tui.config.home import Home, Mode
from kraken_tui.config.keys import Keys, forget_keys, hold_dotenv, read_keys
from kraken_tui.config.live_gate import open_to_others
from kraken_tui.config.load import home_in_mode
from kraken_tui.config.secrets import redactor
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.paper.ledger import Ledger
from kraken_tui.execution.commands import CommandDoor
from kraken_tui.execution.flatten import Flattening
from kraken_tui.model.command import CommandResult, Flatten
from kraken_tui.model.errors import ExchangeError, ExchangeUnreachable, HomeLocked, SafetyRefusal, UsageError
from kraken_tui.runtime.flatten_books import CURRENCY, Books, open_books
from kraken_tui.runtime.lock import only_engine, only_trader
from kraken_tui.runtime.wishes import Wishes, wishes_file, write_wishes
from kraken_tui.store.logs import silence, start_logs

AGAIN_S = 1.0
LOCK_AGAIN_S = 0.1

Say = Callable[[str], None]


class Emergency(Struct, frozen=True, kw_only=True):
    """What is needed to flatten a home without its engine; read before anything is ended or sent."""

    home: Home
    settings: Settings
    keys: Keys | None
    """None on paper."""
    markets: tuple[str, ...]
    """Those whose books may hold something: kraken, or on paper the demo too."""
    masked: Callable[[str], str]


def prepare(root: Path, mode: str | None, environ: MutableMapping[str, str]) -> Emergency:
    """Read settings and keys, and find the books.

    Args:
        root: the home's folder.
        mode: of an engine that runs there and does not answer; None where none runs.
        environ: may hold keys, which are taken out of it.

    Raises:
        UsageError: settings are wrong, or the home has no books: nothing was ever traded there.
        SafetyRefusal: keys are missing, others may write to the home, or the settings are of another mode.
    """
    home, settings = home_in_mode(root, environ, write=False)
    if mode is not None and home.mode != mode:
        raise SafetyRefusal(
            f"the engine of {root} is {mode.upper()}, and {home.config} says {home.mode.upper()}: nothing was closed; "
            "put back the settings that it runs with"
        )
    markets = tuple(name for name, books in _books(home).items() if books.journal.exists())
    if not markets:
        raise UsageError(
            f"no engine runs for {root}, and it has no {home.mode.upper()} books: nothing was closed. Is --home right?"
        )
    keys = None
    if home.mode != Mode.PAPER:
        if faults := open_to_others(home):
            raise SafetyRefusal("\n".join(["nothing was closed:", *faults]))
        hold_dotenv(home)
        keys = read_keys(home, environ)
    masked = redactor(environ)
    forget_keys(environ)
    return Emergency(home=home, settings=settings, keys=keys, markets=markets, masked=masked)


def _books(home: Home) -> dict[str, Home]:
    """By market; a recording begins anew each time, so nothing stays open in it."""
    return {"kraken": home} | ({"demo": home.in_world("demo")} if home.mode == Mode.PAPER else {})


async def flatten_alone(found: Emergency, *, author: str, patience_s: float, say: Say) -> CommandResult:
    """Close everything of ours in every world of the home; it is this one's turn.

    Args:
        found: what `prepare` read.
        author: who asked, for the audit.
        patience_s: how long an exchange that is down, or busy, is asked again.
        say: hears what happens.

    Raises:
        HomeLocked: an engine holds the home, or another program the account.
        ExchangeUnreachable: the exchange did not answer for so long; nothing more is known to be closed.
        SafetyRefusal: the books are damaged.
    """
    until_ns = stopwatch_ns() + int(patience_s * SECOND)
    with only_engine(found.home), _logging(found), contextlib.ExitStack() as held:
        if found.keys is not None:
            await _take_account(found.keys, found.settings, until_ns, held, say)
        results = [await _world(found, market, author, until_ns, say) for market in found.markets]
    lines = tuple(found.masked(line) for result in results for line in result.lines)
    return CommandResult(ok=all(result.ok for result in results), lines=lines)


async def _take_account(keys: Keys, settings: Settings, until_ns: int, held: contextlib.ExitStack, say: Say) -> None:
    """Hold the account's lock; a doctor, say, lets go of it in a while."""
    told = ""
    while True:
        try:
            held.enter_context(only_trader(keys, settings))
        except HomeLocked as error:
            if stopwatch_ns() > until_ns:
                raise
            if not told:
                told = str(error)
                say(f"waiting: {told}")
        else:
            return
        await real_sleep(LOCK_AGAIN_S)


@contextlib.contextmanager
def _logging(found: Emergency) -> Iterator[None]:
    start_logs(found.home.logs, found.settings.LOG_LEVEL, found.masked, to_stderr=False)
    try:
        yield
    finally:
        silence()


async def _world(found: Emergency, market: str, author: str, until_ns: int, say: Say) -> CommandResult:
    """Flatten one world, once its exchange answers."""
    books = _books(found.home)[market]
    said = _pause(books)
    if found.keys is None and not _holds_something(books, found.settings):
        return CommandResult(ok=True, lines=(f"Flat: nothing is open on {market}; entries paused", *said))
    while True:
        try:
            async with open_books(
                found.home, found.settings, found.keys, market, lambda kind, text: say(found.masked(text))
            ) as opened:
                result = await _through_the_door(opened, author, until_ns, say)
                return CommandResult(ok=result.ok, lines=(*result.lines, *said))
        except ExchangeUnreachable as error:
            if stopwatch_ns() > until_ns:
                raise
            say(f"waiting: {found.masked(str(error))}")
        await real_sleep(AGAIN_S)


def _pause(books: Home) -> tuple[str, ...]:
    """Before anything is closed: an engine that starts later must not enter again. Returns what failed."""
    try:
        write_wishes(wishes_file(books), Wishes(paused=True))
    except OSError as error:
        return (f"A restart will not remember that entries are paused: {error}",)
    return ()


def _holds_something(books: Home, settings: Settings) -> bool:
    state = Ledger(books.ledger, settings.PAPER_ACCOUNT, CURRENCY).load()
    return state is not None and bool(state.venue.orders or state.venue.spot or state.venue.margin)


async def _through_the_door(books: Books, author: str, until_ns: int, say: Say) -> CommandResult:
    """As any flatten, so that it has its audit row."""
    door = CommandDoor(books.journal, books.clock)

    async def flatten(command: Flatten, author: str) -> CommandResult:
        return await _until_flat(books, author, until_ns, say)

    door.register(Flatten, flatten)
    return await door.execute(author, Flatten())


async def _until_flat(books: Books, author: str, until_ns: int, say: Say) -> CommandResult:
    trader, told = books.trader, ""
    whole = Flattening(trader.account, trader.brackets, books.instruments)
    while True:
        report = await trader.desk.flatten(reason=f"flatten by {author}", owner=author)
        left = report.left or tuple(await _still_there(books))
        if not left or stopwatch_ns() > until_ns:
            break
        if (text := "; ".join(left)) != told:
            told = text
            say(f"not flat yet: {told}")
        await _passing(books)
    total = replace(whole.report(), left=left, flat=not left, dust=report.dust)
    return CommandResult(ok=total.flat, lines=flatten_lines(total))


async def _passing(books: Books) -> None:
    try:
        await books.wait()
    except (ExchangeError, ExchangeUnreachable):
        await real_sleep(AGAIN_S)


async def _still_there(books: Books) -> list[str]:
    """What the exchange itself still shows of ours, by its stream and by its own lists; a line each."""
    trader = books.trader
    account, owners = trader.account, trader.account.owners
    if not await trader.brackets.read_anew():
        return ["not verified: the exchange does not tell what rests"]
    try:
        orders = await books.exchange.fetch_open_orders()
        positions = await books.exchange.fetch_positions()
    except (ExchangeError, ExchangeUnreachable) as error:
        return [f"not verified: {error}"]
    lines = [f"{symbol}: not flat any more" for symbol in trader.brackets.symbols()
             if not trader.brackets.is_flat(symbol)]  # fmt: skip
    for row in orders:
        parent = str((row.get("info") or {}).get("refid") or "")
        if owners.claim_of(str(row["id"]), row.get("clientOrderId")) or (parent and owners.claim_of(parent)):
            lines.append(f"{row['symbol']}: order {row['id']} is still listed by the exchange")
    ours = {row.symbol for row in account.trades} | {row.symbol for row in account.positions()}
    lines += [
        f"{row['symbol']}: {row['contracts']} on margin are still listed by the exchange"
        for row in positions
        if row["symbol"] in ours and Decimal(str(row["contracts"]))
    ]
    return lines
