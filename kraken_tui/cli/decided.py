"""What was decided, as it was written down: read without an engine."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from kraken_tui import clock
from kraken_tui.agent.decisions import decision_line, decision_lines
from kraken_tui.agent.symbols import find_symbol, no_symbol
from kraken_tui.cli.books import books
from kraken_tui.config.home import Home, Mode
from kraken_tui.execution.audit import LOOKED_AT, telling
from kraken_tui.model.errors import SafetyRefusal, UsageError
from kraken_tui.model.evaluation import VerdictRow
from kraken_tui.model.plain import plain
from kraken_tui.store.evaluation_chain import head_file
from kraken_tui.store.evaluation_reading import LogFile
from kraken_tui.store.evaluation_rows import Recorded
from kraken_tui.store.evaluation_verify import Verification, verify

WHY_COUNT = 3


def tell_why(word: str, root: Path) -> None:
    """Print the last decisions on a ticker, that on its last entry among them, with all their checks.

    Raises:
        UsageError: none was written down.
        SafetyRefusal: a log can't be read.
    """
    homes = _homes(root)
    if not homes:
        raise UsageError(f"no engine runs for {root}, and no decision was ever written down there")
    found = [(home, telling(recorded, WHY_COUNT)) for home in homes if (recorded := _last(home, word, LOOKED_AT))]
    if not found:
        raise UsageError(f"no engine runs for {root}, and in what it wrote down {_unknown(word, homes)}")
    for home, recorded in found:
        print(plain(f"No engine runs; {home.evaluation_log} has:"))
        for one in recorded:
            print("\n".join(plain(line) for line in decision_lines(one.evaluation, one.executed)))


def tell_decisions(root: Path, mode: Mode | None, word: str | None, count: int, *, as_json: bool) -> None:
    """Print the newest decisions of each log, the newest last.

    Raises:
        UsageError: none was written down on that ticker.
        SafetyRefusal: a log can't be read.
    """
    homes = _homes(root, mode)
    found = [(home, _last(home, word, count)) for home in homes]
    if word is not None and not any(recorded for _, recorded in found):
        raise UsageError(f"in what was written down in {root} {_unknown(word, homes)}")
    _tell(found, _decisions_json, _decision_lines, root, as_json=as_json)


def tell_verdicts(root: Path, mode: Mode | None, count: int, *, as_json: bool) -> None:
    """Print the newest verdicts on free text of each log, the newest last.

    Raises:
        SafetyRefusal: a log can't be read.
    """
    found = [(home, _reading(home).verdicts(count)) for home in _homes(root, mode)]
    _tell(found, _verdicts_json, _verdict_lines, root, as_json=as_json)


def tell_verified(root: Path, mode: Mode | None, *, as_json: bool) -> bool:
    """Print whether each log is as it was written; returns whether all are."""
    found = [(home, verify(home.evaluation_log, home.mode)) for home in _homes(root, mode)]
    _tell(found, _verification_json, _verification_lines, root, as_json=as_json)
    return all(verification.is_whole for _, verification in found)


def _homes(root: Path, mode: Mode | None = None) -> list[Home]:
    """The home in each mode and world that has a log, or the head of one that is gone; real money first."""
    return [
        there
        for there in books(root, mode)
        if there.evaluation_log.exists() or head_file(there.evaluation_log).exists()
    ]


def _last(home: Home, word: str | None, count: int) -> list[Recorded]:
    """The newest decisions on the ticker that a word names, the newest first."""
    log = _reading(home)
    symbol = None if word is None else find_symbol(word, log.symbols())
    return [] if word is not None and symbol is None else log.last(symbol, count)


def _reading(home: Home) -> LogFile:
    if not home.evaluation_log.exists():
        raise SafetyRefusal(f"{home.evaluation_log} is missing: kraken-tui evaluations --verify says what is known")
    return LogFile(home.evaluation_log)


def _unknown(word: str, homes: list[Home]) -> str:
    """Why no decision was found on what a word names."""
    return no_symbol(word, sorted({symbol for home in homes for symbol in LogFile(home.evaluation_log).symbols()}))


def _tell(
    found: list[tuple[Home, Any]],
    as_object: Callable[[Any], dict[str, Any]],
    as_lines: Callable[[Any], list[str]],
    root: Path,
    *,
    as_json: bool,
) -> None:
    """Print what was found in each log."""
    if as_json:
        logs = [{"file": str(home.evaluation_log), "mode": home.mode, **as_object(one)} for home, one in found]
        print(json.dumps({"home": str(root), "logs": logs}))
        return
    lines = [line for home, one in found for line in (f"{home.evaluation_log}:", *as_lines(one))]
    print("\n".join(plain(line) for line in lines or [f"No decision was ever written down in {root}."]))


def _decisions_json(recorded: list[Recorded]) -> dict[str, Any]:
    return {"decisions": msgspec.json.decode(msgspec.json.encode(recorded[::-1]))}  # what is not a number becomes null


def _decision_lines(recorded: list[Recorded]) -> list[str]:
    return [decision_line(one.evaluation) for one in reversed(recorded)]


def _verdicts_json(verdicts: list[VerdictRow]) -> dict[str, Any]:
    return {"verdicts": msgspec.to_builtins(verdicts[::-1])}


def _verdict_lines(verdicts: list[VerdictRow]) -> list[str]:
    return [
        f"  {clock.iso(one.time_ns)} turn {one.turn} {f'WITHHELD ({one.rule})' if one.rule else 'shown'}: "
        + " ".join(one.text.split())
        for one in reversed(verdicts)
    ] or ["  no sentence of a language model was judged yet"]


def _verification_json(found: Verification) -> dict[str, Any]:
    return {"whole": found.is_whole, **msgspec.to_builtins(found)}


def _verification_lines(found: Verification) -> list[str]:
    lines = [f"  {found.rows} rows, {'the chain is whole' if found.is_whole else 'NOT AS THEY WERE WRITTEN'}"]
    lines += [f"  FAULT: {place.text}" for place in found.faults]
    lines += [f"  gap: row {place.row}: {place.text}" for place in found.gaps]
    if found.after_head:
        lines.append(
            f"  {found.after_head} rows are newer than the head: their writer was killed, or they are another's"
        )
    return lines
