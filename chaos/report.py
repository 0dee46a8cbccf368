"""What a run contained, and how it ended."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct, field

from chaos.verdicts import Case, positions


class Report(Struct, kw_only=True):
    """Counted while it runs."""

    title: str
    kills: Counter[str] = field(default_factory=Counter)
    """Of the engine, by what it was doing."""
    troubles: Counter[str] = field(default_factory=Counter)
    sandbox_kills: int = 0
    refused_starts: int = 0
    """Starts that ended as the exchange was away."""
    up_s: list[float] = field(default_factory=list)
    """From the kill until the next engine was reconciled with the exchange."""
    protected_s: list[float] = field(default_factory=list)
    """From the kill until everything was seen behind stops, with an engine that manages it."""
    managing_s: list[float] = field(default_factory=list)
    """From reconciled until everything was seen behind stops."""
    looks: int = 0
    under_way: int = 0
    """Kills that left an intent behind without an outcome."""
    naked_at_kill: int = 0
    longest_naked_s: float = 0.0
    account: Sequence[str] = ()
    violations: Sequence[str] = ()
    took_s: float = 0.0

    def lines(self) -> list[str]:
        """As printed."""
        told = [
            f"{self.title}: {self.kills.total()} kills in {self.took_s:.0f} s",
            f"  killed during      {_counted(self.kills)}",
            f"  troubles           {_counted(self.troubles)}",
            f"  sandbox killed     {self.sandbox_kills} times; starts refused meanwhile {self.refused_starts}",
            *(f"  {line}" for line in self.account),
            f"  kill → reconciled  {_spread(self.up_s)}",
            f"  kill → protected   {_spread(self.protected_s)}, the next engine's start included",
            f"  reconciled → protected  {_spread(self.managing_s)}",
            f"  at the kills       {self.under_way} with an intent under way, {self.naked_at_kill} with coins naked",
            f"  looked at          {self.looks} times; longest naked with an engine up {self.longest_naked_s:.1f} s",
            f"  violations         {len(self.violations)}",
        ]
        return told + [f"    {line}" for line in self.violations]


def account_lines(case: Case) -> list[str]:
    """What the engine did over all its lives, by the journal and the exchange."""
    meant = Counter(row.kind for row in case.books.meant.values())
    outcomes = Counter(row.outcome or "none" for row in case.books.meant.values())
    owners = Counter(row.owner for row in case.books.meant.values() if row.kind == "enter")
    partial = sum(1 for row in case.truth.orders.values() if 0 < row.filled < row.amount)
    stops = sum(1 for row in case.truth.orders.values() if row.type == "stop-loss" and row.filled)
    return [
        f"intents            {_counted(meant)} (entries by {_counted(owners)})",
        f"outcomes           {_counted(outcomes)}",
        f"at the exchange    {len(case.truth.orders)} orders, {len(case.truth.trades)} trades, "
        f"{stops} stops that fired, {partial} partly filled; held at the end: {positions(case) or 'nothing'}",
    ]


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common()) or "none"


def _spread(seconds: Sequence[float]) -> str:
    if not seconds:
        return "never measured"
    ordered = sorted(seconds)
    return f"p50 {ordered[len(ordered) // 2]:.1f} s, max {ordered[-1]:.1f} s"
