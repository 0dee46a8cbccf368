"""A home's channels and choices, from its settings and keys; and the dispatcher over them."""

from collections.abc import Callable, Mapping
from datetime import tzinfo

from kraken_tui.clock import Clock
from kraken_tui.config.home import Home
from kraken_tui.config.moments import zone_of
from kraken_tui.config.notify_keys import read_twilio, read_webhook_token
from kraken_tui.config.settings import Settings
from kraken_tui.model.errors import SafetyRefusal
from kraken_tui.notify.bell import Bell
from kraken_tui.notify.channel import Channel
from kraken_tui.notify.deliveries import Deliveries
from kraken_tui.notify.dispatcher import Dispatcher
from kraken_tui.notify.hours import quiet_of
from kraken_tui.notify.messages import Place, Rules
from kraken_tui.notify.sms import Sms
from kraken_tui.notify.webhook import Webhook

ENGINE, GUARD, TEST = "e", "g", "t"
"""Who writes into the book of messages."""


def wanted(settings: Settings) -> set[str]:
    """The channels that some event goes to and that have somewhere to go."""
    named: set[str] = {channel for channels in settings.NOTIFY_EVENTS.values() for channel in channels}
    there = {"bell"} | ({"sms"} if settings.NOTIFY_SMS_TO else set())
    return named & (there | ({"webhook"} if settings.NOTIFY_WEBHOOK_URL else set()))


def make_channel(name: str, home: Home, settings: Settings, environ: Mapping[str, str]) -> Channel:
    """One of them, with its keys.

    Raises:
        SafetyRefusal: its keys, or its settings, are missing or wrong; says which and what would be right.
    """
    if name == "sms":
        if not settings.NOTIFY_SMS_TO or settings.NOTIFY_SMS_FROM is None:
            raise SafetyRefusal(
                "NOTIFY_SMS_TO and NOTIFY_SMS_FROM are not written in config.json: a list of numbers such as "
                '["+4915112345678"], and the Twilio number that sends'
            )
        return Sms(read_twilio(home, environ), settings.NOTIFY_SMS_FROM, settings.NOTIFY_TWILIO_URL)
    if name == "webhook":
        if settings.NOTIFY_WEBHOOK_URL is None:
            raise SafetyRefusal("NOTIFY_WEBHOOK_URL is not written in config.json: an address such as https://…")
        return Webhook(settings.NOTIFY_WEBHOOK_URL, read_webhook_token(home, environ))
    return Bell(environ)


def make_channels(home: Home, settings: Settings, environ: Mapping[str, str]) -> tuple[dict[str, Channel], list[str]]:
    """All that are wanted, and what keeps the others from being used."""
    made: dict[str, Channel] = {}
    faults: list[str] = []
    for name in sorted(wanted(settings)):
        try:
            made[name] = make_channel(name, home, settings, environ)
        except SafetyRefusal as error:
            faults.append(f"{name} is not sent: {error}")
    return made, faults


def operators_zone(settings: Settings) -> tzinfo:
    """The zone of quiet hours and of the daily report."""
    return zone_of(settings.NOTIFY_TIMEZONE or settings.RESET_TIMEZONE)


def places_of(name: str, settings: Settings) -> tuple[Place, ...]:
    """Where a channel goes: each phone number is a place of its own."""
    return tuple((name, number) for number in settings.NOTIFY_SMS_TO) if name == "sms" else ((name, ""),)


def rules_of(settings: Settings, label: str, channels: Mapping[str, Channel]) -> Rules:
    """The operator's choices, as far as there are channels for them."""
    where = {name: places_of(name, settings) for name in channels}
    places = {
        str(kind): tuple(place for name in dict.fromkeys(names) for place in where.get(name, ()))
        for kind, names in settings.NOTIFY_EVENTS.items()
    }
    return Rules(
        places={**places, "test": tuple(place for each in where.values() for place in each)},
        label=label, quiet=quiet_of(settings.NOTIFY_QUIET, operators_zone(settings)),
        breaks_quiet=frozenset(settings.NOTIFY_BREAKS_QUIET), per_hour=settings.NOTIFY_PER_HOUR,
    )  # fmt: skip


def label_of(home: Home, market: str) -> str:
    """What begins each message: the mode, and the market where it is not Kraken's."""
    name = "" if market == "kraken" else f" {market}"
    return f"kraken-tui {home.mode.upper()}{name}:"


async def open_dispatcher(
    home: Home,
    settings: Settings,
    channels: Mapping[str, Channel],
    *,
    market: str,
    clock: Clock,
    say: Callable[[str], None],
    problem: Callable[[str], None],
    owner: str,
) -> Dispatcher:
    """A dispatcher over `channels`, with the book of messages of this home and mode.

    Args:
        home: in its mode.
        settings: the home's.
        channels: by name.
        market: what the engine trades on.
        clock: the wall's.
        say: told what was given up.
        problem: told what is wrong with the book, and `""` once it is mended.
        owner: ENGINE, GUARD or TEST.
    """
    try:
        book = await Deliveries.open(home.notifications, home.mode, problem)
    except SafetyRefusal as error:
        problem(f"messages are sent, and not written down: {error}")
        book = None
    rules = rules_of(settings, label_of(home, market), channels)
    return Dispatcher(rules, channels, book, clock, say, owner=owner)
