"""A sentence as the frames look at it: its clauses, and what holds for all of it."""

from collections.abc import Sequence

from msgspec import Struct

from kraken_tui.agent.truth.clauses import IRREALIS, Clause, clauses_of
from kraken_tui.agent.truth.lexemes import DEIXIS, MARKET_WORDS, OFTEN, UNSUPPORTING
from kraken_tui.agent.truth.subjects import POSSESSIVES, Subject, subject_of
from kraken_tui.agent.truth.tokens import Token
from kraken_tui.agent.truth.vocabulary import ACCOUNT, ASSET, BASE, CLAIM, PARTICIPLE, PAST


class Sentence(Struct):
    """Read once, judged by many frames."""

    tokens: list[Token]
    mark: str
    """Of a heading or a list item."""
    clauses: list[Clause]
    words: frozenset[str]
    is_question: bool
    is_grounded: bool | None
    """Whether all of its numbers are facts; None where it has none."""
    has_condition: bool = False
    """Whether it says on what condition anything of it holds."""
    has_habit: bool = False
    """Whether it says how often, or in which mode."""
    has_support: bool = False
    """Whether it says when or under what condition: then what follows is a rule, and not an event."""

    @property
    def has_deixis(self) -> bool:
        """Whether it points at the moment."""
        return bool(self.words & (DEIXIS - {"still"} if self.has_condition else DEIXIS))


def read(tokens: Sequence[Token], mark: str, grounded: bool | None) -> Sentence:
    """A sentence's clauses and flags."""
    clauses = clauses_of(tokens)
    sentence = Sentence(
        tokens=list(tokens),
        mark=mark,
        clauses=clauses,
        words=frozenset(token.text for token in tokens),
        is_question=bool(tokens) and tokens[-1].text == "?",
        is_grounded=grounded,
    )
    sentence.has_condition = any(clause.is_irrealis for clause in clauses)
    sentence.has_support = any(_supports(clause) for clause in clauses)
    if len(clauses) > 1 and clauses[0].verb >= 0 and clauses[0].tokens[clauses[0].verb].text in ("means", "mean"):
        sentence.has_support = sentence.has_support or subject_of(clauses[0].subject) is Subject.GENERIC
    sentence.has_habit = sentence.has_support or bool(sentence.words & OFTEN) or _is_mode(tokens)
    return sentence


def _supports(clause: Clause) -> bool:
    """A condition on orders or markets, in the present: `when the stop is hit`; not `if you ask me`."""
    words = [token.text for token in clause.tokens]
    if clause.intro.split()[-1:] == ["while"] and not any(token.kinds & (ACCOUNT | ASSET) for token in clause.tokens):
        general = subject_of(clause.subject) is Subject.GENERIC
        return (general or bool(MARKET_WORDS & set(words))) and not is_past(clause)
    inverted = clause.tokens[0].text in ("should", "were", "had")
    if not clause.is_irrealis or not (inverted or any(word in IRREALIS for word in clause.intro.split())):
        return False
    if words[0] in ("you", "i") and UNSUPPORTING & set(words):
        return False
    if any(word in POSSESSIVES for word in words) and clause.verb < 0:
        return False
    told = any(token.kinds & (ACCOUNT | CLAIM | ASSET) or token.text in MARKET_WORDS for token in clause.tokens)
    told = told or subject_of(clause.subject) in (Subject.THE, Subject.GENERIC)
    return told and not is_past(clause)


def is_past(clause: Clause) -> bool:
    """Whether a clause's verb says that something happened."""
    if clause.verb < 0:
        return False
    verb = clause.tokens[clause.verb]
    if verb.text in ("was", "were", "had", "did"):
        return True
    if not verb.kinds & PAST or verb.text in ("has", "have"):
        return False
    if verb.kinds & BASE:  # set, hit, put, cut: past where a third person's present would end in -s
        kind = subject_of(clause.subject)
        return kind not in (Subject.YOU, Subject.SPEAKER, Subject.WE, Subject.GENERIC, Subject.NONE) and not _is_plural(
            clause
        )
    return bool(verb.kinds & (PAST | PARTICIPLE))


def _is_plural(clause: Clause) -> bool:
    from kraken_tui.agent.truth.vocabulary import PLURAL

    return bool(clause.subject) and bool(clause.subject[-1].kinds & PLURAL)


def _is_mode(tokens: Sequence[Token]) -> bool:
    """`in paper mode`, `by default`, `in general`."""
    words = [token.text for token in tokens[:4]]
    return (
        "mode" in words
        or words[:2] in (["for", "a"], ["for", "an"], ["in", "a"], ["in", "an"])
        or words[:2] in (["by", "default"], ["in", "general"], ["in", "practice"], ["in", "theory"])
    )
