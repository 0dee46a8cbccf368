"""What a search may try so that learning can adopt whatever wins (`optimize --adoptable`).

Learning changes only signals of one strategy, within their ranges, and each by a fifth of its range at most: see
`learning.adoptable`. So the documented steps are taken around today's values, no further than that.
"""

from collections.abc import Sequence
from decimal import Decimal

from kraken_tui.config.trading_config import TradingConfig
from kraken_tui.learning.adoptable import RANGES, REACH, Parameter
from kraken_tui.learning.consider import OF_REGIMES
from kraken_tui.model.errors import UsageError
from kraken_tui.replay.search.parameters import DEFAULTS, FORM, SCANNER


def adoptable_texts(strategies: Sequence[str], config: TradingConfig) -> list[str]:
    """Bounds and steps as `--parameter` takes them.

    Args:
        strategies: the one that is searched.
        config: today's values.

    Raises:
        UsageError: it isn't one strategy of the autopilot, it has no parameter that learning may change, or a value of
            today lies where learning never goes.
    """
    if len(strategies) != 1 or strategies[0] not in DEFAULTS or SCANNER in strategies:
        known = ", ".join(name for name in DEFAULTS if name != SCANNER)
        raise UsageError(
            f"--adoptable with {', '.join(strategies)}: learning takes one strategy's result; {known} are right"
        )
    matches = [match for text in DEFAULTS[strategies[0]] if (match := FORM.fullmatch(text)) is not None]
    steps = {match[1]: Decimal(match[4] or 1) for match in matches}
    names = [name for name in Parameter if name in steps and name not in OF_REGIMES]
    return [_around(name, Decimal(str(getattr(config, name))), steps[name]) for name in names]


def _around(name: Parameter, today: Decimal, step: Decimal) -> str:
    low, high = Decimal(str(RANGES[name].low)), Decimal(str(RANGES[name].high))
    if not low <= today <= high:
        raise UsageError(f"--adoptable: {name} is {today}; learning may change it within {low} to {high}")
    reach = Decimal(str(REACH)) * (high - low)
    least = today - min(reach, today - low) // step * step
    most = today + min(reach, high - today) // step * step
    return f"{name}={least}..{most}:{step}"
