"""Each card of the document has its test, each test its card, and each card says all that a card must."""

import re
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
CARDS = (HERE.parents[1] / "docs" / "execution-cards.md").read_text()
FIELDS = ["Prerequisite", "Action", "Expected events", "Pass"]


def test_cards_and_tests_have_the_same_numbers() -> None:
    written = [int(number) for number in re.findall(r"^### (\d+)\. ", CARDS, re.MULTILINE)]
    tested = Counter(
        int(number)
        for path in sorted(HERE.glob("test_*.py"))
        for number in re.findall(r"^async def test_card_(\d+)_", path.read_text(), re.MULTILINE)
    )
    assert written == list(range(1, len(written) + 1))
    assert tested == Counter(written)


def test_a_card_names_prerequisite_action_events_and_criteria() -> None:
    for card in re.split(r"^### ", CARDS, flags=re.MULTILINE)[1:]:
        assert re.findall(r"^- \*\*(.+):\*\* .*\S", card, re.MULTILINE) == FIELDS, card.partition("\n")[0]


def test_cards_stand_where_the_document_says() -> None:
    for section in re.split(r"^## ", CARDS, flags=re.MULTILINE)[1:]:
        name = re.search(r"`(test_\w+\.py)`", section.partition("\n")[0])
        assert name is not None, section.partition("\n")[0]
        there = re.findall(r"^async def test_card_(\d+)_", (HERE / name[1]).read_text(), re.MULTILINE)
        assert [int(each) for each in there] == [
            int(each) for each in re.findall(r"^### (\d+)\. ", section, re.MULTILINE)
        ]
