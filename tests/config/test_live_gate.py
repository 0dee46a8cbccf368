"""What keeps LIVE from starting before anybody is asked: all of it named at once."""

from pathlib import Path

import pytest

from kraken_tui.config.home import Home
from kraken_tui.config.live_gate import missing_settings, missing_words, open_to_others
from kraken_tui.config.settings import Settings

READY = {"MODE": "LIVE", "RISK_PER_TRADE": 0.5, "MAX_CAPITAL": 500, "DAILY_LOSS_LIMIT": 3}


def test_a_ready_home_lacks_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path, "live")
    home.state.mkdir(parents=True, mode=0o700)
    home.config.write_text("{}")
    assert missing_settings(Settings.model_validate(READY), "kraken") == []
    assert open_to_others(home) == []
    assert missing_words(True, "bot") == []


@pytest.mark.parametrize("name", ["RISK_PER_TRADE", "MAX_CAPITAL", "DAILY_LOSS_LIMIT"])
def test_what_is_not_written_is_named(name: str) -> None:
    faults = missing_settings(Settings.model_validate({**READY, name: None}), "kraken")
    assert faults == [f"{name} is not written in config.json: LIVE takes no default for it"]


def test_all_of_it_is_named_at_once() -> None:
    settings = Settings.model_validate({"MODE": "LIVE", "LIVE_LEVERAGE": 3})
    faults = missing_settings(settings, "demo")
    assert len(faults) == 5
    assert "the market is demo" in faults[3] and "LIVE_LEVERAGE is 3 and LIVE_ACCOUNT is cash" in faults[4]
    assert [fault.split()[0] for fault in missing_words(False, "")] == ["--live", "nobody"]


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777, 0o720])
@pytest.mark.parametrize("part", [".", ".env", "config.json", "state", "state/live", "state/live/journal.db"])
def test_whatever_others_may_write_to_is_named(tmp_path: Path, part: str, mode: int) -> None:
    home = Home(tmp_path / "home", "live")
    home.state.mkdir(parents=True, mode=0o700)
    path = home.root / part
    if not path.exists():
        path.write_text("")
    path.chmod(mode)
    (fault,) = open_to_others(home)
    assert fault == f"{path.resolve()}: others may write to it (mode {mode:04o}): chmod go-w {path.resolve()}"


def test_a_folder_above_counts_too_unless_it_is_sticky(tmp_path: Path) -> None:
    home = Home(tmp_path / "above" / "home", "live")
    home.root.mkdir(parents=True)
    (tmp_path / "above").chmod(0o777)
    assert len(open_to_others(home)) == 1
    (tmp_path / "above").chmod(0o1777)
    assert open_to_others(home) == []


def test_anothers_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root's files are trusted: whoever is root may do anything; another user's are not."""
    home = Home(tmp_path, "live")
    home.config.write_text("{}")
    owner = home.config.stat().st_uid
    monkeypatch.setattr("os.getuid", lambda: owner + 1)
    assert bool(open_to_others(home)) == (owner != 0)
