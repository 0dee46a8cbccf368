"""The book that paper orders fill against: the market's best prices, and the stated ladder behind them."""

from decimal import localcontext
from itertools import islice

from kraken_tui.exchange.matching.exact import EXACT
from kraken_tui.exchange.matching.market.liquidity import refreshed, standing
from kraken_tui.exchange.paper.paper_trading import PaperTrading
from kraken_tui.model.depth import Depth
from kraken_tui.model.market import Quote
from kraken_tui.model.trading import Side

SOURCE = "what paper orders fill against"


def paper_depth(paper: PaperTrading, quote: Quote, count: int) -> Depth | None:
    """The best `count` levels of each side, less what our own orders took of them; None without a sound price."""
    kept = paper.state.venue.markets.get(quote.symbol)
    market = kept if kept is not None and kept.quote == quote else refreshed(None, quote)
    if market is None:
        return None
    instrument, impact = paper.rules.instruments[quote.symbol], paper.rules.impact
    with localcontext(EXACT):
        bids, asks = (
            tuple(islice(standing(market, side, instrument, impact), count)) for side in (Side.SELL, Side.BUY)
        )
    return Depth(time_ns=quote.time_ns, source=SOURCE, bids=bids, asks=asks)
