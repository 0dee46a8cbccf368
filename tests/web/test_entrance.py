"""The parts of the door by themselves: names, tokens and their file, logins in time; and what the command refuses."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken_tui.clock import SECOND
from kraken_tui.model.errors import SafetyRefusal, UsageError
from kraken_tui.web.doors import doors_of, listening
from kraken_tui.web.logins import CONTROL, LOGIN_IDLE_S, MOST_LOGINS, VIEW, Logins
from kraken_tui.web.screen import cells
from kraken_tui.web.tokens import Tokens, fresh, from_file
from tests.cli.programs import Ended, run

HOST, SITE = "127.0.0.1:5000", "http://127.0.0.1:5000"


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> int:
        return int(self.seconds * SECOND)


@given(st.text(), st.text() | st.none(), st.sampled_from(["GET", "POST"]), st.sampled_from(["/", "/ws", "/unlock"]))
def test_no_foreign_name_and_no_foreign_page_ever_passes(host: str, origin: str | None, method: str, path: str) -> None:
    doors = doors_of(5000, "https://trading.example")
    known = {HOST, "localhost:5000", "[::1]:5000", "trading.example", "trading.example:443"}
    headers = {"Host": host} | ({} if origin is None else {"Origin": origin})
    if host.lower() not in known:
        assert doors.turned_away(method, path, headers) == 421
    for name in known:
        headers["Host"] = name
        if origin is not None and origin.lower() != doors.origin(name):
            assert doors.turned_away(method, path, headers) == 403
        if origin is None and (method == "POST" or path == "/ws"):
            assert doors.turned_away(method, path, headers) == 403
        assert doors.turned_away(method, path, {**headers, "Origin": doors.origin(name)}) == 0


def test_a_proxy_s_pages_are_those_over_https() -> None:
    doors = doors_of(5000, "https://Trading.Example:8443/")
    assert doors.origin("trading.example:8443") == "https://trading.example:8443"
    given = {"Host": "trading.example:8443", "Origin": "https://trading.example:8443"}
    assert doors.turned_away("GET", "/ws", given) == 0
    assert doors.turned_away("GET", "/ws", {**given, "Origin": "http://trading.example:8443"}) == 403
    assert doors.turned_away("GET", "/ws", {**given, "Host": HOST}) == 403, "each name has its own pages only"
    assert doors_of(5000, "https://a.example").origin("a.example:443") == "https://a.example"


@pytest.mark.parametrize(
    "proxy", ["http://a.example", "a.example", "https://", "https://a/b", "https://u:p@a", "https://a:x"]
)
def test_a_proxy_is_the_address_of_a_site(proxy: str) -> None:
    with pytest.raises(UsageError, match="is no address of a site"):
        doors_of(5000, proxy)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5"])
def test_beyond_loopback_only_behind_a_proxy_and_with_a_file(host: str) -> None:
    assert listening(host, "https://a.example", has_token_file=True) == host
    for proxy, has_file in ((None, True), ("https://a.example", False), (None, False)):
        with pytest.raises(SafetyRefusal, match="beyond loopback it needs --token-file FILE and --proxy"):
            listening(host, proxy, has_token_file=has_file)
    assert [listening(name, None, has_token_file=False) for name in ("localhost", "127.0.0.1", "::1")] == [
        "127.0.0.1", "127.0.0.1", "::1",
    ]  # fmt: skip


def test_two_tokens_are_never_the_same_and_say_nothing_of_themselves() -> None:
    many = [fresh() for _ in range(200)]
    assert len({one.view for one in many} | {one.control for one in many}) == 400
    one = many[0]
    assert one.lets_in(one.view) and not one.lets_in(one.view[:-1]) and not one.lets_in(one.control)
    assert one.unlocks(f" {one.control.lower()} ".replace("-", "")) and not one.unlocks(one.view)
    assert one.view not in repr(one) and one.control not in repr(one)


def test_a_token_file_is_made_for_its_owner_only_and_read_again(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    made = from_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert from_file(path) == made
    path.chmod(0o640)
    with pytest.raises(SafetyRefusal, match="others may read or write it"):
        from_file(path)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "two lines"), ("view x", "two lines"), ("a b\nc d\n", "two lines"), ("view a b\ncontrol c\n", "two lines"),
        ("view short\ncontrol ABCDEFGHJKMN\n", "too short"), (f"view {'a' * 40}\ncontrol ABC\n", "too short"),
        (f"view {'a' * 40}\ncontrol {'A' * 40}\n", "are the same"),
    ],
)  # fmt: skip
def test_a_token_file_that_is_none_is_refused(tmp_path: Path, text: str, error: str) -> None:
    path = tmp_path / "tokens"
    path.touch(0o600)
    path.write_text(text)
    with pytest.raises((UsageError, SafetyRefusal), match=error):
        from_file(path)
    with pytest.raises(UsageError):
        from_file(tmp_path)


def test_control_ends_with_its_owner_s_absence_and_a_login_with_his_night() -> None:
    watch, tokens = Watch(), fresh()
    logins = Logins(tokens, 60.0, watch)
    login = logins.enter(tokens.view)
    assert login is not None and login.role == VIEW
    assert not logins.unlock(login, tokens.view)
    assert logins.unlock(login, tokens.control)
    watch.seconds = 59
    logins.heard(login)
    watch.seconds = 118
    assert (logins.over(login, CONTROL), login.role) == ("", CONTROL)
    watch.seconds = 120
    assert logins.over(login, VIEW) == ""
    assert (logins.over(login, CONTROL)[:6], login.role) == ("locked", VIEW)
    assert logins.of(login.id) is login
    watch.seconds += LOGIN_IDLE_S
    assert logins.over(login, VIEW).startswith("logged out")
    assert logins.of(login.id) is None


def test_a_browser_that_comes_back_late_finds_itself_locked() -> None:
    watch, tokens = Watch(), fresh()
    logins = Logins(tokens, 60.0, watch)
    login = logins.enter(tokens.view)
    assert login is not None and logins.unlock(login, tokens.control)
    watch.seconds = 61
    assert logins.of(login.id) is login
    assert login.role == VIEW


def test_the_oldest_login_goes_for_a_new_one_and_its_screens_with_it() -> None:
    tokens = Tokens("a" * 40, "ABCD-EFGH-JKMN")
    logins = Logins(tokens, 60.0, Watch())
    made = [logins.enter(tokens.view) for _ in range(MOST_LOGINS + 1)]
    assert all(made)
    assert [one is not None and logins.of(one.id) is one for one in made] == [False] + [True] * MOST_LOGINS
    assert made[0] is not None and logins.over(made[0], VIEW) == "logged out"
    assert logins.enter("a" * 39) is None and logins.enter("\ud800") is None


@given(st.integers(), st.integers())
def test_a_size_can_always_be_drawn(width: int, height: int) -> None:
    wide, high = cells(width, height)
    assert 20 <= wide <= 500 and 5 <= high <= 200


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--host", "0.0.0.0"), 5, "beyond loopback it needs --token-file FILE and --proxy https://NAME"),
        (("--host", "0.0.0.0", "--proxy", "https://a.example"), 5, "beyond loopback"),
        (("--host", "here"), 2, "--host here: is no address"),
        (("--proxy", "http://a.example"), 2, "https://trading.example is right"),
        (("--idle", "0"), 2, "--idle is 0"),
        (("--port", "70000"), 2, "--port is 70000"),
        (("--sessions", "0"), 2, "sessions"),
        (("--token-file", "/proc/nothing"), 2, "--token-file /proc/nothing"),
    ],
)
def test_what_the_command_refuses(
    inside: Callable[..., Ended], tmp_path: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    ended = inside("serve", "--home", str(tmp_path), *words)
    assert (ended.code, said in ended.err) == (code, True), ended.err


def test_a_port_that_is_taken_and_a_role_that_is_none(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run("serve", "--home", str(tmp_path), "--port", str(taken.getsockname()[1]))
    assert (ended.code, "another port is right" in ended.err) == (2, True), ended.err

    ended = run("attach", "--home", str(tmp_path), "--role", "king")
    assert (ended.code, ended.err) == (2, "kraken-tui: --role king: view, propose, control are right\n")
