from decimal import Decimal

import pytest

from kraken_tui.model.errors import UsageError
from kraken_tui.sandbox.policies import SandboxPolicies, parse


def test_the_defaults_are_krakens_where_they_are_known() -> None:
    policies = parse([])
    assert policies == SandboxPolicies()
    assert (policies.core.trigger_by, policies.core.children_reduce_only) == ("signal", False)
    assert policies.core.liquidates
    assert policies.history_cost == 4


def test_words_set_the_cores_policies_and_the_sandboxs_own() -> None:
    policies = parse(["hold_untriggered=full", "wrong-side = refuse", "history_cost=2", "PRICE_PROTECTION=0.5"], 225)
    assert policies.core.hold_untriggered == "full"
    assert policies.core.wrong_side == "refuse"
    assert policies.core.price_protection == Decimal("0.5")
    assert policies.core.most_open_orders == 225
    assert policies.history_cost == 2
    assert policies.core.trigger_by == "signal"


def test_a_word_comes_before_the_tier() -> None:
    assert parse(["most_open_orders=3"], 60).core.most_open_orders == 3


@pytest.mark.parametrize(("text", "is_on"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_switches_take_the_usual_words(text: str, is_on: bool) -> None:
    assert parse([f"public_rate_limit={text}"]).public_rate_limit is is_on


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("hold_untriggered", "NAME=VALUE is right"),
        ("hold_untrigered=full", "did you mean hold_untriggered?"),
        ("zzz=1", "there are children_reduce_only,"),
        ("core=1", "no such policy"),
        ("hold_untriggered=maybe", "'maybe' is wrong; none or full is right"),
        ("history_cost=3", "'3' is wrong; 2 or 4 is right"),
        ("public_rate_limit=perhaps", "true or false is right"),
        ("most_open_orders=-1", "a whole number from 1 up is right"),
        ("most_open_orders=0", "a whole number from 1 up is right"),
        ("most_open_orders=2.5", "a whole number is right"),
        ("price_protection=NaN", "a number from 0 up is right"),
        ("price_protection=Infinity", "a number from 0 up is right"),
        ("ws_message_rate=many", "a number is right"),
    ],
)
def test_a_bad_word_is_told_with_what_would_be_right(word: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse([word])
    assert repr(word) in str(caught.value)
    assert words in str(caught.value)


def test_a_policy_that_is_named_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="history_cost was given before; once is right"):
        parse(["history_cost=2", "hold_untriggered=full", "HISTORY-COST=4"])
