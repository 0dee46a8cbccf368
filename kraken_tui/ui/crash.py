"""A crash of the screen as a file that holds no value of any variable."""

import traceback
from pathlib import Path


def write(path: Path, error: BaseException | None) -> str:
    """Append the traceback to `path`: files, lines and functions, and the type of the error but not its text.

    An error's text may quote what was being handled, so only its type is kept.

    Returns:
        One line for the operator.
    """
    chain: list[str] = []
    while error is not None:
        frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
        chain.append(f"{type(error).__module__}.{type(error).__name__}\n{frames}")
        error = error.__cause__ or error.__context__
    name = chain[0].partition("\n")[0] if chain else "unknown error"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write("\n".join(chain) + "\n")
    except OSError as problem:
        return f"The screen crashed ({name}); {path} can't be written: {problem}. The engine runs on."
    return f"The screen crashed ({name}); see {path}. The engine runs on; kraken-tui attaches again."
