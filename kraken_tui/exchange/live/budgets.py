"""Kraken's two rate counters, modelled so that protection can always be paid for. Pure.

Trading: one counter per account and pair, for orders, amendments and cancels. REST: one per key, for everything else.
Each rises with every call and falls by a fixed amount a second; past its threshold Kraken refuses. Source: Kraken's
documentation of trading rate limits and of API rate limits.
"""

from loguru import logger
from msgspec import Struct

from kraken_tui.clock import SECOND

ADD = 1.0
_AMEND = ((5, 4), (10, 3), (15, 2))
_CANCEL = ((5, 8), (10, 6), (15, 5), (45, 4), (90, 2), (300, 1))
"""What an action costs for an order younger than so many seconds."""
AMEND_AT_MOST, CANCEL_AT_MOST = 4.0, 8.0

HISTORY = 4.0
"""Of a page of closed orders, trades or ledger entries. Kraken's own pages say 2 and 4."""
CALL = 1.0


class Tier(Struct, frozen=True, kw_only=True):
    """An account's limits."""

    name: str
    rest_max: float
    rest_decay: float
    """A second."""
    trading_max: float
    trading_decay: float


REFUSED_AT_FIRST = 3
"""How far over the maximum the counter is taken to be after a first refusal."""
STARTER = Tier(name="starter", rest_max=15, rest_decay=0.33, trading_max=60, trading_decay=1)
INTERMEDIATE = Tier(name="intermediate", rest_max=20, rest_decay=0.5, trading_max=125, trading_decay=2.34)
PRO = Tier(name="pro", rest_max=20, rest_decay=1, trading_max=180, trading_decay=3.75)
TIERS = {tier.name: tier for tier in (STARTER, INTERMEDIATE, PRO)}


def tier_of(max_rate_count: float) -> Tier:
    """The tier whose trading threshold is told as `maxratecount`; the smallest that could be, where it is none's."""
    fits = [tier for tier in TIERS.values() if tier.trading_max <= max_rate_count]
    return max(fits, key=lambda tier: tier.trading_max, default=STARTER)


def amend_cost(age_ns: int | None) -> float:
    """What an amendment adds, by nanoseconds since the order was placed or last amended; None: as if just placed."""
    return _cost(_AMEND, age_ns, ADD)


def cancel_cost(age_ns: int | None) -> float:
    """What a cancel adds; see `amend_cost`."""
    return _cost(_CANCEL, age_ns, 0.0)


def _cost(table: tuple[tuple[int, int], ...], age_ns: int | None, old: float) -> float:
    age = max(0, age_ns or 0)
    return next((float(cost) for seconds, cost in table if age < seconds * SECOND), old)


class Counter:
    """A counter that falls with time."""

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self._value = 0.0
        self._counted_ns = 0

    def value(self, now_ns: int) -> float:
        """What it shows now; a clock that steps back does not let it rise."""
        return max(0.0, self._value - self.decay * max(0, now_ns - self._counted_ns) / SECOND)

    def raise_to(self, value: float, now_ns: int) -> None:
        """Let it show at least `value` now."""
        self._value = max(self.value(now_ns), value)
        self._counted_ns = now_ns

    def add(self, cost: float, now_ns: int) -> None:
        """Count an action."""
        self.raise_to(self.value(now_ns) + cost, now_ns)


