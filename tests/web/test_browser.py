"""The page in a real browser: headless Chromium lets itself in, looks, unlocks and chats."""

from pathlib import Path

import pytest

from kraken_tui.model.command import Say
from tests.web.chromium import chromium, needs_chromium
from tests.web.site import engine, site, until

ENTER = 13
DRAWS = "document.body.classList.contains('-first-byte')"
HAS_KEYBOARD = "document.activeElement.classList.contains('xterm-helper-textarea')"


@pytest.mark.serial
@needs_chromium
async def test_a_person_looks_unlocks_and_chats(tmp_path: Path) -> None:
    async with engine(tmp_path) as asked, chromium() as page:
        with site(tmp_path) as at:
            await page.go(at.url)
            await page.until("document.body.innerText.includes('Token')")
            assert not await page.value("document.querySelector('.textual-terminal')")
            await page.type(at.token)
            await page.press("Enter", ENTER)
            await page.until(DRAWS)
            assert await page.value("document.querySelector('.role').innerText") == "looks only"
            await page.value(
                "document.querySelector('details').open = true; document.querySelector('[name=code]').focus()"
            )
            await page.type(at.code)
            await page.press("Enter", ENTER)
            await page.until(f"document.body.classList.contains('control') && {DRAWS} && {HAS_KEYBOARD}")
            await until(lambda: _chats(asked), "nothing was said yet", 0.1) if asked.done else None
            await page.type("c")
            await page.type("hello from Chromium")
            await page.press("Enter", ENTER)
            await until(lambda: any(isinstance(command, Say) for _, _, command in asked.done), "it has chatted")
            assert {author for author, _, _ in asked.done} == {"browser"}
            assert all(url.startswith((at.url, at.socket.partition("?")[0])) for url in page.asked), page.asked
            assert page.said == [], "nothing was refused by the policy"


def _chats(asked: object) -> bool:
    return asked is not None
