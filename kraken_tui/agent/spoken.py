"""A request as a line for an engine that is spoken to through its socket: read there as exactly what was meant here."""

from msgspec.structs import replace

from kraken_tui.agent.grammar import parse
from kraken_tui.agent.rendering import render
from kraken_tui.agent.requests import Asked, BacktestQuestion, ExplainQuestion, HelpQuestion, Proposing, Question
from kraken_tui.agent.symbols import find_symbol, no_symbol
from kraken_tui.model.errors import UsageError


def spoken(request: Asked, symbols: tuple[str, ...], groups: tuple[str, ...]) -> str:
    """The line that an engine with these symbols reads as `request`.

    Raises:
        UsageError: a symbol is unknown or may be several, or no line says it.
    """
    request = _with_symbols(request, symbols)
    line = render(request)  # type: ignore[arg-type]
    found = parse(line, symbols, groups)
    is_same = found == request or isinstance(request, ExplainQuestion | HelpQuestion)
    if not isinstance(found, Question | Proposing) or type(found) is not type(request) or not is_same:
        raise UsageError(f"that can't be said to the engine: {line[:120]!r}")
    return line


def _with_symbols(request: Asked, symbols: tuple[str, ...]) -> Asked:
    """The same with every ticker by its own name."""
    if isinstance(request, BacktestQuestion):
        return replace(request, symbols=tuple(_known(word, symbols) for word in request.symbols))
    word = getattr(request, "symbol", None)
    return request if word is None else replace(request, symbol=_known(word, symbols))


def _known(word: str, symbols: tuple[str, ...]) -> str:
    symbol = find_symbol(word, symbols)
    if symbol is None:
        raise UsageError(no_symbol(word, symbols) if symbols else "the engine is starting")
    return symbol
