"""The scanner's rules once more, in plain Python from docs/engine.md: one object per ticker, no arrays, no compiler."""

import math
from collections import deque
from dataclasses import dataclass, field

from kraken_tui.model.scan import Action, Reason, Regime, State
from kraken_tui.scanner.parameters import Parameters

WHOLE = 1_000_000
MINUTE_NS = 60_000_000_000


@dataclass(frozen=True)
class Told:
    """What one scan is told about one ticker."""

    bid: int = 0
    ask: int = 0
    listed: bool = True
    side: int = 0
    entry: int = 0
    breakeven: int = 0
    stop: int = 0
    busy: int = 0
    last_net: int = 0
    closed: int = 0
    blocked: int = 0

    @property
    def mid(self) -> int | None:
        honest = self.bid > 0 and self.ask >= self.bid and self.ask < 2**33 and self.listed
        return (self.bid + self.ask) // 2 if honest else None

    @property
    def exit_price(self) -> int:
        return self.bid if self.side > 0 else self.ask


@dataclass
class Bars:
    """Closed one-minute bars and the one in progress."""

    period: int
    ranges: deque[int] = field(default_factory=deque)
    close: int | None = None
    empty: int = 0
    prices: list[int] = field(default_factory=list)

    def end_minute(self) -> None:
        prices, self.prices = self.prices, []
        if prices:
            self.add(max(prices), min(prices), prices[-1])
        else:
            self.flat()

    def add(self, high: int, low: int, close: int) -> None:
        before = [] if self.close is None else [self.close]
        self.ranges.append(max([high, *before]) - min([low, *before]))
        self.close = close
        self.empty = 0
        self._trim()

    def flat(self) -> None:
        self.empty += 1
        if self.empty >= self.period:
            self.close = None
            self.ranges.clear()
        elif self.close is not None:
            self.ranges.append(0)
            self._trim()

    def _trim(self) -> None:
        while len(self.ranges) > self.period:
            self.ranges.popleft()

    @property
    def warm(self) -> bool:
        return len(self.ranges) == self.period


@dataclass
class Ticker:
    """One ticker's memory."""

    dollar: int
    shortable: bool
    ring: deque[int | None]
    bars: Bars
    believed: int | None = None
    suspect: int | None = None
    suspect_scans: int = 0
    price: int | None = None
    velocity: int | None = None
    warm_minute: int | None = None
    state: State = State.WAIT
    reason: Reason = Reason.NONE
    action: Action = Action.NONE
    count: int = 0
    direction: int = 0
    cooldown: int = 0
    wanted_stop: int = 0
    best: int | None = None
    fading: int = 0
    reversing: int = 0
    held_side: int = 0
    seen_closed: int = 0
    exit_asked: bool = False

    def go(self, state: State, reason: Reason) -> None:
        self.state, self.reason = state, reason
        self.count = self.direction = self.cooldown = self.wanted_stop = 0


