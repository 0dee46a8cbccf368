"""Text as it may be shown: what comes from elsewhere is made harmless, and things are counted as one says it."""


def counted(count: int, noun: str) -> str:
    """`1 position`, `2 positions`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def plain(text: str) -> str:
    """`text` on one line without control characters: white space becomes a space, whatever else is unprintable goes.

    So an exchange's string or an author's name can neither steer a terminal nor begin a line of its own.
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else " " if sign.isspace() else "" for sign in text)
