"""The result of a search (`optimize --out`) as a campaign: every trial registered, its winner the only challenger.

A search has seen its data, and nobody has declared anything before it: so none of its figures is evidence. They are
gates (G1, G2) that it must pass once; evidence begins with the first block in shadow after it was considered.
"""

import hashlib
import json
from collections.abc import Mapping

import msgspec
import numpy as np
from msgspec import Struct

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.learning.adoptable import RANGES, Candidate, Parameter
from kraken_tui.learning.campaign import Declaration, Trial
from kraken_tui.learning.events import Considered
from kraken_tui.learning.gates import Sanity, Search
from kraken_tui.learning.operations import Choose
from kraken_tui.learning.search_file import Found, Tried
from kraken_tui.model.errors import GARBLED, UsageError
from kraken_tui.model.memory import TrialRecord

KIND = "kraken-tui search"
MONTH_DAYS = 30.44
BOUND_SPREADS = 6.0
"""The loss bound L, in standard deviations of the champion's block."""
OF_REGIMES = frozenset({
    Parameter.HYSTERESIS, Parameter.CHOPPINESS_PERIOD, Parameter.SQUEEZE_RATIO, Parameter.CALM_PERIOD,
    Parameter.VOLATILITY_PERIOD,
})  # fmt: skip
"""They decide which strategy a ticker belongs to, for all strategies at once: no strategy can have its own."""


class Consideration(Struct, frozen=True, kw_only=True):
    """What a search comes to."""

    event: Considered
    records: tuple[TrialRecord, ...]
    """Every trial, for the memory."""


def candidate_of(strategy: str, code: str, parameters: Mapping[str, float]) -> Candidate:
    """A strategy with what is set for it, as far as it may be learned; its id is made of that."""
    known = {
        name: float(parameters[name])
        for name in Parameter
        if name in parameters and name not in OF_REGIMES and RANGES[name].low <= parameters[name] <= RANGES[name].high
    }
    text = json.dumps([strategy, code, known], sort_keys=True)
    return Candidate(id=f"{strategy}@{_hash(text)[:8]}", strategy=strategy, code=code, parameters=known)


def consider(
    found: Found, champion: Candidate, config: TradingConfig, spread: float, number: int, now_ns: int
) -> Consideration:
    """Make a campaign of a search's result.

    Args:
        found: what `optimize --out` wrote.
        champion: what trades now for the strategy that was searched.
        config: the operator's, on which it rests.
        spread: standard deviation of the champion's block returns.
        number: of the campaign; no two have the same, though time may stand still between them.
        now_ns: evidence counts from here on.

    Raises:
        UsageError: it is no whole result, or its winner is nothing that learning may adopt.
    """
    try:
        made = _consider(found, champion, config, spread, number, now_ns)
        msgspec.msgpack.encode(made.event)  # what can't be kept is refused here, before anything has changed
    except (LookupError, TypeError, *GARBLED) as error:
        raise UsageError(f"it is no whole result of `optimize --out`: {error!r}") from error
    return made


def _consider(
    found: Found, champion: Candidate, config: TradingConfig, spread: float, campaign: int, now_ns: int
) -> Consideration:
    if found.kind != KIND:
        raise UsageError("it is no result of a search: the file that `kraken-tui optimize --out FILE` writes is right")
    about, tried = found.about, found.trials
    challenger = _challenger(found, champion, config)
    plain = {str(key): value for key, value in champion.parameters.items()}
    ids = [candidate_of(champion.strategy, champion.code, {**plain, **row.values}).id for row in tried]
    returns = [_returns(row) for row in tried]
    trials = tuple(dict.fromkeys(
        Trial(candidate=f"{id}" if id == challenger.id else f"{id} {number}", seed=about.seed, data_hash=about.data,
              returns_hash=hashlib.sha256(made).hexdigest())
        for number, (id, made) in enumerate(zip(ids, returns, strict=True))
    ))  # fmt: skip
    declaration = Declaration(
        id=f"{found.name} {campaign} {now_ns}", declared_ns=now_ns, budget=max(1, len(trials)), challengers=1,
        bound=BOUND_SPREADS * spread, holdout_start_ns=now_ns, holdout_end_ns=now_ns, holdout_blocks=0,
    )  # fmt: skip
    choice = Choose(challengers=(challenger,), search=_search(found, len(trials)), sane=(_sanity(found),))
    records = tuple(
        TrialRecord(
            study=declaration.id, number=number, time_ns=now_ns, parameters=json.dumps(row.values, sort_keys=True),
            seed=about.seed, data_hash=about.data, code_hash=about.program,
            status="failed" if row.failed else "done", value=None if row.failed else row.score, returns=made,
        )
        for number, (row, made) in enumerate(zip(tried, returns, strict=True))
    )  # fmt: skip
    event = Considered(strategy=champion.strategy, declaration=declaration, trials=trials, choice=choice)
    return Consideration(event=event, records=records)


def _challenger(found: Found, champion: Candidate, config: TradingConfig) -> Candidate:
    """The winner, as far as it differs from what trades now."""
    searched = found.about.strategies
    if searched != [champion.strategy]:
        raise UsageError(f"it searched {', '.join(searched)}; a search of {champion.strategy} alone is right")
    changed = {key: value for key, value in found.proposal.items() if value != found.present[key]}
    if not changed:
        raise UsageError("its winner is what the settings say already")
    plain = {str(key): value for key, value in champion.parameters.items()}
    now = {**config.model_dump(mode="json"), **plain}
    for key, value in found.present.items():
        if now.get(key) != value:
            raise UsageError(f"{key} was {value} when it was searched and is {now.get(key)} now: search again")
    for key in changed:
        if key not in champion.parameters:
            may = ", ".join(sorted(champion.parameters))
            raise UsageError(f"{key} is nothing that learning may change for {champion.strategy}; {may} are right")
    challenger = candidate_of(champion.strategy, champion.code, {**plain, **changed})
    if challenger.parameters.keys() != champion.parameters.keys():
        beyond = ", ".join(sorted(champion.parameters.keys() - challenger.parameters.keys()))
        raise UsageError(f"{beyond} would leave the range in which it may be learned")
    with_own(config, challenger)
    return challenger


def with_own(config: TradingConfig, candidate: Candidate) -> TradingConfig:
    """The operator's choices with a candidate's own in their place.

    Raises:
        UsageError: together they make no sense.
    """
    own = {
        str(name): int(value) if isinstance(getattr(config, name), int) and value == int(value) else value
        for name, value in candidate.parameters.items()
    }
    try:
        return TradingConfig.model_validate({**config.model_dump(mode="json"), **own})
    except ValueError as error:
        raise UsageError(f"{candidate.id} and trading.json make no sense together: {error}") from error


def _returns(row: Tried) -> bytes:
    """Its returns of train and test days, as bytes; nothing of one that failed."""
    return b"" if row.failed else np.array([*row.train.returns, *row.test.returns], "<f8").tobytes()


def _search(found: Found, evaluated: int) -> Search:
    luck = found.luck
    overfitting = None if luck.overfitting is None else luck.overfitting.probability
    return Search(evaluated=evaluated, deflated=luck.deflated, overfitting=overfitting)


def _sanity(found: Found) -> Sanity:
    tested, near = found.out_of_sample, found.luck.neighbours
    return Sanity(
        trades=tested.trades, months=len(tested.days) / MONTH_DAYS,
        stressed=-1.0 if tested.net_at_higher_costs is None else tested.net_at_higher_costs,
        retained=0.0 if near is None or near.retained is None else near.retained,
    )  # fmt: skip


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
