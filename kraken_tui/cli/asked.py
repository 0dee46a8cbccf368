"""What the command line asks of an engine, and which combinations make no sense."""

from pathlib import Path

from msgspec import Struct

from kraken_tui.model.errors import UsageError


class Asked(Struct, frozen=True, kw_only=True):
    """The options of `kraken-tui` itself."""

    home: Path
    market: str | None
    """kraken, demo, the absolute path of a recording, or None: what `config.json` says."""
    no_ui: bool
    as_json: bool
    duration: float | None
    """Seconds of the engine's time."""
    speed: float
    seed: int | None
    live: bool = False
    """Real money was asked for; MODE must say LIVE too."""
    detached: bool
    """Started by another kraken-tui: nobody reads what is printed."""
    keys_fd: int | None = None
    """The pipe through which the one that started this one hands its keys on."""

    @property
    def names_only_a_home(self) -> bool:
        """Whether nothing was asked that only starting an engine can do."""
        return not (self.no_ui or self.as_json or self.detached) and len(self.arguments()) == 3

    def arguments(self) -> list[str]:
        """The command line that asks an engine without a screen for the same."""
        words = ["--no-ui", "--home", str(self.home)]
        options = {"--market": self.market, "--duration": self.duration, "--seed": self.seed}
        for name, value in options.items():
            words += [name, str(value)] if value is not None else []
        words += ["--live"] if self.live else []
        return words + (["--speed", str(self.speed)] if self.speed != 1 else [])


def market_of(market: str | None, demo: bool) -> str | None:
    """The market that --market and --demo name; a recording as an absolute path.

    Raises:
        UsageError: they name two, or there is no such file or folder.
    """
    if demo and market not in (None, "demo"):
        raise UsageError(f"--demo and --market {market} name two markets; give one")
    if demo or market in (None, "kraken", "demo"):
        return "demo" if demo else market
    path = Path(market)
    if not path.exists():
        raise UsageError(f"--market {market}: not kraken, not demo, and there is no such file or folder")
    return str(path.resolve())


def check(asked: Asked) -> None:
    """Refuse what can't be meant.

    Raises:
        UsageError: says which options, and what would be right.
    """
    if asked.as_json and not asked.no_ui:
        raise UsageError("--json needs --no-ui: a screen and a JSON object can't share the terminal")
    if asked.duration is not None and not 0 < asked.duration < float("inf"):
        raise UsageError(f"--duration is {asked.duration:g}; it must be a number of seconds above 0")
    if not asked.speed > 0:
        raise UsageError(f"--speed is {asked.speed:g}; it must be above 0 (1 is real time, inf does not wait)")
    if asked.market is not None:
        check_market(asked, asked.market)


def check_market(asked: Asked, market: str) -> None:
    """Refuse options that this market can't serve; `market` may come from `config.json`.

    Raises:
        UsageError: a live market can't be sped up, and only the demo is made from a seed.
    """
    if asked.speed != 1 and market == "kraken":
        raise UsageError("--speed needs --demo or a recorded --market: Kraken's prices come at their own speed")
    if asked.seed is not None and market != "demo":
        raise UsageError("--seed needs --demo: only the demo market is made from a seed")
