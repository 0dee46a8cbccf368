"""Lets LIVE in: what must be written and confirmed, then what Kraken tells of key, clock, fees and pairs."""

from collections.abc import Mapping, Sequence

from kraken_tui.clock import Clock
from kraken_tui.config.home import Home, Mode
from kraken_tui.config.keys import Keys, hold_dotenv, read_keys
from kraken_tui.config.live_gate import WORD_NAME, local_faults, missing_words
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.live.start_check import Asked, StartCheck, check
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.model.instrument import Instrument
from kraken_tui.runtime.options import EngineOptions


def keys_for(options: EngineOptions, home: Home, settings: Settings, environ: Mapping[str, str]) -> Keys | None:
    """The keys to trade with; None on paper, where none are read.

    Args:
        options: with the operator's two words.
        home: in the mode of `settings`.
        settings: the home's.
        environ: where keys may be; else `.env` has them.

    Raises:
        SafetyRefusal: LIVE lacks something, all of it named; or `--live` was given and MODE is PAPER.
    """
    if home.mode == Mode.PAPER:
        if options.live:
            raise SafetyRefusal(f"--live is given, and MODE is PAPER in {home.config}: nothing was started")
        return None
    market = options.market or settings.MARKET
    faults = missing_words(options.live, options.word) + local_faults(home, settings, market)
    hold_dotenv(home)
    try:
        keys = read_keys(home, environ)
    except SafetyRefusal as error:
        faults.append(str(error))
    if faults:
        raise SafetyRefusal("\n".join(["MODE LIVE does not start:", *faults]))
    return keys


async def admit(
    client: Asked, settings: Settings, instruments: Sequence[Instrument], clock: Clock, word: str
) -> StartCheck:
    """The check at the start, passed.

    Args:
        client: of the account that is to be traded.
        settings: LIVE's.
        instruments: the pairs that are to be scanned.
        clock: the engine's.
        word: what the operator typed.

    Raises:
        SafetyRefusal: something keeps LIVE from starting, or another account was confirmed than the keys belong to.
        ExchangeUnreachable: Kraken does not answer.
    """
    found = await check(client, settings, instruments, clock)
    refuse_blocked(found, settings)
    if word != found.account:
        raise SafetyRefusal(
            f"{word} was confirmed, and the keys are {found.account}'s: nothing was started; "
            f"type {found.account} on a terminal, or set {WORD_NAME} to it"
        )
    return found


def refuse_blocked(found: StartCheck, settings: Settings) -> None:
    """Pass, or say why not.

    Raises:
        SafetyRefusal: names everything that keeps LIVE from starting.
    """
    if blocked := found.blocking(settings):
        lines = [f"{row.what}: {row.detail}" for row in blocked]
        raise SafetyRefusal("\n".join(["MODE LIVE does not start:", *lines]))
