"""`kraken-tui lookahead`: whether any strategy's decisions change when later candles are there."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kraken_tui.cli.commands import HomeOption, home_of
from kraken_tui.model.plain import plain

if TYPE_CHECKING:
    from kraken_tui.market.candle_book import Candles
    from kraken_tui.strategy.look_ahead import Proof

SEEDS, COUNT = (1, 2, 3), 6_000
"""Generated markets that are tried, and the candles of each: three weeks."""


def lookahead(
    context: typer.Context,
    candles: Annotated[
        Path | None, typer.Option("--candles", metavar="FOLDER", help="Recorded candles to try as well.")
    ] = None,
    home: HomeOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Prove that no strategy, your own trusted ones included, looks at later candles; fails where one does."""
    from kraken_tui.config.trading_config import load_trading
    from kraken_tui.strategy.look_ahead import prove
    from kraken_tui.strategy.own_files import own_strategies
    from kraken_tui.strategy.strategy_orchestrator import BUILT_IN

    where = home_of(context, home)
    config = load_trading(where)
    strategies = [*BUILT_IN, *(own.strategy for own in own_strategies(where) if own.strategy is not None)]
    markets = _markets(candles)
    proofs: list[Proof] = []
    for strategy in strategies:
        for symbol, run in markets.items():
            proofs.append(prove(strategy, symbol, run, config))
            if not as_json:
                print(plain(_line(proofs[-1])), flush=True)
    failed = [proof for proof in proofs if proof.difference]
    if as_json:
        rows = [{name: getattr(proof, name) for name in proof.__struct_fields__} for proof in proofs]
        print(json.dumps({"failed": bool(failed), "proofs": rows}, ensure_ascii=False))
    else:
        print(f"{len(strategies)} strategies, {len(markets)} markets: {_verdict(failed)}")
    if failed:
        raise typer.Exit(1)


def _markets(folder: Path | None) -> "dict[str, Candles]":
    from kraken_tui.strategy.candle_files import read_candles
    from kraken_tui.strategy.generated import generated_candles

    made = {f"generated {seed}": generated_candles(seed, COUNT) for seed in SEEDS}
    return made | (read_candles(folder) if folder is not None else {})


def _line(proof: "Proof") -> str:
    verdict = proof.difference or "nothing differs"
    return f"{proof.strategy:18} {proof.symbol:14} {proof.candles:7,} candles, {proof.entries:5,} entries: {verdict}"


def _verdict(failed: "list[Proof]") -> str:
    if not failed:
        return "no decision rests on later candles"
    names = dict.fromkeys(proof.strategy for proof in failed)
    return f"{len(failed)} proofs failed; do not trade {', '.join(names)}"
