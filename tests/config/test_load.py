"""config.json: written once, never touched again, and every fault is named."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.config.home import Home
from kraken_tui.config.load import as_text, load_settings, read_settings
from kraken_tui.config.schema import settings_schema, settings_table
from kraken_tui.config.settings import Settings
from kraken_tui.model.errors import UsageError


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def fault(home: Home, text: str | bytes) -> str:
    home.root.mkdir(exist_ok=True)
    home.config.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = home.config.read_bytes()
    with pytest.raises(UsageError) as raised:
        load_settings(home, {})
    assert home.config.read_bytes() == before
    assert raised.value.exit_code == 2
    assert str(home.config) in str(raised.value)
    return str(raised.value).replace(f"{home.config}: ", "")


def test_the_first_run_writes_every_key_with_its_default_in_order(home: Home) -> None:
    assert load_settings(home, {}) == Settings()
    text = home.config.read_text()
    assert list(json.loads(text)) == list(Settings.model_fields)
    assert '\n  "PAPER_TAKER_FEE": 0.40,\n' in text
    assert '\n  "PAPER_BALANCE": 10000,\n' in text
    assert [path.name for path in home.root.iterdir()] == ["config.json"]


def test_an_existing_file_is_read_and_left_as_it_is(home: Home) -> None:
    home.root.mkdir()
    text = '{"VELOCITY_THRESHOLD": 0.2,   "PAPER_BALANCE": 123456789012345678901.123456789}'
    home.config.write_text(text)
    loaded = load_settings(home, {})
    assert (loaded.VELOCITY_THRESHOLD, loaded.ARM_PERSISTENCE) == (0.2, 3)
    assert str(loaded.PAPER_BALANCE) == "123456789012345678901.123456789"
    assert home.config.read_text() == text


def test_a_byte_order_mark_is_fine(home: Home) -> None:
    home.root.mkdir()
    home.config.write_bytes(b"\xef\xbb\xbf{}")
    assert load_settings(home, {}) == Settings()


@settings(max_examples=50, deadline=None)
@given(
    st.decimals("0.00000001", "99999999", places=8),
    st.none() | st.decimals("0.00000001", "99999999", places=8),
    st.integers(1, 1000),
    st.floats(0.001, 50),
)
def test_what_is_shown_reads_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, balance: Decimal, most: Decimal | None, scans: int, threshold: float
) -> None:
    shown = Settings(
        PAPER_BALANCE=balance, MAX_CAPITAL=most, DECAY_SCANS=scans, VELOCITY_THRESHOLD=threshold, MARKET="2024"
    )
    path = tmp_path_factory.mktemp("shown") / "config.json"
    path.write_text(as_text(shown))
    back = read_settings(path)
    assert back == shown


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"VELOCITY_TRESHOLD": 1}', "VELOCITY_TRESHOLD is no setting; did you mean VELOCITY_THRESHOLD?"),
        ('{"velocity_threshold": 1}', "velocity_threshold is no setting; did you mean VELOCITY_THRESHOLD?"),
        ('{"zzz": 1}', "zzz is no setting"),
        (
            '{"HEAT": {"trade": 1, "exposure": 1}}',
            "HEAT.trade is no setting; did you mean trades?\nHEAT.trades is missing",
        ),
        ('{"MODE": "REAL"}', "MODE is \"REAL\"; it should be 'PAPER' or 'LIVE'"),
        ('{"BASE_LEVERAGE": 0}', "BASE_LEVERAGE is 0; it should be greater than or equal to 1"),
        ('{"BASE_LEVERAGE": "10"}', 'BASE_LEVERAGE is "10"; it should be a whole number'),
        ('{"RISK_PER_TRADE": true}', "RISK_PER_TRADE is true; it should be a number"),
        ('{"MAX_CAPITAL": "500"}', 'MAX_CAPITAL is "500"; it should be a number'),
        ('{"MAX_CAPITAL": 0}', "MAX_CAPITAL is 0; it should be greater than 0"),
        ('{"DAILY_LOSS_LIMIT": 101}', "DAILY_LOSS_LIMIT is 101; it should be less than or equal to 100"),
        ('{"VALIDATE": "no"}', 'VALIDATE is "no"; it should be true or false'),
        ('{"ALLOW_UNKNOWN_KEY": 1}', "ALLOW_UNKNOWN_KEY is 1; it should be true or false"),
        ('{"EXCHANGE_TIER": "PRO"}', "EXCHANGE_TIER is \"PRO\"; it should be 'starter', 'intermediate' or 'pro'"),
        ('{"ARM_PERSISTENCE": 2.5}', "ARM_PERSISTENCE is 2.5; it should be a whole number"),
        ('{"PAPER_BALANCE": "1000"}', 'PAPER_BALANCE is "1000"; it should be a number'),
        ('{"PAPER_TAKER_FEE": -0.1}', "PAPER_TAKER_FEE is -0.1; it should be greater than or equal to 0"),
        ('{"GROUPS": {"Majors": "BTC/USD"}}', 'GROUPS.Majors is "BTC/USD"; it should be a list'),
        ('{"HEAT_GROUPS": {"Apes": {"trades": 1, "exposure": 1}}}', "HEAT_GROUPS names no group of GROUPS: Apes"),
        ('{"EXCHANGE_WS_URL": "https://x"}', 'EXCHANGE_WS_URL is "https://x"; it should begin with wss:// or ws://'),
        ('{"RATCHET_LOCK": 0.5}', "RATCHET_LOCK must be above RATCHET_ENTRY"),
        ('{\n  "MODE": "PAPER"\n  "MARKET": "demo"}', "is not JSON at line 3, column 3: Expecting ',' delimiter"),
        ("", "is not JSON at line 1, column 1: Expecting value"),
        ("[1]", "must be an object, { … }, with a key for each setting"),
        ('{"MODE": "PAPER", "MODE": "LIVE"}', "MODE is there twice; keep one"),
        ('{"RISK_PER_TRADE": NaN}', "NaN is no number that a setting can have"),
        ("[" * 100_000, "is nested too deeply"),
        (b'{"MODE": "\xff"}', "is not UTF-8: byte 10 is 0xff"),
    ],
)
def test_a_fault_is_named_with_its_key_its_value_and_what_would_be_right(
    home: Home, text: str | bytes, told: str
) -> None:
    assert fault(home, text) == told


def test_all_faults_are_told_at_once(home: Home) -> None:
    lines = fault(home, '{"POLL_INTERVAL": 0, "nonsense": 1, "MODE": 3, "HEAT": {"trades": -1, "exposure": "x"}}')
    assert len(lines.splitlines()) == 5


def test_a_folder_a_loop_and_a_home_that_is_a_file_are_named(home: Home, tmp_path: Path) -> None:
    home.config.mkdir(parents=True)
    with pytest.raises(UsageError, match="is a folder"):
        load_settings(home, {})
    home.config.rmdir()
    home.config.symlink_to(home.config)
    with pytest.raises(UsageError, match=r"can't be read: Too many levels"):
        load_settings(home, {})
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"can't be written: .*Is --home right\?"):
        load_settings(Home(tmp_path / "file"), {})


def test_addresses_come_from_the_environment_then_dotenv_then_the_file(home: Home) -> None:
    load_settings(home, {})
    home.env.write_text("EXCHANGE_REST_URL=http://dotenv\nEXCHANGE_WS_URL='ws://dotenv'\nMODE=LIVE\nKRAKEN_API_KEY=x\n")
    loaded = load_settings(home, {"EXCHANGE_REST_URL": "http://environment", "POLL_INTERVAL": "9"})
    assert (loaded.EXCHANGE_REST_URL, loaded.EXCHANGE_WS_URL) == ("http://environment", "ws://dotenv")
    assert (loaded.MODE, loaded.POLL_INTERVAL) == ("PAPER", 2.0)


def test_a_wrong_address_in_the_environment_is_not_blamed_on_the_file(home: Home) -> None:
    with pytest.raises(UsageError) as raised:
        load_settings(home, {"EXCHANGE_REST_URL": "kraken.com"})
    assert str(raised.value).endswith('EXCHANGE_REST_URL is "kraken.com"; it should begin with https:// or http://')
    assert str(home.config) not in str(raised.value)


def test_no_secret_is_asked_for_by_name(home: Home) -> None:
    class Watched(dict[str, str]):
        asked: list[str] = []  # noqa: RUF012 - one instance

        def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
            self.asked.append(key)
            return super().get(key, default)

        def __getitem__(self, key: str) -> str:
            self.asked.append(key)
            return super().__getitem__(key)

    environ = Watched(KRAKEN_API_KEY="key", KRAKEN_API_SECRET="secret")
    load_settings(home, environ)
    assert not [name for name in environ.asked if "KRAKEN" in name]


def test_the_schema_has_every_key_with_default_and_meaning() -> None:
    schema = settings_schema()
    assert list(schema["properties"]) == list(Settings.model_fields)
    assert all("default" in rule and rule["description"] for rule in schema["properties"].values())
    assert schema["additionalProperties"] is False


def test_the_documented_keys_are_the_settings() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    assert settings_table() in page, "run: python -c 'from kraken_tui.config.schema import *; print(settings_table())'"


def test_the_projects_own_config_is_the_default_one(tmp_path: Path) -> None:
    home = Home(tmp_path)
    load_settings(home, {})
    assert (Path(__file__).parents[2] / "config.json").read_text() == home.config.read_text()
