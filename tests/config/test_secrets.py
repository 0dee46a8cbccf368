"""What leaves the program holds no secret."""

from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.config.secrets import MASK, redact

secrets = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789+/=", min_size=20, max_size=88)


@given(
    st.text(max_size=60), secrets, st.sampled_from(["KRAKEN_API_KEY", "twilio_auth_token", "DB_PASSWORD", "API_SECRET"])
)
def test_a_secret_of_the_environment_is_masked_wherever_it_stands(around: str, secret: str, name: str) -> None:
    assert secret not in redact(f"{around}{secret}{around}", {name: secret, "HOME": "/root"})


@given(secrets, st.sampled_from(["api_key={}", "'API-Sign': '{}'", '"secret": "{}"', "token = {}", "apiSecret:{}"]))
def test_a_long_value_after_a_secrets_name_is_masked(secret: str, form: str) -> None:
    assert secret not in redact(f"request {form.format(secret)} sent", {})


def test_ordinary_text_stays() -> None:
    text = "buy 0.01 XBTUSD @ market; key: up; token BONK/USD, order OABCDE-FGHIJ-KLMNOP cl_ord_id=kt0123456789abcdef"
    assert redact(text, {"EDITOR_KEY": "up", "LANG": "market"}) == text
    assert MASK not in text
