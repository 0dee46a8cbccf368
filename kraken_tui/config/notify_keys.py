"""What notifications are sent with: Twilio's account and token, a webhook's token. Read by name, shown to nobody."""

import re
from collections.abc import Mapping
from typing import NoReturn

from kraken_tui.config.home import Home
from kraken_tui.config.keys import private_values
from kraken_tui.config.secrets import hold
from kraken_tui.model.errors import SafetyRefusal

ACCOUNT, TOKEN = TWILIO_NAMES = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
WEBHOOK_TOKEN = "KRAKEN_TUI_WEBHOOK_TOKEN"
_ACCOUNT = re.compile(r"AC[0-9a-f]{32}", re.ASCII)


class TwilioKeys:
    """An account at Twilio with its token, which neither `repr` nor `pickle` shows, and every log masks.

    Args:
        account: AC and 32 hexadecimal digits.
        token: as Twilio's console shows it.

    Raises:
        SafetyRefusal: they can't be Twilio's; says how, without showing the token.
    """

    __slots__ = ("account", "token")

    def __init__(self, account: str, token: str) -> None:
        hold(token)
        if not _ACCOUNT.fullmatch(account):
            raise SafetyRefusal(
                f"{ACCOUNT} has {len(account)} characters that are no account: AC and 32 hexadecimal digits are, "
                "as Twilio's console shows it"
            )
        if len(token) < 16 or not token.isascii() or not token.isalnum():
            raise SafetyRefusal(
                f"{TOKEN} has {len(token)} characters that are no token: copy it as Twilio's console shows it"
            )
        self.account = account
        self.token = token

    def __repr__(self) -> str:
        """Says nothing."""
        return "TwilioKeys(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are not written anywhere")


def read_twilio(home: Home, environ: Mapping[str, str]) -> TwilioKeys:
    """Twilio's keys from `environ`, or else from the home's `.env`, which nobody else may read.

    Raises:
        SafetyRefusal: one or both are missing or wrong, or `.env` is not ours alone.
    """
    told, where = environ, "the environment"
    if not any(environ.get(name) for name in TWILIO_NAMES):
        told, where = private_values(home, TWILIO_NAMES), str(home.env)
    missing = [name for name in TWILIO_NAMES if not told.get(name)]
    if len(missing) == len(TWILIO_NAMES):
        raise SafetyRefusal(
            f"{' and '.join(missing)} are missing: write both into {home.env} (chmod 600), or into the environment"
        )
    if missing:
        raise SafetyRefusal(f"{missing[0]} is missing: {where} has only the other one; both belong in one place")
    return TwilioKeys(told[ACCOUNT].strip(), told[TOKEN].strip())


def read_webhook_token(home: Home, environ: Mapping[str, str]) -> str:
    """What a webhook is to be shown as bearer token; empty where none is written.

    Raises:
        SafetyRefusal: `.env` is not ours alone, or it is no token.
    """
    token = (environ.get(WEBHOOK_TOKEN) or private_values(home, (WEBHOOK_TOKEN,)).get(WEBHOOK_TOKEN, "")).strip()
    if not (token.isascii() and (token.isprintable() and " " not in token)):
        raise SafetyRefusal(f"{WEBHOOK_TOKEN} has characters that no header takes: letters, digits and signs are right")
    hold(token)
    return token
