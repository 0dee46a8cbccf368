"""Who is let in: a cookie per browser, that looks until its owner unlocks it, and looks again when he is away."""

import secrets
from collections import OrderedDict
from collections.abc import Callable

from kraken_tui import clock
from kraken_tui.clock import SECOND
from kraken_tui.web.tokens import Tokens

MOST_LOGINS = 32
"""The one that was not used for longest goes when there are more."""
MOST_WRONG = 5
"""Wrong codes after which a browser must log in again."""
LOGIN_IDLE_S = 12 * 3600.0
VIEW, CONTROL = "view", "control"


class Login:
    """One browser.

    Attributes:
        id: its cookie.
        role: `view` or `control`.
        heard_ns: when its owner last did something, by a monotonic clock.
        wrong: wrong codes so far.
    """

    def __init__(self, now_ns: int) -> None:
        self.id = secrets.token_urlsafe(32)
        self.role = VIEW
        self.heard_ns = now_ns
        self.wrong = 0


class Logins:
    """Every browser that is let in.

    Args:
        tokens: what lets in and what unlocks.
        idle_s: seconds without input after which control is view again.
        reading: a monotonic clock in nanoseconds.
    """

    def __init__(self, tokens: Tokens, idle_s: float, reading: Callable[[], int] = clock.stopwatch_ns) -> None:
        self._tokens = tokens
        self._idle_s = idle_s
        self._reading = reading
        self._logins: OrderedDict[str, Login] = OrderedDict()

    def enter(self, token: str) -> Login | None:
        """A new login for who knows the token; None for anybody else."""
        if not self._tokens.lets_in(token):
            return None
        login = Login(self._reading())
        self._logins[login.id] = login
        while len(self._logins) > MOST_LOGINS:
            self._logins.popitem(last=False)
        return login

    def of(self, cookie: str) -> Login | None:
        """The login of a cookie; None where there is none, or its time is over."""
        login = self._logins.get(cookie)
        if login is None:
            return None
        if self._idle(login) > LOGIN_IDLE_S:
            self.leave(login)
            return None
        self._lock_if_away(login)
        self._logins.move_to_end(cookie)
        return login

    def unlock(self, login: Login, code: str) -> bool:
        """Let it command, if that is the code; too many wrong ones end it."""
        if self._tokens.unlocks(code):
            login.role, login.wrong = CONTROL, 0
            self.heard(login)
            return True
        login.wrong += 1
        if login.wrong >= MOST_WRONG:
            self.leave(login)
        return False

    def lock(self, login: Login) -> None:
        """Let it look only."""
        login.role = VIEW

    def leave(self, login: Login) -> None:
        """Forget it."""
        login.role = VIEW
        self._logins.pop(login.id, None)

    def heard(self, login: Login) -> None:
        """Its owner has typed or clicked."""
        login.heard_ns = self._reading()

    def over(self, login: Login, role: str) -> str:
        """Why a screen that this login opened in `role` must end now; empty where it may go on."""
        if login.id not in self._logins:
            return "logged out"
        if self._idle(login) > LOGIN_IDLE_S:
            self.leave(login)
            return "logged out: nothing was typed for hours"
        self._lock_if_away(login)
        if role == CONTROL and login.role != CONTROL:
            return "locked: it looks only, from now on"
        return ""

    def _lock_if_away(self, login: Login) -> None:
        if login.role == CONTROL and self._idle(login) > self._idle_s:
            self.lock(login)

    def _idle(self, login: Login) -> float:
        return (self._reading() - login.heard_ns) / SECOND
