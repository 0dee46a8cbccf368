"""Conversations to show: one of every kind of block, and long ones."""

from kraken_tui.clock import SECOND, SEEDED_START_NS
from kraken_tui.model.talk import BlockKind
from tests.ui.fake_engine import FakeEngine, Talking

CARD = (
    "PAPER  buy ETH/USD at market",
    "amount 0.01475 ETH = 50.00 USD · worst price 3,405.35",
    "stop 3,371.47 · target none",
    "fee 0.40 USD · risk 0.65 USD, 0.01 % of equity",
    "not in your words: stop 3,371.47",
)


def every_kind(talking: Talking, now_ns: int = SEEDED_START_NS) -> None:
    """Two turns: a question that tools answered, and an order that waits."""
    say = talking.say
    say(BlockKind.USER, "how did we do today, and why?")
    say(BlockKind.TOOL, "performance(period=today)")
    say(BlockKind.FACT, "today net +113.35 USD, 7 trades, 5 won", "best ADA/USD +11.96 · worst PEPE/USD -18.97", row="")
    say(BlockKind.PROSE, "A good day: the majors trended and the trailing stops let them run.",
        "PEPE/USD was the one that hurt; its burst faded within three scans.")  # fmt: skip
    say(BlockKind.FOOTER, "orders sent 0 · refused 0 · positions 3")
    say(BlockKind.USER, "buy fifty dollars of ether with a tight stop")
    say(BlockKind.TOOL, "propose_buy(symbol=ETH/USD, quote=50)")
    say(BlockKind.PROPOSAL, *CARD, row="P-17", done=False, expires_ns=now_ns + 90 * SECOND)
    say(BlockKind.NOTICE, "One sentence was withheld: it named a fill that no receipt shows.")
    say(BlockKind.RECEIPT, "XRP/USD stop moved to 2.2810, accepted (OQCLML-BW3P3-BUCMWZ)", row="4711")
    say(BlockKind.FOOTER, "orders sent 0 · 1 proposal waits")


def long_talk(talking: Talking, turns: int) -> None:
    """Many turns of four blocks."""
    for number in range(turns):
        talking.say(BlockKind.USER, f"question {number}: why BTC/USD?")
        talking.say(BlockKind.FACT, f"BTC/USD 96,{number:03}.3 · ARM, 2 of 3 scans", "burst +0.22 % over 20 s")
        talking.say(
            BlockKind.PROSE, f"Answer {number}: it is arming, as the burst has held for two scans out of three."
        )
        talking.say(BlockKind.FOOTER, "orders sent 0")


def talking_engine(**talk: object) -> FakeEngine:
    """An engine that tells blocks."""
    engine = FakeEngine()
    engine.talking = Talking(**talk)
    return engine