class Reference:
    """The whole market, scan by scan."""

    def __init__(self, parameters: Parameters, dollars: list[int], shortable: list[bool]) -> None:
        self.p = parameters
        self.tickers = [
            Ticker(dollar, short, deque([None] * parameters.lookback), Bars(parameters.atr_period))
            for dollar, short in zip(dollars, shortable, strict=True)
        ]
        self.time: int | None = None
        self.minute: int | None = None
        self.skipped = 0
        self.window: deque[tuple[int, int, int]] = deque(maxlen=parameters.regime_window)
        self.dataless = 0
        self.regime: Regime | None = None
        self.threshold = 0

    def warm(self, index: int, bars: list[tuple[int, int, int, int]]) -> None:
        """Bars as (minute, high, low, close), rising."""
        ticker = self.tickers[index]
        fresh = Bars(self.p.atr_period, prices=ticker.bars.prices)
        last = None
        for minute, high, low, close in bars:
            if self.minute is not None and minute >= self.minute:
                break
            for _ in range(minute - last - 1 if last is not None else 0):
                fresh.flat()
            fresh.add(high, low, close)
            last = minute
        if self.minute is not None and last is not None:
            for _ in range(self.minute - last - 1):
                fresh.flat()
        ticker.bars, ticker.warm_minute = fresh, last
        if ticker.believed is None:
            ticker.believed = fresh.close

    def scan(self, told: list[Told], time_ns: int, live: bool, heat: int, paused: bool) -> None:
        self._clock(time_ns)
        self._minutes(time_ns)
        for ticker, t in zip(self.tickers, told, strict=True):
            self._price(ticker, t.mid if live else None)
        self._survey()
        heat = min(max(heat, 0), WHOLE)
        self.threshold = self.p.threshold + self.p.threshold * self.p.threshold_rise * heat // WHOLE**2
        for ticker, t in zip(self.tickers, told, strict=True):
            Decision(self, ticker, t, live, paused).take()

    def _clock(self, time_ns: int) -> None:
        self.skipped = 0
        if self.time is not None and time_ns > self.time:
            interval = self.p.interval_ns
            self.skipped = min(self.p.lookback, max(0, (time_ns - self.time + interval // 2) // interval - 1))
        self.time = time_ns
        for ticker in self.tickers:
            for _ in range(self.skipped):
                ticker.ring.popleft()
                ticker.ring.append(None)

    def _minutes(self, time_ns: int) -> None:
        now = time_ns // MINUTE_NS
        if self.minute is None:
            for ticker in self.tickers:
                if ticker.warm_minute is not None and ticker.warm_minute >= now:
                    ticker.bars = Bars(self.p.atr_period)
                elif ticker.warm_minute is not None:
                    for _ in range(now - ticker.warm_minute - 1):
                        ticker.bars.flat()
            self.minute = now
        while self.minute < now:
            for ticker in self.tickers:
                ticker.bars.end_minute()
            self.minute += 1

    def _price(self, ticker: Ticker, mid: int | None) -> None:
        ticker.price = self._believed(ticker, mid)
        past = ticker.ring.popleft()
        ticker.ring.append(ticker.price)
        ticker.velocity = None
        if ticker.price is None:
            return
        if past is not None:
            velocity = round((ticker.price - past) * float(WHOLE) / past)
            ticker.velocity = min(max(velocity, -(10**9)), 10**9)
        ticker.bars.prices.append(ticker.price)
        ticker.believed = ticker.price

    def _jumped(self, mid: int, base: int) -> bool:
        return abs(mid - base) * WHOLE > self.p.max_jump * base

    def _believed(self, ticker: Ticker, mid: int | None) -> int | None:
        if mid is None or ticker.believed is None or not self._jumped(mid, ticker.believed):
            ticker.suspect_scans = 0
            return mid
        agrees = ticker.suspect_scans > 0 and ticker.suspect is not None and not self._jumped(mid, ticker.suspect)
        ticker.suspect_scans = ticker.suspect_scans + 1 if agrees else 1
        ticker.suspect = mid
        if ticker.suspect_scans < 3:
            return None
        ticker.suspect_scans = 0
        ticker.ring = deque([None] * self.p.lookback)
        ticker.bars = Bars(self.p.atr_period)
        return mid

    def _survey(self) -> None:
        p = self.p
        velocities = [min(max(t.velocity, -WHOLE), WHOLE) for t in self.tickers if t.velocity is not None]
        n = len(velocities)
        if n == 0:
            self.dataless += 1 + self.skipped
            if self.dataless >= p.lookback:
                self.window.clear()
                self.regime = None
            return
        self.dataless = 0
        up = sum(v > p.regime_low_vol for v in velocities)
        down = sum(v < -p.regime_low_vol for v in velocities)
        activity = sum(abs(v) for v in velocities) // n
        dispersion = math.isqrt(n * sum(v * v for v in velocities) - sum(velocities) ** 2) // n
        mix = WHOLE - abs(up - down) * WHOLE // (up + down) if up + down else 0
        self.window.append((activity, dispersion, mix))
        if len(self.window) < p.regime_window:
            self.regime = None
            return
        activity, dispersion, mix = (sum(column) // p.regime_window for column in zip(*self.window, strict=True))
        if activity < p.regime_low_vol:
            self.regime = Regime.LOW_VOL
        elif dispersion >= p.regime_dispersion:
            self.regime = Regime.TRENDING
        elif mix > p.regime_mix:
            self.regime = Regime.CHOP
        else:
            self.regime = Regime.TRENDING


@dataclass
class Decision:
    """Sections 7 to 9 for one ticker."""

    market: Reference
    ticker: Ticker
    told: Told
    live: bool
    paused: bool

    def take(self) -> None:
        ticker, before = self.ticker, self.ticker.state
        ticker.action = Action.NONE
        ticker.cooldown = max(0, ticker.cooldown - 1 - self.market.skipped)
        if self._account():
            return
        rules = {
            State.WAIT: self._wait,
            State.ARM: self._arm,
            State.ENTRY: self._entry,
            State.HOLD: self._hold,
            State.EXIT: self._exit,
            State.COOLDOWN: self._cool,
        }
        rules[before]()
        if self.told.busy == 3 and ticker.state is before:
            ticker.reason = Reason.IN_FLIGHT

    def _account(self) -> bool:
        ticker, told = self.ticker, self.told
        over = Reason.EXITED if ticker.exit_asked else Reason.STOPPED
        match ticker.state:
            case State.HOLD if told.side == 0 or told.busy == 2:
                ticker.go(State.EXIT, over)
            case State.EXIT if told.busy == 0 and told.side != 0:
                ticker.go(State.HOLD, Reason.HOLDING)
                ticker.exit_asked = False
            case State.EXIT if told.busy == 0 and told.last_net < 0:
                ticker.go(State.COOLDOWN, Reason.LOSS)
                ticker.cooldown = self.market.p.cooldown
            case State.EXIT if told.busy == 0:
                ticker.go(State.WAIT, over)
            case State.WAIT | State.ARM | State.ENTRY | State.COOLDOWN if told.side != 0 and told.busy != 2:
                ticker.go(State.HOLD, Reason.HOLDING)
                self._take_position()
            case State.ENTRY if told.side == 0 and told.busy not in (1, 3) and told.closed > ticker.seen_closed:
                ticker.exit_asked = False
                ticker.go(State.EXIT, Reason.STOPPED)
            case State.ENTRY if told.side == 0 and told.busy not in (1, 3):
                ticker.go(State.WAIT, Reason.REFUSED)
            case _:
                return False
        return True

    def _take_position(self) -> None:
        ticker = self.ticker
        ticker.held_side, ticker.seen_closed = self.told.side, self.told.closed
        ticker.best, ticker.fading, ticker.reversing, ticker.exit_asked = None, 0, 0, False

    @property
    def _defect(self) -> Reason:
        if not self.live:
            return Reason.STALE_FEED
        if not self.told.listed:
            return Reason.DELISTED
        if self.told.mid is None:
            return Reason.NO_PRICE
        if self.ticker.price is None:
            return Reason.JUMP
        if self.ticker.velocity is None or not self.ticker.bars.warm:
            return Reason.WARMING
        return Reason.NONE

    @property
    def _burst(self) -> int:
        velocity = self.ticker.velocity
        assert velocity is not None
        if abs(velocity) < self.market.threshold:
            return 0
        return 1 if velocity > 0 else -1

    def _wait(self) -> None:
        ticker = self.ticker
        if self.told.busy != 0:
            ticker.reason = Reason.IN_FLIGHT
        elif self._defect is not Reason.NONE:
            ticker.reason = self._defect
        elif self._burst == 0:
            ticker.reason = Reason.QUIET
        else:
            ticker.go(State.ARM, Reason.ARMING)
            ticker.count, ticker.direction = 1, self._burst

    def _arm(self) -> None:
        ticker = self.ticker
        if self.told.busy != 0:
            ticker.go(State.WAIT, Reason.IN_FLIGHT)
        elif self._defect is not Reason.NONE:
            ticker.go(State.WAIT, self._defect)
        elif self._burst == 0:
            ticker.go(State.WAIT, Reason.QUIET)
        elif self._burst != ticker.direction:
            ticker.count, ticker.direction, ticker.reason = 1, self._burst, Reason.ARMING
        else:
            ticker.count, ticker.reason = min(ticker.count + 1, self.market.p.persistence), Reason.ARMING
            if ticker.count == self.market.p.persistence:
                self._gates()

    def _gates(self) -> None:
        ticker, side = self.ticker, self.ticker.direction
        stop = self._first_stop(side, self._atr_term)
        if self.paused:
            ticker.reason = Reason.PAUSED
        elif self.market.regime is not Regime.TRENDING:
            ticker.reason = Reason.REGIME
        elif side < 0 and not ticker.shortable:
            ticker.reason = Reason.NO_SHORTS
        elif self.told.blocked:
            ticker.reason = Reason.BLOCKED
        elif stop is None:
            ticker.reason = Reason.NO_STOP
        else:
            ticker.go(State.ENTRY, Reason.BURST)
            ticker.direction, ticker.wanted_stop, ticker.seen_closed = side, stop, self.told.closed
            ticker.action = Action.ENTER_LONG if side > 0 else Action.ENTER_SHORT

    @property
    def _atr_term(self) -> int:
        p, ticker = self.market.p, self.ticker
        assert ticker.price is not None
        multiple = p.atr_multiple if ticker.price >= ticker.dollar else p.atr_multiple_below_one
        return -(-multiple * sum(ticker.bars.ranges) // (1000 * p.atr_period))

    def _first_stop(self, side: int, atr_term: int) -> int | None:
        bid, ask, price = self.told.bid, self.told.ask, self.ticker.price
        assert price is not None
        d = max(atr_term, -(-price * self.market.p.stop_distance_min // WHOLE), ask - bid, 1)
        if side > 0:
            stop = min(ask - d, bid - 1)
            return stop if stop > 0 else None
        return max(bid + d, ask + 1) if d < bid else None

    def _entry(self) -> None:
        self.ticker.reason = Reason.IN_FLIGHT

    def _exit(self) -> None:
        self.ticker.reason = Reason.EXITED if self.ticker.exit_asked else Reason.STOPPED

    def _cool(self) -> None:
        if self.ticker.cooldown == 0:
            self.ticker.go(State.WAIT, Reason.NONE)
        else:
            self.ticker.reason = Reason.LOSS

    def _hold(self) -> None:
        ticker, told, p = self.ticker, self.told, self.market.p
        if told.side != ticker.held_side or told.closed != ticker.seen_closed:
            self._take_position()
        ticker.wanted_stop = told.stop
        if self._defect not in (Reason.NONE, Reason.WARMING):
            ticker.reason = self._defect
            return
        x = told.exit_price
        candidates = [x] if ticker.best is None else [ticker.best, x]
        ticker.best = max(candidates) if told.side > 0 else min(candidates)
        if told.busy != 0:
            ticker.reason = Reason.IN_FLIGHT
            return
        if ticker.velocity is not None:
            momentum = ticker.velocity * told.side
            fades = momentum * WHOLE < p.decay_ratio * self.market.threshold
            ticker.fading = min(ticker.fading + 1, p.decay_scans) if fades else 0
            turned = momentum <= -self.market.threshold
            ticker.reversing = min(ticker.reversing + 1, p.reversal_scans) if turned else 0
        ticker.exit_asked = False
        if told.stop == 0:
            self._repair()
        else:
            self._manage(x, ticker.best)

    def _act(self, action: Action, reason: Reason) -> None:
        self.ticker.action, self.ticker.reason = action, reason
        self.ticker.exit_asked = action is Action.EXIT

    def _repair(self) -> None:
        stop = self._first_stop(self.told.side, self._atr_term) if self.ticker.bars.warm else None
        stop = self._first_stop(self.told.side, 0) if stop is None else stop
        if stop is None:
            self._act(Action.EXIT, Reason.NO_STOP)
        else:
            self._act(Action.MOVE_STOP, Reason.UNPROTECTED)
            self.ticker.wanted_stop = stop

    def _gains(self, price: int, base: int, share: int) -> bool:
        return base > 0 and (price - base) * self.told.side * WHOLE >= share * base

    def _better(self, level: int, other: int) -> bool:
        return level > other if self.told.side > 0 else level < other

    @property
    def _lock(self) -> int:
        return self.told.entry + self.told.side * (self.told.entry * self.market.p.lock_profit // WHOLE)

    def _manage(self, x: int, best: int) -> None:
        ticker, told, p = self.ticker, self.told, self.market.p
        wanted, reason, crossed = told.stop, Reason.NONE, False
        for level, share, why in (
            (told.entry, p.ratchet_entry, Reason.RATCHET_ENTRY),
            (told.breakeven, p.breakeven_gap, Reason.RATCHET_BREAKEVEN),
        ):
            if self._gains(x, level, share) and self._better(x, level) and self._better(level, wanted):
                wanted, reason = level, why
        locked = self._gains(best, told.entry, p.ratchet_lock)
        if locked:
            trail = best - told.side * max(1, -(-best * p.trail_distance // WHOLE))
            level, why = (trail, Reason.TRAIL) if self._better(trail, self._lock) else (self._lock, Reason.RATCHET_LOCK)
            crossed = not self._better(x, level)
            if not crossed and self._better(level, wanted):
                wanted, reason = level, why
        ticker.wanted_stop = wanted
        moved = abs(wanted - told.stop)
        assert ticker.price is not None
        if crossed:
            self._act(Action.EXIT, Reason.STOP_CROSSED)
        elif ticker.reversing >= p.reversal_scans:
            self._act(Action.EXIT, Reason.REVERSAL)
        elif ticker.fading >= p.decay_scans and not locked:
            self._act(Action.EXIT, Reason.FADE)
        elif moved >= 1 and (reason is not Reason.TRAIL or moved * WHOLE >= p.trail_step * ticker.price):
            self._act(Action.MOVE_STOP, reason)
        else:
            ticker.reason = self._standing()

    def _standing(self) -> Reason:
        told = self.told
        if told.entry == 0 or self._better(told.entry, told.stop):
            return Reason.HOLDING
        if self._better(told.stop, self._lock):
            return Reason.TRAIL
        if told.stop == self._lock != told.entry:
            return Reason.RATCHET_LOCK
        if told.breakeven > 0 and not self._better(told.breakeven, told.stop):
            return Reason.RATCHET_BREAKEVEN
        return Reason.RATCHET_ENTRY