class Budgets:
    """Both counters of an account, as far as our own requests tell.

    Args:
        tier: the account's; the smallest until it is known. `PrivateStream`'s subscription tells it (`maxratecount`).
    """

    def __init__(self, tier: Tier = STARTER) -> None:
        self.tier = tier
        self._rest = Counter(tier.rest_decay)
        self._refusals = 0
        self._pairs: dict[str, Counter] = {}
        self._on_its_way: dict[str, float] = {}

    def learn_limit(self, max_rate_count: float) -> None:
        """Take Kraken's word for the trading threshold: where it is a smaller tier's than ours, that tier counts."""
        tier = tier_of(max_rate_count)
        if tier.trading_max >= self.tier.trading_max:
            return
        logger.warning("EXCHANGE_TIER is {}; Kraken's limits are those of {}, and count", self.tier.name, tier.name)
        self.tier = tier
        for counter in (self._rest, *self._pairs.values()):
            counter.decay = tier.rest_decay if counter is self._rest else tier.trading_decay

    def trading(self, symbol: str, now_ns: int) -> float:
        """What the pair's counter shows at most: what is on its way counts in full."""
        return self._pair(symbol).value(now_ns) + self._on_its_way.get(symbol, 0.0)

    def begin_trading(self, symbol: str, cost: float) -> None:
        """An action is about to be sent."""
        self._on_its_way[symbol] = self._on_its_way.get(symbol, 0.0) + cost

    def end_trading(self, symbol: str, cost: float, now_ns: int, *, counts: bool = True) -> None:
        """It is over, whatever became of it: Kraken charges even for what it then refuses.

        Counting starts to fall at the exchange before its answer is here, so ours is never the lower one.

        Args:
            symbol: its pair.
            cost: as with `begin_trading`.
            now_ns: the time.
            counts: False where it was never sent, or was refused for the counter itself.
        """
        self._on_its_way[symbol] = max(0.0, self._on_its_way.get(symbol, 0.0) - cost)
        if counts:
            self._pair(symbol).add(cost, now_ns)

    def trading_is_full(self, symbol: str, now_ns: int) -> None:
        """Kraken says `EOrder:Rate limit exceeded`, which it knows better."""
        self._pair(symbol).raise_to(self.tier.trading_max, now_ns)

    def allows_entry(self, symbol: str, now_ns: int, stops_to_protect: int) -> bool:
        """Whether after an entry the counter could still pay for securing what is open in the pair, all at once.

        That is: cancel what rests of the entry, its own stop and the `stops_to_protect` others, all of them young;
        sell at market; and place one stop anew on doubt.
        """
        return self.trading(symbol, now_ns) + ADD + cost_to_secure(stops_to_protect + 2) <= self.tier.trading_max

    def allows_amend(self, symbol: str, now_ns: int, age_ns: int | None, stops_to_protect: int) -> bool:
        """Whether a trail may amend one of the `stops_to_protect`, by the same measure."""
        cost = amend_cost(age_ns) + cost_to_secure(stops_to_protect)
        return self.trading(symbol, now_ns) + cost <= self.tier.trading_max

    def rest(self, now_ns: int) -> float:
        """What the REST counter shows."""
        return self._rest.value(now_ns)

    def rest_wait_s(self, cost: float, now_ns: int) -> float:
        """Seconds until a call of `cost` would be taken; 0 where it would be now."""
        over = self.rest(now_ns) + cost - self.tier.rest_max
        return max(0.0, over / self.tier.rest_decay)

    def charge_rest(self, cost: float, now_ns: int) -> None:
        """Count a call. Calls made while limited make the block longer, so they count as well."""
        self._rest.raise_to(min(self.rest(now_ns) + cost, 2 * self.tier.rest_max), now_ns)

    def rest_is_full(self, now_ns: int) -> None:
        """Kraken says `EAPI:Rate limit exceeded`.

        How full it is is not told: refused calls count too, and an earlier run of this program may have made many. So
        each refusal in a row is taken for a fuller counter, up to twice the maximum.
        """
        self._refusals += 1
        full = self.tier.rest_max + REFUSED_AT_FIRST * 2 ** (self._refusals - 1)
        self._rest.raise_to(min(full, 2 * self.tier.rest_max), now_ns)

    def rest_had_room(self) -> None:
        """Kraken took a call that counts."""
        self._refusals = 0

    def _pair(self, symbol: str) -> Counter:
        return self._pairs.setdefault(symbol, Counter(self.tier.trading_decay))


def cost_to_secure(orders: int) -> float:
    """The most that it may cost to cancel `orders` that rest, to sell at market and to place one stop anew."""
    return CANCEL_AT_MOST * orders + 2 * ADD
