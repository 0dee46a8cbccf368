"""Settings and keys of notifications: a slip is named with what would be right, and no secret is shown."""

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.config.dotenv_lines import values_of
from kraken_tui.config.faults import faults_in
from kraken_tui.config.home import Home
from kraken_tui.config.keys import KEY_NAMES, NOTIFY_NAMES, forget_keys, receive_keys, send_keys
from kraken_tui.config.notify_keys import TwilioKeys, read_twilio, read_webhook_token
from kraken_tui.config.secrets import redact
from kraken_tui.model.errors import SafetyRefusal

ACCOUNT, TOKEN = "AC" + "0123456789abcdef" * 2, "fedcba9876543210" * 2
KEYS = {"TWILIO_ACCOUNT_SID": ACCOUNT, "TWILIO_AUTH_TOKEN": TOKEN}


@pytest.mark.parametrize(
    ("key", "value", "right"),
    [
        ("NOTIFY_SMS_TO", ["0151 2345678"], "+4915112345678"),
        ("NOTIFY_SMS_TO", "+4915112345678", "a list"),
        ("NOTIFY_SMS_FROM", "a name that is long", "a Twilio number such as"),
        ("NOTIFY_QUIET", "22-7", "22:00-07:00"),
        ("NOTIFY_QUIET", "22:00-22:00", "all day"),
        ("NOTIFY_REPORT_AT", "24:00", "20:00"),
        ("NOTIFY_TIMEZONE", "Mars/Olympus", "Europe/Berlin"),
        ("NOTIFY_TWILIO_URL", "https://twilio.com.evil.example", "https://api.twilio.com"),
        ("NOTIFY_TWILIO_URL", "http://api.twilio.com", "https://api.twilio.com"),
        ("NOTIFY_WEBHOOK_URL", "http://10.0.0.7/hook", "https://"),
        ("NOTIFY_WEBHOOK_URL", "https://me:secret@example.org/", "KRAKEN_TUI_WEBHOOK_TOKEN"),
        ("NOTIFY_EVENTS", {"entri": ["sms"]}, "'entry'"),
        ("NOTIFY_EVENTS", {"entry": ["fax"]}, "'webhook'"),
        ("NOTIFY_BREAKS_QUIET", ["night"], "'kill_switch'"),
        ("GUARD_RESTART", 1, "true or false"),
        ("GUARD_SILENT", 1, "greater than or equal to 5"),
    ],
)
def test_a_slip_is_named_with_what_would_be_right(key: str, value: object, right: str) -> None:
    made, faults = faults_in({key: value})
    assert made is None
    (fault,) = faults
    assert fault.startswith(key) and right in fault and "me:secret" not in fault and "[key]" not in fault


def test_numbers_that_get_sms_need_one_that_sends() -> None:
    _, (fault,) = faults_in({"NOTIFY_SMS_TO": ["+4915112345678"]})
    assert "NOTIFY_SMS_FROM is not" in fault
    for sender in ("+15005550006", "MG" + "a" * 32, "Kraken TUI"):
        made, _ = faults_in({"NOTIFY_SMS_TO": ["+4915112345678"], "NOTIFY_SMS_FROM": sender})
        assert made is not None
    for url in ("https://api.dublin.ie1.twilio.com", "http://127.0.0.1:8080", "http://localhost:1"):
        assert faults_in({"NOTIFY_TWILIO_URL": url})[0] is not None


def home_with(root: Path, text: str, mode: int = 0o600) -> Home:
    home = Home(root)
    home.env.write_text(text)
    home.env.chmod(mode)
    return home


def test_keys_come_from_one_place_and_are_shown_nowhere(tmp_path: Path) -> None:
    home = home_with(tmp_path, f"TWILIO_ACCOUNT_SID={ACCOUNT}\nexport TWILIO_AUTH_TOKEN='{TOKEN}'\n")
    keys = read_twilio(home, {})
    assert (keys.account, keys.token) == (ACCOUNT, TOKEN)
    assert TOKEN not in repr(keys) and TOKEN not in redact(f"token {TOKEN}", {})
    with pytest.raises(TypeError):
        pickle.dumps(keys)
    with pytest.raises(SafetyRefusal, match="TWILIO_AUTH_TOKEN is missing: the environment has only the other one"):
        read_twilio(home, {"TWILIO_ACCOUNT_SID": ACCOUNT})
    home.env.chmod(0o640)
    with pytest.raises(SafetyRefusal, match="chmod 600"):
        read_twilio(home, {})
    assert read_twilio(home, KEYS).token == TOKEN


def test_keys_that_can_not_be_any_are_refused_unseen() -> None:
    for account, token in ((TOKEN, TOKEN), (ACCOUNT, "short"), (ACCOUNT, "with a space in the token")):
        with pytest.raises(SafetyRefusal) as raised:
            TwilioKeys(account, token)
        assert token not in str(raised.value)


def test_a_webhooks_token(tmp_path: Path) -> None:
    assert read_webhook_token(Home(tmp_path / "none"), {}) == ""
    assert read_webhook_token(home_with(tmp_path, "KRAKEN_TUI_WEBHOOK_TOKEN=hook-Zq81x\n"), {}) == "hook-Zq81x"
    with pytest.raises(SafetyRefusal, match="no header takes"):
        read_webhook_token(Home(tmp_path), {"KRAKEN_TUI_WEBHOOK_TOKEN": "a\nb"})


def test_an_engine_in_the_background_gets_them_through_a_pipe_and_exchange_keys_only_when_asked() -> None:
    environ = {**KEYS, "KRAKEN_API_KEY": "k", "KRAKEN_API_SECRET": "s"}
    for names, wanted in ((NOTIFY_NAMES, KEYS), ((*KEY_NAMES, *NOTIFY_NAMES), environ)):
        pipe = send_keys(environ, names)
        assert pipe is not None
        assert receive_keys(pipe) == wanted
    forget_keys(environ)
    assert environ == {}


@given(st.text())
def test_no_line_but_the_named_ones_is_looked_into(rest: str) -> None:
    lines = [line for line in rest.splitlines() if "TWILIO" not in line]
    text = "\n".join([*lines, f"TWILIO_AUTH_TOKEN={TOKEN}", *lines, 'KRAKEN_API_SECRET="un\nTWILIO_ACCOUNT_SID=AC1'])
    assert values_of(text, NOTIFY_NAMES) == {"TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_ACCOUNT_SID": "AC1"}
