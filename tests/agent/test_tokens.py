"""Tokens under attack: what was not minted here, for just this, in time and once, is worth nothing."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kraken_tui.agent.tokens import ConfirmToken, TokenMint, digest_of
from kraken_tui.model.command import Buy, Close, Sell
from kraken_tui.model.proposal import Proposal
from tests.agent.proposal_samples import BEGAN_NS, BUY, CARD, S

PROPOSAL = Proposal(
    id="P-17", mode="PAPER", author="Zyn", command=BUY, lines=CARD, unsaid=("size",), reference="60000",
    made_ns=BEGAN_NS, expires_ns=BEGAN_NS + 60,
)  # fmt: skip
NOW = BEGAN_NS + 1


def test_a_token_is_good_once() -> None:
    mint = TokenMint()
    token = mint.mint(PROPOSAL, "PAPER")
    assert mint.redeem(token, PROPOSAL, "PAPER", NOW) == ""
    assert mint.redeem(token, PROPOSAL, "PAPER", NOW) == "this confirm was used before"


def test_another_process_gives_and_takes_no_token_of_this_one() -> None:
    token = TokenMint().mint(PROPOSAL, "PAPER")
    assert TokenMint().redeem(token, PROPOSAL, "PAPER", NOW) == "this confirm was not given to this engine"


FORGED: dict[str, Callable[[ConfirmToken], ConfirmToken]] = {
    "no mac": lambda token: replace(token, mac=b""),
    "zeros": lambda token: replace(token, mac=bytes(32)),
    "a bit": lambda token: replace(token, mac=bytes([token.mac[0] ^ 1, *token.mac[1:]])),
    "later": lambda token: replace(token, expires_ns=token.expires_ns + 1),
    "another nonce": lambda token: replace(token, nonce="0" * 32),
    "another proposal": lambda token: replace(token, proposal="P-18"),
    "another digest": lambda token: replace(token, digest=digest_of(replace(PROPOSAL, command=Close(S)))),
    "live": lambda token: replace(token, mode="LIVE"),
    "fields run together": lambda token: replace(token, proposal="P-1", digest=f"7{token.digest}"),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_token_is_worth_nothing_and_spends_nothing(how: str) -> None:
    mint = TokenMint()
    token = mint.mint(PROPOSAL, "PAPER")
    assert mint.redeem(FORGED[how](token), PROPOSAL, "PAPER", NOW) == "this confirm was not given to this engine"
    assert mint.redeem(token, PROPOSAL, "PAPER", NOW) == ""


EDITED: dict[str, Proposal] = {
    "size": replace(PROPOSAL, command=Buy(symbol=S, amount="1", stop="59000.0")),
    "stop": replace(PROPOSAL, command=Buy(symbol=S, amount="0.01", stop="1.0")),
    "side": replace(PROPOSAL, command=Sell(symbol=S, amount="0.01", stop="59000.0")),
    "symbol": replace(PROPOSAL, command=Buy(symbol="ETH/USD", amount="0.01", stop="59000.0")),
    "card": replace(PROPOSAL, lines=("PAPER: nothing to see",)),
    "unsaid": replace(PROPOSAL, unsaid=()),
    "reference": replace(PROPOSAL, reference="50000"),
    "author": replace(PROPOSAL, author="jimmy"),
    "expiry": replace(PROPOSAL, expires_ns=PROPOSAL.expires_ns + 1),
}


@pytest.mark.parametrize("what", EDITED)
def test_whatever_is_edited_after_the_confirm_voids_it(what: str) -> None:
    mint = TokenMint()
    token = mint.mint(PROPOSAL, "PAPER")
    assert mint.redeem(token, EDITED[what], "PAPER", NOW) == "it was changed since it was confirmed"


def test_a_switch_of_the_mode_voids_it() -> None:
    mint = TokenMint()
    assert "this is LIVE" in mint.redeem(mint.mint(PROPOSAL, "PAPER"), PROPOSAL, "LIVE", NOW)
    assert "this is PAPER" in mint.redeem(mint.mint(PROPOSAL, "LIVE"), PROPOSAL, "PAPER", NOW)
    live = replace(PROPOSAL, mode="LIVE")
    assert "this is PAPER" in mint.redeem(mint.mint(live, "PAPER"), live, "PAPER", NOW)


@given(st.integers(-10, 200))
def test_it_lasts_until_its_expiry(after: int) -> None:
    mint = TokenMint()
    why = mint.redeem(mint.mint(PROPOSAL, "PAPER"), PROPOSAL, "PAPER", BEGAN_NS + after)
    assert why == ("" if after < 60 else "it has expired")


def test_a_token_of_one_proposal_confirms_no_other() -> None:
    mint = TokenMint()
    other = replace(PROPOSAL, id="P-18")
    assert mint.redeem(mint.mint(PROPOSAL, "PAPER"), other, "PAPER", NOW) == "this confirm is for P-17"


def test_what_is_printed_of_a_token_is_worth_nothing() -> None:
    token = TokenMint().mint(PROPOSAL, "PAPER")
    assert repr(token) == str(token) == "ConfirmToken(P-17)"


@given(st.binary(min_size=32, max_size=32), st.text(max_size=40))
def test_a_proposal_has_one_digest(salt: bytes, text: str) -> None:
    proposal = replace(PROPOSAL, lines=(text, salt.hex()))
    again = msgspec.json.decode(msgspec.json.encode(proposal), type=Proposal)
    assert digest_of(again) == digest_of(proposal) != digest_of(PROPOSAL)
