"""Text from elsewhere, made harmless for a terminal and a log."""


def plain(text: str) -> str:
    """`text` on one line without control characters: white space becomes a space, whatever else is unprintable goes.

    So an exchange's string or an author's name can neither steer a terminal nor begin a line of its own.
    """
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else " " if sign.isspace() else "" for sign in text)
