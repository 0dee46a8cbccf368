"""How fast the scanner is replayed with its exact paper account: `python -m benchmarks.replay [--days 90]`.

Prices are made up, as for the peers: 20 tickers, every two seconds, with calm, choppy and trending half hours and some
six bursts a day and ticker. "busy" arms at 0.15 % and holds up to twenty positions, "moderate" at 0.45 %; without fees,
so that the account lasts. Figures are of one core, in processor time, as others share the machine, and of the best
round. The step alone (the kernel over the same matrices, with an empty account) is measured in turn with it.
"""

import argparse
import hashlib
import resource
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from benchmarks.scan import machine
from kraken_tui.clock import SECOND, SEEDED_START_NS
from kraken_tui.config.settings import HeatLimit, Settings
from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.model.instrument import Instrument
from kraken_tui.replay.fast.compiling import loop
from kraken_tui.replay.fast.paper_books import Tape, Ticks
from kraken_tui.replay.fast.scans import replay_scans
from kraken_tui.replay.fast.tape import front, tape_of_quotes
from kraken_tui.replay.fast.trades import Replayed
from kraken_tui.scanner import kernel
from kraken_tui.scanner.inputs import Account, Matrix, Quote, Records, Vector
from kraken_tui.scanner.parameters import parameters_of, record
from kraken_tui.scanner.scanner import Scanner
from kraken_tui.scanner.state import ScannerState

DAY = 43_200
HALF_HOUR = 900
BASES = (
    65000, 3200, 150, 600, 2.1, 0.55, 0.17, 35, 14, 6.5, 90, 0.42, 0.085, 22, 1.05, 8.8, 0.0031, 310, 0.74, 4.4,
)  # fmt: skip
BYTES = 8
"""Read per ticker-scan: bid and ask, int32 each."""


