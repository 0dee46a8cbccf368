"""The operator's own keys: a file of action ids and keys, of which only what can work is taken."""

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec.structs import replace
from textual.keys import Keys, _character_to_key, key_to_character

from kraken_tui.model.errors import UNREADABLE
from kraken_tui.ui.actions import ACTIONS, ANYWHERE, HOLDERS, PRINTABLE, Action

PREFIXES = {"ctrl+b": "tmux", "ctrl+a": "screen"}
SAME = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+[": "escape", "ctrl+left_square_bracket": "escape"}
"""What a terminal sends for both."""
NAMED = frozenset(key.value for key in Keys) | PRINTABLE
MODIFIERS = ("ctrl", "alt", "shift", "super", "meta", "hyper")
SHIFTED = frozenset({"tab", "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete"})
"""Keys that every terminal tells apart with shift; with ctrl all of them but tab."""
BY_CTRL = frozenset("abcdefghijklmnopqrstuvwxyz") | {"space", "at", "backslash", "underscore", "right_square_bracket"}
TOGETHER = ("page", "settings")
"""Owners whose keys work at the same time."""

Chosen = dict[str, tuple[str, ...]]


def load(path: Path) -> tuple[tuple[Action, ...], list[str]]:
    """Every action with the keys that work for it, and a notice for each line of the file that had to be left out.

    No file means the usual keys and no notice.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(told, dict):
            raise ValueError('it should be an object such as {"app.zoom": ["Z"]}')
    except FileNotFoundError:
        return ACTIONS, []
    except UNREADABLE as error:
        return ACTIONS, [f"Keys ignored: {path}: {error}"]
    notices: list[str] = []
    chosen = dict(_sound(told, notices))
    while clash := _clash(chosen):
        action, key, other = clash
        notices.append(f"{action}: {key} is taken by {other}")
        del chosen[action]
    return with_keys(chosen), [f"Usual keys kept ({path.name}): {line}" for line in notices]


def with_keys(chosen: Mapping[str, tuple[str, ...]]) -> tuple[Action, ...]:
    """Every action, some with other keys."""
    return tuple(replace(one, keys=chosen[one.id]) if one.id in chosen else one for one in ACTIONS)


def bound(actions: Iterable[Action]) -> dict[str, str]:
    """What differs from the usual keys, as Textual's keymap wants it: by the ids of the bindings."""
    usual = {one.id: one.keys for one in ACTIONS}
    return {one.id: ",".join(one.keys) for one in actions if one.keys != usual[one.id]}


def _sound(told: Mapping[str, object], notices: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    known = {action.id: action for action in ACTIONS}
    for id, value in told.items():
        keys = [value] if isinstance(value, str) else value
        if id not in known:
            near = difflib.get_close_matches(id, known, 1)
            notices.append(f"{id[:40]} is no action{f'; did you mean {near[0]}?' if near else ''}")
        elif not isinstance(keys, list) or not keys or not all(isinstance(key, str) and key for key in keys):
            notices.append(f"{id}: a key or a list of keys is right, such as {_example(known[id])}")
        elif why := next(filter(None, (_why_not(known[id], key) for key in keys)), ""):
            notices.append(f"{id}: {why}")
        else:
            yield id, tuple(dict.fromkeys(map(normal, keys)))


def _example(action: Action) -> str:
    return json.dumps(list(action.keys) or ["F12"])


def normal(key: str) -> str:
    """A key as Textual names it: `?` is `question_mark`."""
    return _character_to_key(key) if len(key) == 1 else key if key in NAMED else key.lower()


def _why_not(action: Action, key: str) -> str:
    """Why a key can't do this action; empty where it can."""
    name = normal(key)
    *modifiers, plain = name.split("+") if name != "plus" else [name]
    if "," in key or not _is_key(plain) or any(each not in MODIFIERS for each in modifiers):
        return f"{key[:20]!r} is no key; such as z, Z, ?, ctrl+t, f12, pagedown"
    if name in SAME:
        return f"{key} is {SAME[name]}: a terminal sends the same for both"
    if name in PREFIXES:
        return f"{key} belongs to {PREFIXES[name]}, which would keep it"
    if not _is_sent(modifiers, plain):
        return f"{key} is not sent by every terminal, nor through tmux"
    writes = name in PRINTABLE or len(_printed(name)) == 1
    if writes and action.priority:
        return f"{key} would be taken out of every text that is written; one with ctrl or an F key is right"
    return f"{key} would be text there" if writes and action.owner in HOLDERS else ""


def _is_key(name: str) -> bool:
    return name in NAMED or len(_printed(name)) == 1


def _printed(name: str) -> str:
    """What a key writes; empty for one that writes nothing."""
    text = key_to_character(name)
    return text if text is not None and text.isprintable() else ""


def _is_sent(modifiers: list[str], plain: str) -> bool:
    if plain.startswith("f") and plain[1:].isdigit():
        return not modifiers and int(plain[1:]) <= 12
    match modifiers:
        case []:
            return True
        case ["ctrl"]:
            return plain in BY_CTRL or (plain in SHIFTED and plain != "tab")
        case ["shift"]:
            return plain in SHIFTED
        case _:
            return False


def _clash(chosen: Chosen) -> tuple[str, str, str] | None:
    """A choice whose key is taken where it works: its action, the key, and whose it is."""
    actions = with_keys(chosen)
    for mine in actions:
        if mine.id not in chosen:
            continue
        for other in actions:
            shared = [key for key in mine.keys if key in other.keys]
            if other is not mine and shared and _meet(mine.owner, other.owner):
                return mine.id, shared[0], other.id
    return None


def _meet(one: str, other: str) -> bool:
    return one == other or ANYWHERE in (one, other) or (one in TOGETHER and other in TOGETHER)
