"""The text log: redacted, rotated, and never on a screen."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from loguru import logger

from kraken_tui.store.logs import DailyOrLarge, silence, start_logs

if TYPE_CHECKING:
    from loguru import Record


@pytest.fixture(autouse=True)
def _silent() -> Iterator[None]:
    yield
    silence()
    logger.configure(patcher=lambda record: None)


def mask(text: str) -> str:
    return text.replace("hunter2", "***")


def read(folder: Path) -> str:
    silence()
    return (folder / "kraken-tui.log").read_text()


def test_messages_and_tracebacks_are_redacted_and_show_no_variables(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    start_logs(tmp_path, "INFO", mask, to_stderr=True)
    secret = "hunter2"
    try:
        raise ValueError(f"refused {secret}")
    except ValueError:
        logger.exception("it failed with {}", secret)
    text = read(tmp_path)
    err = capsys.readouterr().err
    for seen in (text, err):
        assert "it failed with ***" in seen
        assert "ValueError: refused ***" in seen
        assert "hunter2" not in seen


def test_braces_and_tags_in_a_message_stay_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start_logs(tmp_path, "INFO", mask, to_stderr=True)
    logger.info('{"a": 1} <red>&</red> {nothing}')
    assert '{"a": 1} <red>&</red> {nothing}' in read(tmp_path)
    assert '{"a": 1} <red>&</red> {nothing}' in capsys.readouterr().err


def test_nothing_reaches_a_screen(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    start_logs(tmp_path, "WARNING", mask, to_stderr=False)
    logger.info("not wanted")
    logger.warning("wanted")
    text = read(tmp_path)
    assert "wanted" in text and "not wanted" not in text
    logger.error("after the end")
    assert capfd.readouterr() == ("", "")


def test_yesterdays_file_is_packed_away(tmp_path: Path) -> None:
    (tmp_path / "kraken-tui.log").write_text("yesterday\n")
    os.utime(tmp_path / "kraken-tui.log", (1_700_000_000, 1_700_000_000))
    start_logs(tmp_path, "INFO", mask, to_stderr=False)
    logger.info("today")
    text = read(tmp_path)
    assert "today" in text and "yesterday" not in text
    (packed,) = tmp_path.glob("*.gz")
    assert gzip.decompress(packed.read_bytes()) == b"yesterday\n"


def test_a_large_file_is_packed_away(tmp_path: Path) -> None:
    asked: list[bool] = []
    rotation = DailyOrLarge(1000)
    with (tmp_path / "log").open("a+") as file:
        sink = logger.add(lambda message: asked.append(rotation(message, file)), format="{message}")
        logger.info("x" * 600)
        file.write("x" * 600)
        file.flush()
        logger.info("x" * 600)
        logger.info("x" * 300)
        logger.remove(sink)
    assert asked == [False, True, False]


def much_later(record: "Record") -> None:
    record["time"] = record["time"].replace(year=2099)


def test_a_day_that_ends_while_it_runs_begins_a_new_file(tmp_path: Path) -> None:
    rotation, asked = DailyOrLarge(10**9), list[bool]()
    with (tmp_path / "log").open("a+") as file:
        file.write("x")
        file.flush()
        sink = logger.add(lambda message: asked.append(rotation(message, file)), format="{message}")
        logger.info("today")
        logger.patch(much_later).info("much later")
        logger.remove(sink)
    assert asked == [False, True]
