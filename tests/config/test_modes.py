"""LIVE talks to Kraken over TLS or to loopback, and to nothing else."""

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kraken_tui.config.home import Home, Mode
from kraken_tui.config.load import home_in_mode
from kraken_tui.config.modes import mode_of, private_ws_url
from kraken_tui.config.settings import Settings
from kraken_tui.model.errors import SafetyRefusal

KRAKEN = ("https://api.kraken.com", "wss://ws.kraken.com/v2", "wss://ws-auth.kraken.com/v2")
SANDBOX = ("http://127.0.0.1:8080", "ws://127.0.0.1:8081/v2", "ws://127.0.0.1:8081/auth/v2")
NAMES = ("EXCHANGE_REST_URL", "EXCHANGE_WS_URL", "EXCHANGE_WS_AUTH_URL")


def live(*addresses: str) -> Settings:
    return Settings.model_validate({"MODE": "LIVE", **dict(zip(NAMES, addresses, strict=False))})


def test_krakens_own_addresses_are_live_and_loopback_is_a_sandbox() -> None:
    assert mode_of(live()) is Mode.LIVE
    assert mode_of(live("https://api.kraken.com:443/")) is Mode.LIVE
    assert mode_of(live(*SANDBOX)) is Mode.SANDBOX
    assert mode_of(live("http://[::1]:1", "ws://localhost:2/v2", "ws://[::1]:2/auth/v2")) is Mode.SANDBOX


def test_paper_is_paper_wherever_its_prices_come_from() -> None:
    assert mode_of(Settings(EXCHANGE_REST_URL="http://example.com", EXCHANGE_WS_URL=SANDBOX[1])) is Mode.PAPER


def test_the_private_address_follows_the_public_one_to_loopback_and_nowhere_else() -> None:
    assert private_ws_url(live(*SANDBOX[:2])) == SANDBOX[2]
    assert mode_of(live(*SANDBOX[:2])) is Mode.SANDBOX
    assert private_ws_url(live()) == KRAKEN[2]
    assert private_ws_url(live(*SANDBOX[:2], "ws://127.0.0.1:9/x/v2")) == "ws://127.0.0.1:9/x/v2"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.kraken.com",
        "https://api.kraken.com.evil.example",
        "https://api.kraken.com@evil.example",
        "https://user:hunter2@api.kraken.com",
        "https://api.kraken.com:8443",
        "https://api.kraken.com/proxy",
        "https://api.kraken.com/?to=x",
        "https://futures.kraken.com",
        "https://127.0.0.1:80",
        "http://127.0.0.2",
        "http://192.168.0.7:8080",
        "http://0.0.0.0",
        "http://127.0.0.1.evil.example",
        "http://[::2]",
        "http://[::1",
        "http://127.0.0.1:99999",
    ],
)
def test_another_rest_address_is_refused_with_its_key_and_value(url: str) -> None:
    for others in (KRAKEN[1:], SANDBOX[1:]):
        with pytest.raises(SafetyRefusal, match="EXCHANGE_REST_URL is ") as raised:
            mode_of(live(url, *others))
        assert "hunter2" not in str(raised.value)
        assert url.rpartition("@")[2] in str(raised.value)
        assert raised.value.exit_code == 5


@pytest.mark.parametrize("index", [1, 2])
@pytest.mark.parametrize(
    "url", ["ws://ws.kraken.com/v2", "wss://evil.example/v2", "wss://ws.kraken.com/v1", "ws://10.0.0.1"]
)
def test_another_socket_address_is_refused(index: int, url: str) -> None:
    addresses = list(KRAKEN)
    addresses[index] = url
    with pytest.raises(SafetyRefusal, match=f"{NAMES[index]} is {url}"):
        mode_of(live(*addresses))


@pytest.mark.parametrize("mixed", [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)])
def test_one_of_each_is_refused(mixed: tuple[int, ...]) -> None:
    addresses = [SANDBOX[index] if index in mixed else KRAKEN[index] for index in range(3)]
    if mixed == (0, 1):
        addresses[2] = "wss://ws-auth.kraken.com:443/v2"  # written otherwise than the default, so it is meant
    with pytest.raises(SafetyRefusal, match="all addresses must be Kraken's, or all on loopback"):
        mode_of(live(*addresses))


@given(st.from_regex(r"https?://[a-z0-9.:@\[\]-]{1,30}(/[a-z0-9]{0,5})?", fullmatch=True))
def test_whatever_is_let_through_is_kraken_or_loopback(url: str) -> None:
    for others, wanted in ((KRAKEN[1:], Mode.LIVE), (SANDBOX[1:], Mode.SANDBOX)):
        try:
            mode = mode_of(live(url, *others))
        except SafetyRefusal:
            continue
        assert mode is wanted
        head = url.split("//", 1)[1].split("/")[0]
        assume("@" not in head)
        assert url.startswith("https://api.kraken.com") or head.startswith(("127.0.0.1", "localhost", "[::1]"))


def test_each_mode_has_its_own_folder_lock_and_socket(tmp_path: Path) -> None:
    homes = [Home(tmp_path, mode) for mode in Mode]
    for part in ("state", "lock", "journal", "books", "inputs", "socket"):
        assert len({getattr(home, part) for home in homes}) == 3, part
    assert Home(tmp_path, Mode.SANDBOX).journal == tmp_path / "state" / "sandbox" / "journal.db"


def test_a_home_is_in_the_mode_of_its_settings(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"MODE": "LIVE"}')
    assert home_in_mode(tmp_path, {})[0].mode == "live"
    told = dict(zip(NAMES, SANDBOX, strict=True))
    assert home_in_mode(tmp_path, told)[0].mode == "sandbox"
    with pytest.raises(SafetyRefusal, match="all on loopback"):
        home_in_mode(tmp_path, {NAMES[0]: SANDBOX[0]})
