"""The key of the language model's provider: read by name, shown to nobody, and never an exchange's."""

from collections.abc import Mapping
from typing import NoReturn

from kraken_tui.config.home import Home
from kraken_tui.config.keys import MODEL_NAMES, private_values
from kraken_tui.config.secrets import hold
from kraken_tui.model.errors import SafetyRefusal

OPENAIS_KEY, OTHERS_KEY = MODEL_NAMES


class ModelKey:
    """A key that `repr`, `pickle`, logs and crash reports do not show.

    Args:
        name: what it is called in the environment.
        text: the key.

    Raises:
        SafetyRefusal: it can't be a key; says so without showing it.
    """

    __slots__ = ("name", "text")

    def __init__(self, name: str, text: str) -> None:
        hold(text)
        if not (text and text.isascii() and text.isprintable() and " " not in text):
            raise SafetyRefusal(f"{name} has {len(text)} characters that are no key: copy it as its provider shows it")
        self.name = name
        self.text = text

    def __repr__(self) -> str:
        """Says nothing."""
        return "ModelKey(***)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are not written anywhere")


def read_model_key(home: Home, environ: Mapping[str, str], name: str) -> ModelKey | None:
    """The key called `name` from `environ`, or else from the home's `.env`, which nobody else may read; None: no key.

    Nothing else of either is kept, and no setting can make an exchange's key into a model's.

    Raises:
        SafetyRefusal: `name` is no model's key, the key is malformed, or `.env` is not ours alone.
    """
    if name not in MODEL_NAMES:
        raise SafetyRefusal(f"{name} is no model's key; {' and '.join(MODEL_NAMES)} are")
    text = environ.get(name, "").strip() or private_values(home, (name,)).get(name, "").strip()
    return ModelKey(name, text) if text else None
