"""Reading and writing frames on a stream: 4 bytes of length, big-endian, then the body."""

import asyncio

LENGTH_BYTES = 4


class FrameTooLong(Exception):
    """The other side announced more than this side takes."""


def framed(body: bytes) -> bytes:
    """`body` with its length before it."""
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


async def read_frame(reader: asyncio.StreamReader, longest: int, body_within_s: float | None = None) -> bytes | None:
    """The next frame's body; None where the stream ended between two frames.

    Args:
        reader: the stream.
        longest: bytes at most.
        body_within_s: how long the body may take once its length is there; None waits for ever.

    Raises:
        FrameTooLong: before any of the body is read.
        TimeoutError: the body did not come in time.
        asyncio.IncompleteReadError: the stream ended inside a frame.
    """
    try:
        header = await reader.readexactly(LENGTH_BYTES)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    length = int.from_bytes(header, "big")
    if length > longest:
        raise FrameTooLong(f"a frame of {length} bytes; at most {longest} are taken")
    async with asyncio.timeout(body_within_s):
        return await reader.readexactly(length)
