"""Kraken's signature of a private request, made over the bytes of the body as they were sent.

`API-Sign = base64(HMAC-SHA512(secret, path + SHA256(nonce + body)))`. Source: Kraken's documentation of spot REST
authentication.
"""

import base64
import hashlib
import hmac


def signature(secret: bytes, path: bytes, nonce: bytes, body: bytes) -> bytes:
    """The API-Sign header.

    Args:
        secret: decoded.
        path: such as `/0/private/AddOrder`, without the query.
        nonce: as the body words it.
        body: what is sent, form or JSON.
    """
    digest = hashlib.sha256(nonce + body).digest()
    return base64.b64encode(hmac.digest(secret, path + digest, "sha512"))


def is_signed(told: str, secret: bytes, path: str, nonce: str, body: bytes) -> bool:
    """Whether the header `told` is the signature."""
    made = signature(secret, path.encode(errors="surrogateescape"), nonce.encode(), body)
    return hmac.compare_digest(made, told.encode(errors="surrogateescape"))
