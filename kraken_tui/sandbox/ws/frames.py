"""Kraken's WebSocket v2 messages as bytes: numbers with fixed decimals, acks, refusals, and the frame round them."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import msgspec
from msgspec import Raw, Struct

from kraken_tui.model.errors import Refused

MOST_DIGITS = 40
"""No client means a number longer than this, or one with as many zeros; converting some of them would take forever."""

_TEXT, _CLOSE = 0x81, 0x88
_TOLD = Context(prec=100, rounding=ROUND_HALF_EVEN)
"""Not the thread's own: ccxt changes that one's rounding wherever it works out a precision."""
_encoder = msgspec.json.Encoder(decimal_format="number")


class WsRefused(Refused):
    """A message that is not done, with Kraken's text."""


class Request(Struct, frozen=True, kw_only=True):
    """A client's message once it is known to have the right form."""

    method: str
    params: dict[str, Any]
    """Numbers with a fraction or an exponent are Decimals, whole numbers are ints."""
    req_id: int | None = None
    time_in: str
    """When it arrived."""


def number(value: Decimal, decimals: int | None = None) -> Raw:
    """`value` as a JSON number with exactly `decimals` digits behind the point, or with those that it has.

    Books' checksums are taken over the literal text, so prices and amounts keep their trailing zeros.
    """
    return Raw(fixed(value, decimals).encode())


def fixed(value: Decimal, decimals: int | None = None) -> str:
    """The text of `number`."""
    if not decimals:
        return f"{value:f}" if decimals is None else f"{value:.0f}"
    text = str(value)
    if text[-decimals - 1 : -decimals] == "." and "E" not in text:
        return text  # most have the pair's decimals already, and to format them again takes three times as long
    return f"{value.quantize(Decimal(1).scaleb(-decimals), context=_TOLD):f}"


def encode(message: object) -> bytes:
    """`message` as JSON text; Decimals become numbers with the digits that they have."""
    return _encoder.encode(message)


def framed(message: bytes) -> bytes:
    """`message` as one text frame from a server: final, unmasked, not compressed (RFC 6455, section 5.2)."""
    return _header(_TEXT, len(message)) + message


def close_frame(code: int, reason: str = "") -> bytes:
    """A close frame from a server; `reason` is cut to what fits."""
    payload = code.to_bytes(2, "big") + reason.encode()[:123]
    return _header(_CLOSE, len(payload)) + payload


def _header(first: int, length: int) -> bytes:
    if length < 126:
        return bytes((first, length))
    if length < 65_536:
        return bytes((first, 126)) + length.to_bytes(2, "big")
    return bytes((first, 127)) + length.to_bytes(8, "big")


def ack(request: Request, result: object, time_out: str) -> bytes:
    """The answer to a request that was done."""
    return _answer(request, time_out, {"method": request.method, "result": result, "success": True})


def failure(request: Request, error: str, time_out: str, symbol: str | None = None) -> bytes:
    """The answer to a request, or to one symbol of it, that was not done."""
    answer: dict[str, Any] = {"error": error, "method": request.method, "success": False}
    if symbol is not None:
        answer["symbol"] = symbol
    return _answer(request, time_out, answer)


def pong(request: Request, time_out: str) -> bytes:
    """The answer to a JSON ping."""
    return _answer(request, time_out, {"method": "pong"})


def event(channel: str, type: str, data: object, **further: Any) -> bytes:
    """A message of a channel: `type` is `snapshot` or `update`."""
    return encode({"channel": channel, "type": type, "data": data, **further})


def _answer(request: Request, time_out: str, answer: dict[str, Any]) -> bytes:
    answer |= {"time_in": request.time_in, "time_out": time_out}
    if request.req_id is not None:
        answer["req_id"] = request.req_id
    return encode(answer)


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if len(text) > MOST_DIGITS or (value and abs(value.adjusted()) > MOST_DIGITS):
        raise ValueError("absurd number")
    return value


_decoder = msgspec.json.Decoder(float_hook=_decimal)


def decode(text: str | bytes) -> Any:
    """What a client sent.

    Raises:
        WsRefused: it is no JSON, nested too deep, or holds a number that nobody means.
    """
    try:
        return _decoder.decode(text)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise WsRefused("Malformed request") from error
