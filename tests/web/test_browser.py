"""The page in a real browser: headless Chromium is let in, looks, unlocks, chats and is locked again."""

from pathlib import Path

import pytest

from kraken_tui.model.command import Say
from tests.web.chromium import chromium, needs_chromium
from tests.web.site import engine, site, until

ENTER = 13
DRAWS = "document.body.classList.contains('-first-byte')"
HAS_KEYBOARD = "document.activeElement.classList.contains('xterm-helper-textarea')"
ASKS_CODE = "document.querySelector('details').open = true; document.querySelector('[name=code]').focus(); true"


@pytest.mark.serial
@needs_chromium
async def test_a_person_looks_unlocks_and_chats(tmp_path: Path) -> None:
    async with engine(tmp_path) as asked, chromium() as page:
        with site(tmp_path) as at:
            await page.go(at.url)
            await page.until("document.body.innerText.includes('Token')")
            assert not await page.value("Boolean(document.querySelector('.textual-terminal'))")
            await page.type(at.token)
            await page.press("Enter", ENTER)
            await page.until(f"{DRAWS} && {HAS_KEYBOARD}")
            assert await page.value("document.querySelector('.role').innerText") == "looks only"
            await page.value(ASKS_CODE)
            await page.type(at.code)
            await page.press("Enter", ENTER)
            await page.until(f"document.body.classList.contains('control') && {DRAWS} && {HAS_KEYBOARD}")
            await until(lambda: "FLATTEN" in page.drawn, "the screen stands")
            await page.type("c")
            await until(lambda: " send" in page.drawn, "the chat has the keyboard")
            await page.type("hello from Chromium")
            await page.press("Enter", ENTER)
            await until(lambda: any(isinstance(command, Say) for _, _, command in asked.done), "it has chatted")
            assert {author for author, _, _ in asked.done} == {"browser"}
            await page.value("document.querySelector('form[action=\"/lock\"] button').click()")
            await page.until("document.body.classList.contains('view')")
            places = (at.url, at.socket.partition("?")[0])
            assert len(page.asked) > 8
            assert all(url.startswith(places) for url in page.asked), page.asked
            assert not [text for text in page.said if "Content Security Policy" in text], "it had nothing to refuse"
