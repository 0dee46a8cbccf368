"""What is said of orders and outcomes: what the rows say, and whose each order is."""

from kraken_tui.account.owners import Claim, Owners
from kraken_tui.account.resting import Resting
from kraken_tui.agent.answers import flatten_lines, order_lines, outcome_line
from kraken_tui.model.outcome import Accepted, Declined, FlattenReport, Receipt, Unknown
from kraken_tui.model.trading import Order, OrderStatus, OrderType, Side
from tests.samples import D


def order(
    id: str, type_: OrderType, price: str | None, client: str | None = None, parent: str | None = None,
    side: Side = Side.SELL, filled: str = "0", symbol: str = "BTC/USD",
) -> Order:  # fmt: skip
    return Order(
        id=id, client_id=client, parent_id=parent, symbol=symbol, side=side, type=type_, status=OrderStatus.OPEN,
        amount=D("0.01"), filled=D(filled), price=None if price is None else D(price),
    )  # fmt: skip


def test_orders_are_told_by_ticker_and_role_and_foreign_ones_apart() -> None:
    owners = Owners()
    owners.claim("kt1", Claim("enter", "BTC/USD"))
    owners.claim("kt2", Claim("target", "BTC/USD"))
    resting = Resting(owners)
    resting.replace(
        [
            order("OF", OrderType.TRAILING_STOP, None, client="mine"),
            order("OT", OrderType.TAKE_PROFIT, "66000.0", client="kt2"),
            order("OE", OrderType.LIMIT, "58000.0", client="kt1", side=Side.BUY, filled="0.004"),
            order("OS", OrderType.STOP_LOSS, "57000.0", parent="OE"),
        ]
    )
    assert order_lines(resting) == (
        "BTC/USD entry: buy 0.01 limit at 58000.0, 0.004 filled (OE)",
        "BTC/USD stop: sell 0.01 stop-loss at 57000.0 (OS)",
        "BTC/USD target: sell 0.01 take-profit at 66000.0 (OT)",
        "BTC/USD FOREIGN: sell 0.01 trailing-stop (OF); not ours, never touched",
    )


def test_where_nothing_rests_it_says_so() -> None:
    assert order_lines(Resting(Owners())) == ("No order rests.",)


def test_an_outcome_is_said_in_the_exchanges_own_words() -> None:
    receipt = Receipt(intent_id="1", client_id="kt1", order_id="OX", description="buy 1 XBTUSD @ market", time_ns=0)
    assert outcome_line("BTC/USD", "buy", Accepted(receipt)) == (
        "BTC/USD: buy accepted: buy 1 XBTUSD @ market (OX)"
    )  # fmt: skip
    assert outcome_line("BTC/USD", "buy", Declined("EOrder:Orders limit exceeded")) == (
        "BTC/USD: buy not done: EOrder:Orders limit exceeded"
    )
    assert outcome_line("BTC/USD", "close", Declined("not sent: no space left"), is_kept=True) == (
        "BTC/USD: close not done yet: not sent: no space left; the engine goes on trying"
    )
    unknown = outcome_line("BTC/USD", "buy", Unknown("kt1", "timed out"))
    assert "unknown (kt1): timed out" in unknown and "accepted" not in unknown and "not done" not in unknown
    assert outcome_line("BTC/USD", "buy", None).endswith("nothing was sent, or no answer is known yet")


def test_a_flatten_names_what_is_left_and_what_is_dust() -> None:
    report = FlattenReport(
        closed=("A closed",), cancelled=2, left=("B/USD: still open",), net=D("-1.005"), flat=False, dust=("C/USD 1",)
    )
    assert flatten_lines(report) == (
        "NOT FLAT; 2 resting orders gone; entries paused",
        "A closed",
        "LEFT OPEN: B/USD: still open",
        "dust, which no order can take: C/USD 1",
    )
