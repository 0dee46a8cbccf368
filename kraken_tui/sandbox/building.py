"""Puts an exchange together from options: its market, its account, its keys and its rules."""

import asyncio
from decimal import Decimal
from difflib import get_close_matches

from msgspec import Struct

from kraken_tui.clock import SECOND, SEEDED_START_NS, Generator, SystemClock, generator
from kraken_tui.config.instruments import load_instruments
from kraken_tui.config.settings import Settings
from kraken_tui.exchange.matching.rules import Fees, Impact, Rules
from kraken_tui.exchange.matching.state import VenueState, opened
from kraken_tui.market.demo_feed import DemoFeed
from kraken_tui.market.feed import Feed
from kraken_tui.market.open_feed import make_feed
from kraken_tui.model.errors import ExchangeError, UsageError
from kraken_tui.model.excerpt import excerpt
from kraken_tui.sandbox.access import keys_file
from kraken_tui.sandbox.access.keys import PERMISSION_SETS, KeyRing, generate
from kraken_tui.sandbox.access.limits import RestLimits, TradingLimits
from kraken_tui.sandbox.access.tiers import TIERS, without_limits
from kraken_tui.sandbox.access.tokens import Tokens
from kraken_tui.sandbox.advancing_clock import AdvancingClock
from kraken_tui.sandbox.faults.faults import Faults
from kraken_tui.sandbox.keeping.state_file import StateFile
from kraken_tui.sandbox.market.held_feed import HeldFeed
from kraken_tui.sandbox.market.market_data import MarketData
from kraken_tui.sandbox.market.pairs import Pairs
from kraken_tui.sandbox.market.pairs_file import read_pairs
from kraken_tui.sandbox.market.past_trades import read_past
from kraken_tui.sandbox.market.pump import FeedClock
from kraken_tui.sandbox.opening import open_account
from kraken_tui.sandbox.options import BALANCES, LOOPBACK, MOST_SPEED, Options
from kraken_tui.sandbox.orders.trading import Trading
from kraken_tui.sandbox.orders.words import PLAIN, is_plain
from kraken_tui.sandbox.parts import Parts
from kraken_tui.sandbox.policies import SandboxPolicies, parse
from kraken_tui.sandbox.statistics import Statistics
from kraken_tui.sandbox.venue import Venue

IMPACT = Impact(depth=Decimal(5000), worse=Decimal("0.02"), slices=1000, on_grid=True)
"""What stands behind the best price: 5,000 quote units on each of 1,000 levels, two basis points apart."""
FEES = Fees(maker=Decimal("0.25"), taker=Decimal("0.40"), margin=Decimal("0.02"))
"""Of pairs without a ladder: Kraken's entry tier in 2026."""


class Exchange(Struct, frozen=True, kw_only=True):
    """An exchange that is not served yet."""

    parts: Parts
    feed: HeldFeed
    clock: AdvancingClock
    feed_clock: FeedClock
    opening: VenueState
    """A fresh account; to be copied."""