def cpu_ns() -> float:
    """Processor time of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * SECOND


def path(chance: np.random.Generator, scans: int, base: float, volatility: float, shared: NDArray[np.float32]) -> Ticks:
    """Prices in ticks of six digits."""
    halves = scans // HALF_HOUR + 1
    mood = chance.choice(3, halves, p=[0.45, 0.40, 0.15])
    sigma = volatility / np.sqrt(365 * DAY)
    steps = chance.standard_normal(scans).astype(np.float32)
    steps *= np.repeat(np.array([0.45, 1.0, 1.6])[mood], HALF_HOUR)[:scans] * sigma
    steps += np.repeat(chance.standard_normal(halves) * (mood == 2), HALF_HOUR)[:scans] * sigma * 0.04
    count = int(chance.poisson(6 * scans / DAY))
    starts, lengths = chance.integers(0, max(1, scans - 1200), count), chance.integers(15, 150, count)
    sizes = chance.lognormal(np.log(0.010), 0.7, count) * chance.choice([1, -1], count, p=[0.6, 0.4])
    for start, length, size in zip(starts, lengths, sizes, strict=True):
        steps[start : start + length] += size / length
        if chance.random() < 0.5:
            back = int(length * chance.uniform(1, 6))
            steps[start + length : start + length + back] -= 0.6 * size / back
    walked = np.cumsum((steps + shared).astype(np.float64))
    walked -= np.linspace(0, walked[-1] * 0.8, scans)
    tick = 10.0 ** (np.floor(np.log10(base)) - 5)
    ticks: Ticks = np.maximum(np.rint(base * np.exp(walked) / tick), 1).astype(np.int32)
    return ticks


def market(days: int, seed: int = 20260101) -> tuple[list[Instrument], Tape]:
    """Twenty pairs with a spread of a tick to either side."""
    chance, scans = np.random.default_rng(seed), days * DAY
    moves = chance.uniform(0.5, 1.6, len(BASES))
    shared = (chance.standard_normal(scans) * (0.45 / np.sqrt(365 * DAY))).astype(np.float32)
    mid = np.empty((scans, len(BASES)), np.int32)
    for i, (base, volatility) in enumerate(zip(BASES, moves, strict=True)):
        mid[:, i] = path(chance, scans, base, volatility, np.float32(chance.uniform(0.5, 1.3)) * shared)
    times = SEEDED_START_NS + np.arange(scans, dtype=np.int64) * 2 * SECOND
    return pairs(), tape_of_quotes(times, np.maximum(mid - 1, 1), mid + 1)


def pairs() -> list[Instrument]:
    """Twenty made-up pairs."""
    return [_pair(i, base) for i, base in enumerate(BASES)]


def _pair(number: int, base: float) -> Instrument:
    decimals = 5 - int(np.floor(np.log10(base)))
    name = f"C{number:02}"
    return Instrument(
        symbol=f"{name}/USD", id=f"{name}USD", altname=f"{name}USD", base=name, quote="USD",
        price_decimals=max(0, decimals), lot_decimals=8, cost_decimals=5, tick=Decimal(10) ** -decimals,
        order_min=Decimal("0.00000001"), cost_min=Decimal("0.01"), leverage_buy=(2, 3, 4, 5),
        leverage_sell=(2, 3, 4, 5),
    )  # fmt: skip


def settings_of(threshold: float) -> Settings:
    """Everything that the fast replay models at its defaults, but for fees and limits that would end the account."""
    places = HeatLimit(trades=20, exposure=1_000_000)
    return Settings(
        VELOCITY_THRESHOLD=threshold, PAPER_TAKER_FEE=Decimal(0), PAPER_MAKER_FEE=Decimal(0),
        PAPER_MARGIN_FEE=Decimal(0), FEES_DECIDE=False, HEAT=places, HEAT_GROUPS={}, DRAWDOWN_TIERS=[],
        RISK_PER_TRADE=0.01, MAX_ACTIVE_RISK=None, AUTOPILOT="off", REGIME_LOW_VOL=0, REGIME_MIX=100,
    )  # fmt: skip


@loop
def step_alone(
    tape: Tape, account: Matrix, quotes: Matrix, columns: Matrix, history: Matrix, market: Vector, values: Records,
) -> int:  # fmt: skip
    """The kernel over every scan, and nothing else."""
    changes = 0
    for s in range(tape.time_ns.size):
        for i in range(quotes.shape[1]):
            quotes[Quote.BID, i] = tape.bid[s, i]
            quotes[Quote.ASK, i] = tape.ask[s, i]
        changes += kernel.one_scan(quotes, account, columns, history, market, values, tape.time_ns[s], True, 0, False)
    return changes


def measure_alone(tape: Tape, settings: Settings) -> float:
    """Million ticker-scans a second of the step alone."""
    count, parameters = tape.bid.shape[1], parameters_of(settings)
    state, account = ScannerState.empty(count, parameters), np.zeros((len(Account), count), np.int64)
    began = cpu_ns()
    step_alone(
        tape, account, np.ones((len(Quote), count), np.int64), state.columns, state.history, state.market,
        record(parameters),
    )  # fmt: skip
    return tape.bid.size * 1e3 / (cpu_ns() - began)


def measure(tape: Tape, instruments: list[Instrument], settings: Settings) -> tuple[float, Replayed]:
    """Million ticker-scans a second of the replay, all of it; and what it found."""
    scanner = Scanner(instruments, settings, np.ones(len(instruments), np.bool_))
    began = cpu_ns()
    found = replay_scans(
        scanner, tape, ["Alts"] * len(instruments), settings, TradingConfig(MIN_DAY_VOLUME=0, MIN_AGE=1, MAX_SPREAD=5)
    )
    return tape.bid.size * 1e3 / (cpu_ns() - began), found


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=90)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    print(machine())
    instruments, tape = market(chosen.days)
    short = front(tape, 100)
    digest = hashlib.blake2b(tape.bid.tobytes(), digest_size=4).hexdigest()
    print(f"{len(instruments)} tickers x {chosen.days} days, prices {digest}, {BYTES} bytes read per ticker-scan")
    for name, threshold in (("busy", 0.15), ("moderate", 0.45)):
        settings = settings_of(threshold)
        measure_alone(short, settings)
        measure(short, instruments, settings)
        rows = [(measure_alone(tape, settings), *measure(tape, instruments, settings)) for _ in range(chosen.rounds)]
        alone, whole, found = max(row[0] for row in rows), max(row[1] for row in rows), rows[0][2]
        same = len({row[2].fingerprint for row in rows}) == 1
        print(
            f"{name:9} {whole:6.1f} M ticker-scans/s ({found.scans * len(instruments) / whole / 1e6:.2f} s), "
            f"the step alone {alone:6.1f} M: {alone / whole:.2f} x; {len(found.rows):,} trades, {found.asked} asked, "
            f"fingerprint {found.fingerprint}{'' if same else ' DIFFERS FROM RUN TO RUN'}"
        )


if __name__ == "__main__":
    main()
