"""Client ids of intents (`cl_ord_id`): 18 characters, as Kraken takes free text of at most 18."""

import hashlib


class ClientIds:
    """Those of one home in one mode: each begins with what all of them begin with.

    Args:
        mode: of the journal.
        home_id: drawn when the journal was begun.
    """

    def __init__(self, mode: str, home_id: str) -> None:
        self._home = f"{mode}|{home_id}"
        self._begin = "kt" + _digest(self._home, 2)

    def of(self, intent_id: int, created_ns: int) -> str:
        """That of an intent.

        Its moment is part of it: an older copy of the home that was put back counts from a number that was used.
        """
        return self._begin + _digest(f"{self._home}|{intent_id}|{created_ns}", 6)

    def has(self, client_id: str) -> bool:
        """Whether an id is of this home, in this journal or in a newer one; by chance of another's, once in 65,536."""
        return client_id.startswith(self._begin)


def _digest(text: str, size: int) -> str:
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()
