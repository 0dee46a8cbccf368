"""An instrument's rules, and the one border between exact prices and integer ticks."""

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from msgspec import Struct

FeeLadder = tuple[tuple[Decimal, Decimal], ...]
"""Rising steps of (30-day volume in USD, fee in percent)."""


class Instrument(Struct, frozen=True, kw_only=True):
    """A tradable pair with Kraken's rules for it (AssetPairs)."""

    symbol: str
    """Unified name, as on WebSocket v2 and in ccxt: `BTC/USD`."""
    id: str
    """Kraken's key: `XXBTZUSD`."""
    altname: str
    """Kraken's short name: `XBTUSD`."""
    base: str
    quote: str
    price_decimals: int
    lot_decimals: int
    cost_decimals: int
    tick: Decimal
    """Smallest price step, in quote units."""
    order_min: Decimal
    """Smallest order, in base units (`ordermin`)."""
    cost_min: Decimal
    """Smallest price times volume, in quote units (`costmin`)."""
    leverage_buy: tuple[int, ...] = ()
    """Leverage steps for longs; empty where margin is not offered."""
    leverage_sell: tuple[int, ...] = ()
    long_limit: Decimal | None = None
    """Largest long position on margin, in base units; None where Kraken names none."""
    short_limit: Decimal | None = None
    margin_call: int = 80
    """Margin level, in percent, below which Kraken warns."""
    margin_stop: int = 40
    """Margin level, in percent, below which Kraken liquidates."""
    taker_fees: FeeLadder = ()
    maker_fees: FeeLadder = ()
    status: str = "online"

    @property
    def lot(self) -> Decimal:
        """Smallest volume step, in base units."""
        return Decimal(1).scaleb(-self.lot_decimals)

    def price_of(self, ticks: int) -> Decimal:
        """The exact price of `ticks`, with the instrument's decimals."""
        return (self.tick * ticks).quantize(Decimal(1).scaleb(-self.price_decimals))

    def ticks_of(self, price: Decimal) -> int:
        """The tick nearest to `price` (ties to even): the border at which exact prices become signals."""
        return int((price / self.tick).to_integral_value(ROUND_HALF_EVEN))

    def ticks_below(self, price: Decimal) -> int:
        """The last tick at or below `price`."""
        return int((price / self.tick).to_integral_value(ROUND_FLOOR))

    def ticks_above(self, price: Decimal) -> int:
        """The first tick at or above `price`."""
        return int((price / self.tick).to_integral_value(ROUND_CEILING))

    def is_on_tick(self, price: Decimal) -> bool:
        """Whether Kraken would take `price` as it stands."""
        return price % self.tick == 0

    def amount_down(self, amount: Decimal) -> Decimal:
        """`amount` cut to the lot, never rounded up."""
        return amount.quantize(self.lot, ROUND_DOWN)

    def cost_of(self, price: Decimal, amount: Decimal) -> Decimal:
        """Price times volume, rounded to Kraken's cost decimals for this pair."""
        return (price * amount).quantize(Decimal(1).scaleb(-self.cost_decimals), ROUND_HALF_EVEN)

    def effective_leverage(self, asked: int, *, short: bool = False) -> int:
        """The largest step the pair offers that is not above `asked`; 1 where there is none."""
        steps = self.leverage_sell if short else self.leverage_buy
        return max((step for step in steps if step <= asked), default=1)
