"""SMS through Twilio's real client, against an imitation of Twilio on loopback."""

import asyncio
from collections.abc import Iterator

import pytest

from kraken_tui import clock
from kraken_tui.config.notify_keys import TwilioKeys
from kraken_tui.notify.channel import Answer, Later, Letter, Never, Sent
from kraken_tui.notify.sms import Sms
from tests.notify.twilio_server import ACCOUNT, FROM, TO, TOKEN, Twilio, serving


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with serving() as here:
        yield here


def letter(since_ns: int = 0, text: str = "kraken-tui PAPER: test") -> Letter:
    return Letter(id="1", kind="test", target=TO, text=text, time_ns=clock.SystemClock().now_ns(), since_ns=since_ns)


def send(twilio: Twilio, *letters: Letter, sender: str = FROM, token: str = TOKEN) -> list[Answer]:
    async def all_of_them() -> list[Answer]:
        sms = Sms(TwilioKeys(ACCOUNT, token), sender, twilio.url, read_within_s=0.5)
        return [await sms.send(each) for each in letters or (letter(),)]

    return asyncio.run(all_of_them())


def test_a_message_is_taken_with_its_numbers_and_text(twilio: Twilio) -> None:
    assert send(twilio) == [Sent(sid="SM" + "0" * 32, status="queued")]
    (only,) = twilio.messages
    assert (only.to, only.sender, only.body) == (TO, FROM, "kraken-tui PAPER: test")


def test_a_messaging_service_sends_as_one(twilio: Twilio) -> None:
    service = "MG" + "a" * 32
    send(twilio, sender=service)
    assert twilio.messages[0].sender == service


def test_what_may_be_tried_again_and_what_may_not(twilio: Twilio) -> None:
    twilio.faults = ["429:7", "500", "400"]
    busy, broken, wrong = send(twilio, letter(), letter(), letter())
    assert busy == Later(why="HTTP 429, Twilio error 20429: Unable to create record: Too Many Requests", after_s=7)
    assert isinstance(broken, Later) and broken.maybe and "HTTP 500" in broken.why
    assert isinstance(wrong, Never) and not wrong.everything and "Twilio error 21211" in wrong.why


def test_a_refused_key_refuses_everything_and_names_what_to_look_at(twilio: Twilio) -> None:
    (answer,) = send(twilio, token="0" * 32)
    assert isinstance(answer, Never) and answer.everything
    assert "HTTP 401, Twilio error 20003" in answer.why and "TWILIO_AUTH_TOKEN" in answer.why
    assert "0" * 32 not in answer.why


@pytest.mark.parametrize("fault", ["hang", "cut", "nonsense"])
def test_a_lost_answer_is_no_refusal(twilio: Twilio, fault: str) -> None:
    twilio.faults = [fault]
    (answer,) = send(twilio)
    assert isinstance(answer, Later) and answer.maybe


@pytest.mark.parametrize("fault", ["hang after taking", "cut after taking"])
def test_a_message_whose_answer_was_lost_is_not_sent_twice(twilio: Twilio, fault: str) -> None:
    twilio.faults = [fault]
    (lost,) = send(twilio)
    assert isinstance(lost, Later) and lost.maybe
    assert send(twilio, letter(since_ns=clock.SystemClock().now_ns())) == [Sent(sid="SM" + "0" * 32, status="queued")]
    assert len(twilio.messages) == 1


def test_one_that_was_not_taken_is_sent_after_looking(twilio: Twilio) -> None:
    twilio.faults = ["cut"]
    send(twilio)
    now_ns = clock.SystemClock().now_ns()
    assert isinstance(send(twilio, letter(since_ns=now_ns))[0], Sent)
    assert isinstance(send(twilio, letter(since_ns=now_ns, text="another"))[0], Sent)
    assert len(twilio.messages) == 2


def test_nobody_listens() -> None:
    with serving() as gone:
        pass
    (answer,) = send(gone)
    assert isinstance(answer, Later) and not answer.maybe
    assert "refused" in answer.why


def test_what_became_of_it_is_known_later(twilio: Twilio) -> None:
    send(twilio)
    twilio.messages[0].status, twilio.messages[0].error_code = "undelivered", 30003
    sms = Sms(TwilioKeys(ACCOUNT, TOKEN), FROM, twilio.url)
    found = asyncio.run(sms.status(twilio.messages[0].sid))
    assert found is not None and (found.status, found.note) == ("undelivered", "error 30003: ")
    assert asyncio.run(sms.status("SM" + "f" * 32)) is None
