"""From one event to all who subscribed to it: encoded once, framed once, one write per client."""

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

from kraken_tui.sandbox.faults.faults import Faults
from kraken_tui.sandbox.ws.connection import Connection
from kraken_tui.sandbox.ws.frames import WsRefused, framed

FeedT = TypeVar("FeedT", bound=Hashable)
Audience = frozenset[Connection]


class Fanout(Generic[FeedT]):
    """Who listens to which feed of one channel, such as `("BTC/USD", 10)` of the book.

    Args:
        channel: its name, for the faults.
        faults: whether events must go out one by one.
    """

    def __init__(self, channel: str, faults: Faults) -> None:
        self._channel = channel
        self._faults = faults
        self._feeds: dict[Connection, dict[str, FeedT]] = {}
        self._listeners: dict[FeedT, dict[Connection, None]] = {}
        self._audiences: dict[FeedT, Audience] = {}
        self._known: dict[Audience, Audience] = {}

    def __contains__(self, feed: FeedT) -> bool:
        """Whether anybody listens to `feed`."""
        return feed in self._listeners

    def check(self, connection: Connection, topic: str, refusal: str = "Already subscribed") -> None:
        """Refuse where `connection` has `topic` already, whichever of its feeds."""
        if topic in self._feeds.get(connection, ()):
            raise WsRefused(refusal)

    def add(self, connection: Connection, topic: str, feed: FeedT) -> None:
        """Let `connection` listen to `feed`, its one feed of `topic` (a symbol)."""
        if connection not in self._feeds:
            self._feeds[connection] = {}
            connection.on_close(lambda: self._forget(connection))
        self._feeds[connection][topic] = feed
        self._listeners.setdefault(feed, {})[connection] = None
        self._audiences.pop(feed, None)

    def remove(self, connection: Connection, topic: str) -> FeedT:
        """Let `connection` no longer listen to `topic`; returns which feed it was.

        Raises:
            WsRefused: it did not.
        """
        feed = self._feeds.get(connection, {}).pop(topic, None)
        if feed is None:
            raise WsRefused("Subscription Not Found")
        self._leave(connection, feed)
        return feed

    def feed_of(self, connection: Connection, topic: str) -> FeedT:
        """The feed that `connection` listens to."""
        return self._feeds[connection][topic]

    def publish(self, messages: Iterable[tuple[FeedT, bytes]]) -> None:
        """Send each message to all who listen to its feed.

        Feeds with the same listeners share one block of bytes, so that what a turn of the market costs per client does
        not grow with the number of pairs. The order within a feed is kept, that between feeds is not.
        """
        batches: dict[Audience, list[bytes]] = {}
        for feed, message in messages:
            if feed in self._listeners:
                batches.setdefault(self._audience(feed), []).append(message)
        if self._faults.armed:
            self._publish_singly(batches)
            return
        for audience, batch in batches.items():
            frames = b"".join(map(framed, batch))
            for connection in audience:
                if connection.holds_back:
                    self._push(connection, batch)
                else:
                    connection.write(frames)

    def _publish_singly(self, batches: dict[Audience, list[bytes]]) -> None:
        for audience, batch in batches.items():
            for connection in sorted(audience, key=lambda each: each.id):
                self._push(connection, batch)

    def _push(self, connection: Connection, batch: list[bytes]) -> None:
        for message in batch:
            connection.push(self._channel, message)

    def _audience(self, feed: FeedT) -> Audience:
        """The listeners as one value, the same object for feeds that have the same."""
        found = self._audiences.get(feed)
        if found is None:
            if len(self._known) > 2 * len(self._listeners):
                self._known = {audience: audience for audience in self._audiences.values()}
            found = frozenset(self._listeners[feed])
            found = self._audiences[feed] = self._known.setdefault(found, found)
        return found

    def _leave(self, connection: Connection, feed: FeedT) -> None:
        self._audiences.pop(feed, None)
        listeners = self._listeners[feed]
        del listeners[connection]
        if not listeners:
            del self._listeners[feed]

    def _forget(self, connection: Connection) -> None:
        for feed in self._feeds.pop(connection, {}).values():
            self._leave(connection, feed)
