"""Which orders are ours, and what each is for: by the client id that was journalled before it was sent.

The child of a conditional close carries no client id of ours; it is known by its parent. Whatever neither names is the
operator's or somebody else's: it is shown and never touched.
"""

from enum import StrEnum

from msgspec import Struct

from kraken_tui.model.trading import Fill, Order


class Role(StrEnum):
    """What an order does for its position."""

    ENTRY = "entry"
    STOP = "stop"
    TARGET = "target"
    EXIT = "exit"
    FOREIGN = "foreign"


ROLES = {
    "enter": Role.ENTRY, "stop": Role.STOP, "target": Role.TARGET, "exit": Role.EXIT, "flatten": Role.EXIT,
}  # fmt: skip
"""By the kind of the journalled intent."""


class Claim(Struct, frozen=True):
    """A journalled intent that an order may have come from."""

    kind: str
    symbol: str
    reason: str = ""
    owner: str = ""
    """Who wished it: scanner, autopilot, operator."""
    leverage: int = 1


class Owners:
    """Learns from the journal and from what the exchange tells; forgets nothing."""

    def __init__(self) -> None:
        self._claims: dict[str, Claim] = {}
        self._clients: dict[str, str] = {}
        self._parents: dict[str, str] = {}
        self._orders: dict[str, str] = {}
        self._described: set[str] = set()

    def claim(self, client_id: str, claim: Claim) -> None:
        """An intent was journalled: whatever order carries its client id is ours."""
        self._claims[client_id] = claim

    def learn(self, order_id: str, client_id: str | None, parent_id: str | None) -> None:
        """The exchange named an order; what it leaves out stays as it was known."""
        if client_id:
            self._clients[order_id] = client_id
            self._orders[client_id] = order_id
        if parent_id:
            self._parents[order_id] = parent_id

    def describe(self, order_id: str, client_id: str | None, parent_id: str | None) -> None:
        """As `learn`, from the order itself: what it does not name, it has not."""
        self.learn(order_id, client_id, parent_id)
        self._described.add(order_id)

    def is_described(self, order_id: str) -> bool:
        """Whether an order was told itself, and not only its fills."""
        return order_id in self._described

    def is_foreign(self, fill: Fill) -> bool:
        """Whether the order behind a fill is known, and is not ours; a fill alone does not tell its order's parent."""
        return fill.order_id in self._described and self.role(fill) is Role.FOREIGN

    def claim_of(self, order_id: str, client_id: str | None = None) -> Claim | None:
        """The intent behind an order; of a child, its parent's."""
        found = self._claims.get(client_id or self._clients.get(order_id, ""))
        parent = self._parents.get(order_id)
        return found if found is not None or parent is None else self.claim_of(parent)

    def order_of(self, client_id: str) -> str:
        """The exchange's id of the order with this client id; empty while none was told."""
        return self._orders.get(client_id, "")

    def unclaimed(self) -> dict[str, str]:
        """Orders that were told with a client id that no journalled intent has: that, by the order's."""
        return {id: client for client, id in self._orders.items() if client not in self._claims}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever sent."""
        return not self._claims

    def role(self, order: Order | Fill) -> Role:
        """What an order, or the order behind a fill, is for."""
        order_id = order.order_id if isinstance(order, Fill) else order.id
        own = self._claims.get(order.client_id or self._clients.get(order_id, ""))
        if own is not None:
            return ROLES.get(own.kind, Role.FOREIGN)
        parent = self._parents.get(order_id)
        return Role.STOP if parent is not None and self._is_entry(parent) else Role.FOREIGN

    def _is_entry(self, order_id: str) -> bool:
        claim = self._claims.get(self._clients.get(order_id, ""))
        return claim is not None and claim.kind == "enter"
