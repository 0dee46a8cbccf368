"""What is served: two pages, and the files that they need. Nothing of it asks anybody else for anything."""

from html import escape
from importlib import resources
from pathlib import Path
from string import Template

import textual_serve

THEIRS = ("css/xterm.css", "js/textual.js", "fonts/RobotoMono-VariableFont_wght.ttf")
OURS = ("page.css", "page.js")
TYPES = {".css": "text/css", ".js": "text/javascript", ".ttf": "font/ttf"}
LOGIN = """<form class="card" method="post" action="/enter">
<h1>kraken-tui</h1>
<p>$said</p>
<label>Token <input type="password" name="token" autocomplete="current-password" autofocus required></label>
<button>Enter</button>
</form>"""
FULL = """<div class="card"><h1>kraken-tui</h1><p>$said</p><a class="button" href="/">Try again</a></div>"""
LOCKED = """<span class="role">looks only</span>
<details><summary>Unlock</summary>
<form method="post" action="/unlock">
<label>Code <input type="password" name="code" autocomplete="off" required></label><button>Unlock</button>
</form></details>"""
UNLOCKED = """<span class="role">COMMANDS</span>
<form method="post" action="/lock"><button>Lock</button></form>"""
SCREEN = """<header>
<strong>kraken-tui</strong>
$state
<span class="said">$said</span>
<span class="ended">The screen has ended. <a class="button" href="/">Again</a></span>
<form method="post" action="/leave"><button>Log out</button></form>
</header>
<div id="terminal" class="textual-terminal" data-session-websocket-url="$socket" data-font-size="14"></div>"""
SCRIPTS = """<link rel="preload" href="/static/RobotoMono-VariableFont_wght.ttf" as="font" type="font/ttf" crossorigin>
<script src="/static/textual.js"></script>
<script src="/static/page.js"></script>
<link rel="stylesheet" href="/static/xterm.css">"""
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>kraken-tui</title>
<link rel="icon" href="data:,">
$head
<link rel="stylesheet" href="/static/page.css">
</head>
<body class="$kind">
$body
</body>
</html>
"""


def files() -> dict[str, tuple[bytes, str]]:
    """Every file by its name, with its type; page.css alone is shown to who is not let in."""
    theirs = Path(textual_serve.__file__).parent / "static"
    found = {Path(name).name: (theirs / name).read_bytes() for name in THEIRS}
    found |= {name: resources.files("kraken_tui.web").joinpath(name).read_bytes() for name in OURS}
    return {name: (data, TYPES[Path(name).suffix]) for name, data in found.items()}


def login_page(said: str) -> str:
    """Asks for the token."""
    return _page("enter", _filled(LOGIN, said=said))


def full_page(said: str) -> str:
    """In place of a screen for which there is no room."""
    return _page("full", _filled(FULL, said=said))


def screen_page(role: str, socket: str, said: str) -> str:
    """The terminal, with a bar above it.

    Args:
        role: view or control.
        socket: its address.
        said: a word about what was just asked.
    """
    state = LOCKED if role == "view" else UNLOCKED
    return _page(f"screen {role}", _filled(SCREEN.replace("$state", state), socket=socket, said=said))


def policy(origin: str) -> str:
    """The content security policy of pages under that origin: their own files and socket, and nothing else.

    Styles are inline as xterm.js makes its own.
    """
    socket = f"ws{origin.removeprefix('http')}"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src data:; "
        f"connect-src 'self' {socket}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def _filled(form: str, **words: str) -> str:
    return Template(form).safe_substitute({name: escape(word) for name, word in words.items()})


def _page(kind: str, body: str) -> str:
    head = SCRIPTS if kind.startswith("screen") else ""
    return Template(PAGE).substitute(kind=kind, body=body, head=head)
