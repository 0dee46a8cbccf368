from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.model.excerpt import LONGEST, excerpt


@given(st.text(alphabet=st.characters(), max_size=300))
def test_nothing_is_left_that_a_terminal_or_a_log_would_obey(text: str) -> None:
    made = excerpt(text)
    assert len(made) <= LONGEST
    assert not any(ord(sign) < 0x20 or 0x7F <= ord(sign) <= 0x9F for sign in made)
    assert len(made.splitlines()) <= 1
    made.encode("utf-8")


def test_words_stay_as_they_are_and_control_characters_are_spaces() -> None:
    assert excerpt("EOrder:Insufficient funds, é 💥") == "EOrder:Insufficient funds, é 💥"
    assert excerpt(ValueError("a\nb\x1b[31m\x9b2J")) == "a b [31m 2J"
    assert excerpt("x" * 300) == "x" * 200
