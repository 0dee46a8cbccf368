"""Differences, sums, shares and the like of values, exactly; each result is a value that says what it is of what."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, localcontext

from kraken_tui.model.errors import UsageError
from kraken_tui.model.fact import SAID, Fact

DIGITS = 100
"""Of the arithmetic: sums and products of what is allowed stay exact."""
MOST_DIGITS = 30
"""Of an operand."""
KEPT = 12
"""Digits of a quotient that does not end."""
LONGEST_NAME = 240
HUNDRED = Decimal(100)
PRICES = ("price", "bid", "ask")
_STANDING = ("equity", "balance", "profit")
"""Of the account: one is in the other, and none of them adds up with a price."""

Way = Callable[[Sequence[Fact]], Fact]


def reckoned(how: str, operands: Sequence[Fact]) -> Fact:
    """The figure.

    Args:
        how: as `WorkOut.how` has it.
        operands: in their order.

    Raises:
        UsageError: they don't go together; says why.
    """
    way = WAYS[how]
    if how not in ("sum", "average") and len(operands) != 2:
        raise UsageError(f"{how} is worked out of two values, not of {len(operands)}")
    if worked := next((fact for fact in operands if fact.of), None):
        raise UsageError(f"{worked.name[:60]!r} was itself worked out: take the values that tools returned")
    if all(fact.kind == SAID for fact in operands):
        raise UsageError("those are the operator's own numbers: at least one has to be a value that a tool returned")
    for fact in operands:
        if len(fact.value.as_tuple().digits) > MOST_DIGITS or abs(fact.value.adjusted()) > MOST_DIGITS:
            raise UsageError(f"{fact.handle} has more digits than can be worked with")
    with localcontext(prec=DIGITS):
        found = way(operands)
    if len(found.name) > LONGEST_NAME:
        raise UsageError("that is worked out of too much: its name would be too long to tell")
    return found


def _difference(operands: Sequence[Fact]) -> Fact:
    unit = _common_unit(operands)
    more, less = sorted(operands, key=lambda fact: -fact.value)
    return _made("difference", "{} above {}", (more, less), more.value - less.value, unit)


def _sum(operands: Sequence[Fact]) -> Fact:
    unit, name = _common_unit(operands), " plus ".join(["{}"] * len(operands))
    standing = [fact for fact in operands if fact.kind in _STANDING]
    if standing and (len(standing) > 1 or any(fact.kind in PRICES for fact in operands)):
        raise UsageError(f"{standing[0].handle} does not add up with that: its sum would be of nothing there is")
    return _made("total", name, operands, sum((fact.value for fact in operands), Decimal(0)), unit)


def _average(operands: Sequence[Fact]) -> Fact:
    unit, name = _common_unit(operands), f"average of {' and '.join(['{}'] * len(operands))}"
    total = sum((fact.value for fact in operands), Decimal(0))
    return _made("average", name, operands, _kept(total / len(operands)), unit)


def _product(operands: Sequence[Fact]) -> Fact:
    times, value = sorted(operands, key=lambda fact: not _is_factor(fact))
    if _is_plain(times):
        return _made("product", "{} times {}", (times, value), times.value * value.value, value.unit)
    base, _, quote = value.asset.partition("/")
    if quote and times.unit == base and value.unit == quote and value.kind in PRICES:
        return _made("product", "{} at {}", (times, value), times.value * value.value, quote)
    raise UsageError(
        f"{_with_unit(operands[0])} times {_with_unit(operands[1])} is nothing: one has to be a plain number of "
        "the operator's, or an amount of coins and the other their price; of a percentage take `percentage`"
    )


def _multiple(operands: Sequence[Fact]) -> Fact:
    _common_unit(operands)
    one, other = operands
    return _made("multiple", "{} as a multiple of {}", operands, _kept(one.value / _divisor(other)), "")


def _share(operands: Sequence[Fact]) -> Fact:
    _common_unit(operands)
    part, whole = operands
    return _made("share", "{} in percent of {}", operands, _kept(part.value / _divisor(whole) * HUNDRED), "%")


def _change(operands: Sequence[Fact]) -> Fact:
    _common_unit(operands)
    before, after = operands
    if before.value < 0:
        raise UsageError(f"{before.handle} is below 0: from there nothing grows by so many percent")
    value = _kept((after.value - before.value) / _divisor(before) * HUNDRED)
    return _made("growth", "{} against {} in percent", (after, before), value, "%")


def _percentage(operands: Sequence[Fact]) -> Fact:
    percent, value = operands
    if percent.unit != "%" or value.unit == "%":
        raise UsageError(
            f"percentage takes first what is in %, then what is not: not {_with_unit(percent)} of {_with_unit(value)}"
        )
    if percent.kind not in ("fee", "limit", SAID):
        raise UsageError(f"percentage takes a fee, a limit or the operator's own %: not {percent.handle}")
    return _made("product", "{} of {}", operands, percent.value * value.value / HUNDRED, value.unit)


WAYS: Mapping[str, Way] = {
    "difference": _difference, "sum": _sum, "average": _average, "product": _product, "multiple": _multiple,
    "share": _share, "change": _change, "percentage": _percentage,
}  # fmt: skip


def _made(kind: str, name: str, operands: Sequence[Fact], value: Decimal, unit: str) -> Fact:
    """The figure, with the pair or coin that all of its operands belong to, if there is one."""
    owners = {fact.asset for fact in operands if fact.kind != SAID}
    asset = owners.pop() if len(owners) == 1 else ""
    told = [fact.name if asset else fact.handle for fact in operands]
    return Fact(
        kind=kind, name=name.format(*told), asset=asset, unit=unit, value=_short(value),
        as_of_ns=min(fact.as_of_ns for fact in operands), of=tuple(operands),
    )  # fmt: skip


def _common_unit(operands: Sequence[Fact]) -> str:
    """The unit of all; a bare number of the operator's takes that of the others.

    Raises:
        UsageError: there are several.
    """
    units = list(dict.fromkeys(fact.unit for fact in operands if fact.unit or fact.kind != SAID))
    if len(units) > 1:
        raise UsageError(f"their units differ: {', '.join(map(_with_unit, operands))}")
    return units[0]


def _with_unit(fact: Fact) -> str:
    return f"{fact.handle} ({fact.unit or 'a plain number'})"


def _is_plain(fact: Fact) -> bool:
    return not fact.unit and fact.kind in (SAID, "multiple")


def _is_factor(fact: Fact) -> bool:
    return _is_plain(fact) or fact.kind in ("amount", "balance", "volume")


def _divisor(fact: Fact) -> Decimal:
    if not fact.value:
        raise UsageError(f"{fact.handle} is 0, and nothing can be divided by it")
    return fact.value


def _kept(quotient: Decimal) -> Decimal:
    """A quotient to as many digits as are kept."""
    with localcontext(prec=KEPT):
        return +quotient


def _short(value: Decimal) -> Decimal:
    """The same number without zeros that say nothing."""
    return value.quantize(Decimal(1)) if value == value.to_integral() else value.normalize()
