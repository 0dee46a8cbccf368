"""Reading a server's WebSocket frames, as `sandbox.ws.frames` writes them: whole, unmasked, not compressed."""

from collections.abc import Iterator

_TEXT = 0x81


def messages(frames: bytes) -> Iterator[bytes | None]:
    """The texts in `frames`, which are whole; None for a close frame."""
    place = 0
    while place < len(frames):
        first, length = frames[place], frames[place + 1]
        place += 2
        if length == 126:
            length = int.from_bytes(frames[place : place + 2], "big")
            place += 2
        elif length == 127:
            length = int.from_bytes(frames[place : place + 8], "big")
            place += 8
        yield frames[place : place + length] if first == _TEXT else None
        place += length
