"""What the settings of notifications may be: numbers, hours, addresses, and which event goes where."""

import re
from typing import Annotated, Literal, get_args
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator

from kraken_tui.config.moments import zone_of

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

NotifyEvent = Literal["entry", "exit", "stop", "kill_switch", "unknown", "engine_down", "report", "alert"]
"""What can be told; `engine_down` is its return as well."""
NotifyChannel = Literal["sms", "webhook", "bell"]

EVERYWHERE: dict[NotifyEvent, list[NotifyChannel]] = {event: ["sms", "webhook"] for event in get_args(NotifyEvent)}
URGENT: list[NotifyEvent] = ["kill_switch", "engine_down"]
"""What may ring at night by default."""

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_SERVICE = re.compile(r"MG[0-9a-f]{32}", re.ASCII)
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}", re.ASCII)
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


def _phone(text: str) -> str:
    if not _PHONE.fullmatch(text):
        raise ValueError(f"{text!r} is no phone number; + and the country code, then digits alone: +4915112345678")
    return text


def _sender(text: str) -> str:
    if not any(form.fullmatch(text) for form in (_PHONE, _SERVICE, _NAME)):
        raise ValueError(
            f"{text!r} sends no SMS; a Twilio number such as +15005550006, a messaging service (MG and 32 hexadecimal "
            "digits) or a name of at most 11 letters, digits and spaces does"
        )
    return text


def _day_time(text: str) -> str:
    if not _TIME.fullmatch(text):
        raise ValueError(f"{text!r} is no time of day; one such as 20:00 is right")
    return text


def _quiet(text: str) -> str:
    begin, dash, end = text.partition("-")
    if not dash or not _TIME.fullmatch(begin) or not _TIME.fullmatch(end):
        raise ValueError(f"{text!r} are no quiet hours; such as 22:00-07:00 are right")
    if begin == end:
        raise ValueError(f"{text!r} is all day; leave events out of NOTIFY_EVENTS instead")
    return text


def _zone(text: str) -> str:
    zone_of(text)
    return text


def _twilio(url: str) -> str:
    """Whoever else answered there would be handed the token."""
    parts = split_url(url)
    host = (parts.hostname or "") if parts is not None else ""
    is_theirs = parts is not None and parts.scheme == "https" and host.endswith(".twilio.com")
    if parts is None or not (is_theirs or is_loopback(parts)) or parts.path.strip("/") or parts.query:
        raise ValueError(f"{_shown(url)} is not Twilio's; https://api.twilio.com is, or http:// on 127.0.0.1")
    return url


def _webhook(url: str) -> str:
    parts = split_url(url)
    if parts is None or not (parts.scheme == "https" or is_loopback(parts)):
        raise ValueError(f"{_shown(url)} is no webhook; it should begin with https://, or be http:// on 127.0.0.1")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a name and a password have no place in a webhook's URL; KRAKEN_TUI_WEBHOOK_TOKEN in .env has")
    return url


def split_url(url: str) -> SplitResult | None:
    """Its parts; None where it has no host or an impossible port."""
    try:
        parts = urlsplit(url)
        return parts if parts.hostname and (parts.port is None or parts.port > 0) else None
    except ValueError:
        return None


def is_loopback(parts: SplitResult) -> bool:
    """Whether it is plain HTTP on this machine."""
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def _shown(url: str) -> str:
    """Without what may be a password."""
    return repr(url if len(url) <= 60 and "@" not in url else f"{url.partition('//')[0]}//…")


Phone = Annotated[str, AfterValidator(_phone)]
Sender = Annotated[str, AfterValidator(_sender)]
DayTime = Annotated[str, AfterValidator(_day_time)]
QuietHours = Annotated[str, AfterValidator(_quiet)]
Zone = Annotated[str, AfterValidator(_zone)]
TwilioUrl = Annotated[str, AfterValidator(_twilio)]
WebhookUrl = Annotated[str, AfterValidator(_webhook)]