def check(options: Options) -> None:
    """Refuse what can't be meant.

    Raises:
        UsageError: names the option, its value and what would be right.
    """
    if options.host not in LOOPBACK:
        raise UsageError(
            f"--host {options.host}: the sandbox serves only this machine ({', '.join(LOOPBACK)}): its keys are "
            "printed, its control API needs none, and nothing is encrypted"
        )
    if options.tier not in TIERS:
        near = get_close_matches(options.tier, TIERS, 1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise UsageError(f"--tier {options.tier!r}: no such tier{hint}; {', '.join(TIERS)} are right")
    for name, port in (("--port", options.port), ("--control-port", options.control_port)):
        if not 0 <= port <= 65_535:
            raise UsageError(f"{name} {port}: a port is from 1 to 65535, or 0 for a free one")
    if options.port and options.port == options.control_port:
        raise UsageError(f"--control-port {options.control_port}: the same as --port; the control API has its own")
    _check_market(options)


def _check_market(options: Options) -> None:
    if not options.market.strip():
        raise UsageError(f"--market {options.market!r}: demo, kraken, or a recorded file or folder is right")
    if not 0 < options.speed <= MOST_SPEED:
        raise UsageError(
            f"--speed {options.speed:g}: a number above 0 and up to {MOST_SPEED:,} is right; 1 is real time"
        )
    if options.seed is not None and options.seed < 0:
        raise UsageError(f"--seed {options.seed}: a whole number from 0 up is right")
    if options.pairs_file is not None and options.market != "demo":
        raise UsageError(f"--pairs needs --market demo: --market {options.market} has its own pairs")
    if options.speed != 1 and options.market == "kraken":
        raise UsageError("--speed needs --market demo or a recording: Kraken's prices come at their own speed")
    if options.seed is not None and options.market == "kraken":
        raise UsageError("--seed needs --market demo or a recording: Kraken's prices are made from no seed")


async def build(options: Options, store: StateFile | None) -> Exchange:
    """Open the market and make the exchange on it.

    Raises:
        UsageError, SafetyRefusal, ExchangeUnreachable: options, files or the market are not usable.
    """
    policies = policies_of(options)
    clock = AdvancingClock(speed=options.speed)
    feed, starts_ns = await _market(options, clock)
    try:
        return await _exchange(options, store, policies, feed, clock, starts_ns)
    except BaseException:
        await feed.close()
        raise


def policies_of(options: Options) -> SandboxPolicies:
    """The policies that the options ask for.

    Raises:
        UsageError: one is wrong.
    """
    return parse(options.policies, TIERS[options.tier].most_open_orders)


async def _market(options: Options, clock: AdvancingClock) -> tuple[HeldFeed, int]:
    """The feed, and what its own time is now: a seeded demo begins at a fixed time, a recording at its own."""
    seeded = options.market == "demo" and options.seed is not None
    opened = FeedClock(clock, clock.now_ns())
    feed = _feed(options, opened)
    if seeded:
        opened.ahead_ns = SEEDED_START_NS - clock.now_ns()  # only now: to make the feed has taken its time
    await feed.open(lambda text, done: None)
    if seeded:
        return HeldFeed(feed, paused=options.paused, first_ns=SEEDED_START_NS), SEEDED_START_NS
    return HeldFeed(feed, paused=options.paused), opened.now_ns() if feed.starts_ns is None else feed.starts_ns


def _feed(options: Options, clock: FeedClock) -> Feed:
    settings = Settings(MARKET=options.market, SYMBOLS="ALL_USD")
    if options.market == "demo":
        further = read_pairs(options.pairs_file) if options.pairs_file is not None else ()
        return DemoFeed(tuple(load_instruments()), options.seed, clock, settings.GROUPS, further=further)
    return make_feed(options.market, settings, seed=options.seed, clock=SystemClock())


async def _exchange(
    options: Options,
    store: StateFile | None,
    policies: SandboxPolicies,
    feed: HeldFeed,
    clock: AdvancingClock,
    starts_ns: int,
) -> Exchange:
    tier, statistics, pairs = TIERS[options.tier], Statistics(), Pairs(feed.instruments)
    if policies.rate_limits == "off":
        tier = without_limits(tier)
    rules = Rules(
        instruments={instrument.symbol: instrument for instrument in feed.instruments},
        account="margin", fees=FEES, impact=IMPACT, policies=policies.core, fee_schedule="tiers",
    )  # fmt: skip
    opening = opened(_balances(options, pairs))
    kept = store.load(rules) if store is not None else None
    if kept is None:
        state, history, events = open_account(opening, clock.now_ns())
    else:
        state, history, events = kept.state, kept.history, []
    _catch_up(clock, state.time_ns)
    venue = Venue(rules, state, history, clock, store)
    faults = Faults(clock, _chance(options, 2), statistics)
    keys = _keys(options, store, clock.now_ns())
    limits, market = TradingLimits(tier), MarketData(venue, pairs, options.seed)
    if options.trades is not None:
        symbols = [instrument.symbol for instrument in pairs.instruments]
        market.past = await asyncio.to_thread(read_past, options.trades, symbols, clock.now_ns())
    parts = Parts(
        clock=clock, venue=venue, pairs=pairs, market=market,
        trading=Trading(venue, limits, faults), keys=keys, tokens=Tokens(clock, _chance(options, 1)),
        rest_limits=RestLimits(tier), trading_limits=limits, tier=tier, policies=policies, faults=faults,
        statistics=statistics,
    )  # fmt: skip
    if store is not None:
        store.nonces = lambda: keys.nonces
        market.on_printed = store.keep_tape_ids
        store.commit(state, events)
    return Exchange(parts=parts, feed=feed, clock=clock, feed_clock=FeedClock(clock, starts_ns), opening=opening)


def _catch_up(clock: AdvancingClock, time_ns: int) -> None:
    """An account that was kept has lived until `time_ns`; its exchange goes on from there."""
    behind_ns = time_ns - clock.now_ns()
    if behind_ns > 0:
        clock.advance(behind_ns / SECOND + 0.001)


def _chance(options: Options, number: int) -> Generator:
    """A generator of its own for each purpose, so that one draw more of the one does not change the other."""
    return generator(None if options.seed is None else 1000 * options.seed + number)


def _balances(options: Options, pairs: Pairs) -> dict[str, Decimal]:
    if options.balances is None:
        usual = {asset: amount for asset, amount in BALANCES.items() if asset in pairs.assets}
        return usual if "USD" in usual else {**usual, pairs.instruments[0].quote: BALANCES["USD"]}
    balances: dict[str, Decimal] = {}
    for name, amount in options.balances.items():
        try:
            code = pairs.asset(name)
        except ExchangeError as error:
            near = get_close_matches(name.upper(), pairs.assets, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(pairs.assets[:12])} and others"
            raise UsageError(f"--balance {name}={amount}: this market has no such asset; {hint}") from error
        if not is_plain(amount):
            raise UsageError(f"--balance {name}={excerpt(str(amount))}: an amount from 0 up is right, {PLAIN}")
        balances[code] = amount
    return balances


def _keys(options: Options, store: StateFile | None, now_ns: int) -> KeyRing:
    """From the file that is named, else as they were kept, else new ones."""
    kept = store.kept_keys() if store is not None else []
    if options.keys_file is not None:
        ring = keys_file.load(options.keys_file, created_ns=now_ns)
    elif kept:
        ring = KeyRing(each.key for each in kept)
    else:
        ring = generate(PERMISSION_SETS, _chance(options, 0), created_ns=now_ns)
    ring.nonces.update({each.key.key: each.nonce for each in kept if each.nonce and ring.by_key(each.key.key)})
    if store is not None:
        store.keep_keys(ring)
    return ring
