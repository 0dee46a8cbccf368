"""Single-use tokens: what a confirm is worth, and for exactly what.

A token is an HMAC over the whole proposal, the mode, an expiry and a nonce, under a key that only this process knows
and that is in no prompt, file or frame. It is minted for somebody with the control role, or for what the standing
policy lets pass, and is worth one submission.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable

import msgspec
from msgspec import Struct

from kraken_tui.model.proposal import Proposal

LONGEST_REMEMBERED = 1_000
"""Tokens that are out; more are never there, as each belongs to a proposal that waits."""


class ConfirmToken(Struct, frozen=True, kw_only=True):
    """Worth one submission of one proposal, as it was when the token was minted."""

    proposal: str
    """Its id."""
    digest: str
    """Of all its fields."""
    mode: str
    expires_ns: int
    nonce: str
    mac: bytes

    def __repr__(self) -> str:
        """Without what it is worth."""
        return f"ConfirmToken({self.proposal})"


class TokenMint:
    """Mints tokens and takes them back, once each.

    Args:
        key: known to this process alone; a new one at each start where None.
        nonce: draws one.
    """

    def __init__(self, key: bytes | None = None, nonce: Callable[[], str] = lambda: secrets.token_hex(16)) -> None:
        self._key = secrets.token_bytes(32) if key is None else key
        self._nonce = nonce
        self._out: dict[str, int] = {}
        """Nonces that were minted and not taken back, with their expiry."""

    def mint(self, proposal: Proposal, mode: str) -> ConfirmToken:
        """A token for `proposal` as it is, in `mode`, until it expires."""
        nonce, digest = self._nonce(), digest_of(proposal)
        while len(self._out) >= LONGEST_REMEMBERED:
            del self._out[next(iter(self._out))]
        self._out[nonce] = proposal.expires_ns
        return ConfirmToken(
            proposal=proposal.id, digest=digest, mode=mode, expires_ns=proposal.expires_ns, nonce=nonce,
            mac=self._mac(proposal.id, digest, mode, proposal.expires_ns, nonce),
        )  # fmt: skip

    def redeem(self, token: ConfirmToken, proposal: Proposal, mode: str, now_ns: int) -> str:
        """Take a token back for `proposal`; returns why it is worth nothing, empty where it is good.

        A token that was minted here is spent by this, whatever comes of it.
        """
        expected = self._mac(token.proposal, token.digest, token.mode, token.expires_ns, token.nonce)
        if not hmac.compare_digest(expected, token.mac):
            return "this confirm was not given to this engine"
        if self._out.pop(token.nonce, None) is None:
            return "this confirm was used before"
        if token.proposal != proposal.id:
            return f"this confirm is for {token.proposal}"
        if token.mode != mode or proposal.mode != mode:
            return f"it was made and confirmed in {token.mode}, and this is {mode}"
        if token.digest != digest_of(proposal):
            return "it was changed since it was confirmed"
        if now_ns >= token.expires_ns:
            return "it has expired"
        return ""

    def _mac(self, *fields: str | int) -> bytes:
        return hmac.digest(self._key, msgspec.msgpack.encode(fields), "sha256")


def digest_of(proposal: Proposal) -> str:
    """Stands for every field of a proposal."""
    return hashlib.sha256(msgspec.json.encode(proposal, order="deterministic")).hexdigest()
