"""Why a ticker stands where it stands, in sentences with numbers."""

from kraken_tui.model.advice import reason_text
from kraken_tui.model.instrument import Instrument
from kraken_tui.model.scan import Reason, Regime, State
from kraken_tui.scanner.inputs import AccountColumns
from kraken_tui.scanner.parameters import PPM, Parameters
from kraken_tui.scanner.result import ScanResult
from kraken_tui.scanner.state import MISSING


def why(
    instrument: Instrument,
    index: int,
    result: ScanResult,
    account: AccountColumns,
    parameters: Parameters,
    note: str = "",
) -> str:
    """One to four sentences: state and reason, velocity against the threshold and the regime, then what is held.

    Args:
        instrument: of the ticker.
        index: its place in every array.
        result: of the last scan.
        account: as it was given to that scan.
        parameters: the scanner's.
        note: which limit blocks it, where one does.
    """
    state, reason = State(int(result.state[index])), Reason(int(result.reason[index]))
    sentences = [f"{instrument.symbol} is in {state.name}: {reason_text(reason, note)}."]
    sentences.append(_velocity(index, result))
    if state is State.ARM:
        way = "up" if result.arm_direction[index] > 0 else "down"
        sentences.append(f"Armed {way} for {result.arm_count[index]} of {parameters.persistence} scans.")
    elif state is State.COOLDOWN:
        left = int(result.cooldown_left[index]) * parameters.interval_ns / 1e9
        sentences.append(f"{left:.0f} s of cooldown are left.")
    elif account.side[index] != 0:
        sentences.append(_position(instrument, index, result, account))
    if result.bars[index] < result.atr_period:
        sentences.append(f"The ATR has {result.bars[index]} of {result.atr_period} one-minute bars.")
    return " ".join(sentences[:4])


def percent(ppm: int) -> str:
    """Ppm as percent, with its sign: `+0.153 %`."""
    return f"{ppm / 10_000:+.3f} %"


def _velocity(index: int, result: ScanResult) -> str:
    regime = result.regime.name if isinstance(result.regime, Regime) else "WARMING"
    velocity, threshold = int(result.velocity_ppm[index]), result.threshold_ppm / 10_000
    if velocity == MISSING:
        return f"It has no velocity yet (threshold {threshold:.3f} %); the market is {regime}."
    return f"Velocity is {percent(velocity)} against a threshold of {threshold:.3f} %; the market is {regime}."


def _position(instrument: Instrument, index: int, result: ScanResult, account: AccountColumns) -> str:
    side, entry, stop = int(account.side[index]), int(account.entry[index]), int(account.stop[index])
    text = f"{'Long' if side > 0 else 'Short'} from {instrument.price_of(entry)}"
    price = int(result.price[index])
    if entry > 0 and price > 0:
        text += f", {percent((price - entry) * side * PPM // entry)} at the mid"
    text += f"; the stop rests at {instrument.price_of(stop)}" if stop > 0 else "; no stop rests"
    wanted = int(result.wanted_stop[index])
    if wanted not in (0, stop):
        text += f", {instrument.price_of(wanted)} is wanted"
    return text + "."
