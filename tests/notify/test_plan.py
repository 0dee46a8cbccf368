"""What is sent where and when, as values; and that nothing is lost in silence."""

from collections import Counter
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from kraken_tui.clock import MINUTE, SECOND
from kraken_tui.notify import plan as core
from kraken_tui.notify.channel import Answer, Later, Never, Sent
from kraken_tui.notify.events import HOUR_NS, Alert, Closed, Event, Executed, KillSwitch, notice
from kraken_tui.notify.hours import quiet_of
from kraken_tui.notify.messages import URGENT, Action, Look, Note, Place, Plan, Rules, Say, Send
from tests.careful import careful
from tests.notify.samples import START_NS, fill, trade

SMS: Place = ("sms", "+1")
HOOK: Place = ("webhook", "")
NOON = START_NS + 12 * HOUR_NS
ALL: dict[str, tuple[Place, ...]] = dict.fromkeys(
    ("entry", "exit", "stop", "kill_switch", "unknown", "alert", "test"), (SMS,)
)
DAY = Rules(places=ALL, label="T:")
NIGHT = Rules(
    places=ALL, label="T:", quiet=quiet_of("22:00-07:00", ZoneInfo("UTC")), breaks_quiet=frozenset({"kill_switch"})
)
KILL = KillSwitch(why="too much", tripped_ns=1)
OPEN_STATES = {"waiting", "sending"}


class Desk:
    """The plan with a clock and a channel, both in hand."""

    def __init__(self, rules: Rules = DAY, now_ns: int = NOON) -> None:
        self.plan, self.rules, self.now_ns = Plan(), rules, now_ns
        self.sent: list[Send] = []
        self.sent_ns: list[int] = []
        self.taken: list[tuple[int, str]] = []
        """When each message was sent that was, or may have been, taken; and its kind."""
        self.notes: dict[str, Note] = {}
        self.looks: list[Look] = []
        self.said: list[str] = []

    def offer(self, event: Event) -> None:
        self._take(core.offer(self.plan, notice(event, self.now_ns), self.now_ns, self.rules))

    def due(self) -> list[Send]:
        before = len(self.sent)
        self._take(core.due(self.plan, self.now_ns, self.rules))
        return self.sent[before:]

    def answer(self, answer: Answer) -> None:
        for row in self.plan.sending:
            if not isinstance(answer, Later) or answer.maybe:
                at = max(ns for sent, ns in zip(self.sent, self.sent_ns, strict=True) if sent.letter.id == row.id)
                self.taken.append((at, row.kind))
            self._take(core.answered(self.plan, row.id, answer, self.now_ns, self.rules))

    def go_on(self, answer: Answer, until_ns: int) -> None:
        """Answer everything alike, as time passes, until nothing more is due before `until_ns`."""
        for _ in range(10_000):
            self.due()
            self.answer(answer)
            at_ns = core.wakes(self.plan, self.now_ns, self.rules)
            if at_ns is None or at_ns > until_ns:
                return
            self.now_ns = max(self.now_ns, at_ns)
        raise AssertionError("it never ends")

    def _take(self, made: tuple[Plan, list[Action]]) -> None:
        self.plan, actions = made
        for action in actions:
            match action:
                case Send():
                    self.sent.append(action)
                    self.sent_ns.append(self.now_ns)
                case Note() if action.key:
                    assert action.id not in self.notes
                    self.notes[action.id] = action
                case Note():
                    assert action.id in self.notes, "a note on a message that was never written down"
                    self.notes[action.id] = action
                case Look():
                    self.looks.append(action)
                case Say(text=text):
                    self.said.append(text)

    @property
    def states(self) -> Counter[str]:
        return Counter(note.status for note in self.notes.values())


def entry(number: int) -> Executed:
    return Executed(fills=(fill(f"F{number}"),), opens=True)


def test_the_same_event_is_told_once_and_an_alert_again_after_six_hours() -> None:
    desk = Desk()
    for _ in range(3):
        desk.offer(entry(1))
        desk.offer(Alert(text="disk full for 3 s"))
        desk.offer(Alert(text="disk full for 9 s"))
    desk.go_on(Sent(), NOON + HOUR_NS)
    assert len(desk.sent) == 2
    desk.now_ns = NOON + 7 * HOUR_NS
    desk.offer(entry(1))
    desk.offer(Alert(text="disk full for 700 s"))
    desk.go_on(Sent(), NOON + 8 * HOUR_NS)
    assert len(desk.sent) == 3


def test_what_goes_nowhere_is_neither_sent_nor_written_down() -> None:
    desk = Desk(Rules(places={"exit": (SMS,)}, label="T:"))
    desk.offer(entry(1))
    desk.offer(Closed(trade=trade(), by_stop=True, last_fill="X"))
    assert (desk.due(), desk.notes) == ([], {})
    desk.offer(Closed(trade=trade(), by_stop=False, last_fill="Y"))
    assert len(desk.due()) == 1


def test_each_place_gets_it() -> None:
    desk = Desk(Rules(places={"entry": (SMS, ("sms", "+2"), HOOK)}, label="T:"))
    desk.offer(entry(1))
    assert [row.place for row in desk.due()] == [SMS, ("sms", "+2"), HOOK]


def test_quiet_hours_hold_an_entry_until_they_end_and_the_kill_switch_breaks_them() -> None:
    desk = Desk(NIGHT, now_ns=START_NS + 23 * HOUR_NS)
    desk.offer(entry(1))
    desk.offer(KILL)
    assert [row.letter.kind for row in desk.due()] == ["kill_switch"]
    desk.answer(Sent())
    wakes = core.wakes(desk.plan, desk.now_ns, desk.rules)
    assert wakes == START_NS + 31 * HOUR_NS
    desk.now_ns = wakes
    assert [row.letter.kind for row in desk.due()] == ["entry"]


def test_what_waited_for_one_place_comes_as_one_message() -> None:
    desk = Desk(NIGHT, now_ns=START_NS + 23 * HOUR_NS)
    for number in range(3):
        desk.offer(entry(number))
    desk.offer(Closed(trade=trade("-7.5"), by_stop=True, last_fill="S"))
    desk.now_ns = START_NS + 31 * HOUR_NS
    (only,) = desk.due()
    assert "4 messages that waited: 3 entries, 1 stops hit; 1 closed, net -7.50" in only.letter.text
    desk.answer(Sent())
    assert desk.states == {"sent": 1, "merged": 3}


def test_a_failure_is_tried_again_after_growing_pauses_and_given_up_aloud() -> None:
    desk = Desk()
    desk.offer(KILL)
    desk.go_on(Later(why="HTTP 500"), NOON + 24 * HOUR_NS)
    gaps = [(after - before) // SECOND for before, after in pairwise(desk.sent_ns)]
    assert gaps == [5, 10, 20, 40, 80, 160, 320]
    (note,) = desk.notes.values()
    assert (note.status, note.attempts) == ("given up", core.MOST_ATTEMPTS)
    assert desk.said == ["sms: a message (kill_switch) was not sent: given up after 8 attempts: HTTP 500"]


def test_an_outage_costs_few_attempts_and_ends_in_one_message_and_what_is_urgent_is_tried_at_once() -> None:
    desk = Desk()
    for number in range(30):
        desk.offer(entry(number))
        desk.due()
        desk.answer(Later(why="no connection"))
        desk.now_ns += 10 * SECOND
    tried = len(desk.sent)
    assert tried <= 7
    desk.offer(KILL)
    assert [row.letter.kind for row in desk.due()] == ["kill_switch"]
    desk.answer(Sent())
    desk.go_on(Sent(), desk.now_ns + HOUR_NS)
    late = [row.letter for row in desk.sent[tried + 1 :]]
    assert [letter.kind for letter in late] == ["entry", "entry"]
    assert any("messages that waited" in letter.text for letter in late)
    assert desk.states == {"sent": 3, "merged": 28}


def test_a_pause_that_the_other_side_asks_for_is_kept() -> None:
    desk = Desk()
    desk.offer(entry(1))
    desk.due()
    desk.answer(Later(why="busy", after_s=90))
    assert core.wakes(desk.plan, desk.now_ns, desk.rules) == NOON + 90 * SECOND
    desk.now_ns += 89 * SECOND
    assert desk.due() == []
    desk.now_ns += SECOND
    assert len(desk.due()) == 1


def test_a_lost_answer_makes_the_next_attempt_look_first() -> None:
    desk = Desk()
    desk.offer(entry(1))
    assert desk.due()[0].letter.since_ns == 0
    desk.answer(Later(why="lost", maybe=True))
    desk.now_ns += 5 * SECOND
    assert desk.due()[0].letter.since_ns == NOON


def test_a_refused_key_shuts_the_channel_and_nothing_more_is_tried() -> None:
    desk = Desk()
    for number in range(2):
        desk.offer(entry(number))
    desk.due()
    desk.answer(Never(why="HTTP 401", everything=True))
    desk.offer(KILL)
    desk.go_on(Sent(), NOON + HOUR_NS)
    assert len(desk.sent) == 1
    assert desk.states == {"refused": 1, "given up": 2}
    assert desk.said == ["sms: nothing more is sent until the next start: HTTP 401"]


def test_a_refused_message_leaves_the_others_alone() -> None:
    desk = Desk()
    desk.offer(KILL)
    desk.offer(entry(1))
    desk.due()
    desk.answer(Never(why="HTTP 400"))
    assert len(desk.due()) == 1


def test_what_became_of_a_message_is_asked_after_until_it_is_final() -> None:
    desk = Desk()
    desk.offer(entry(1))
    desk.due()
    desk.answer(Sent(sid="SM1", status="queued"))
    for pause_s, found in ((20, Sent(sid="SM1", status="sending")), (100, Sent(sid="SM1", status="delivered"))):
        desk.now_ns += pause_s * SECOND
        desk.due()
        desk._take(core.looked(desk.plan, desk.looks[-1].asked, found, desk.now_ns))
    assert len(desk.looks) == 2
    assert desk.states == {"delivered": 1}
    assert core.wakes(desk.plan, desk.now_ns, desk.rules) is None


# The machine under random events, answers and pauses.

kinds = st.sampled_from(["entry", "exit", "stop", "kill", "alert", "repeat"])
answers: st.SearchStrategy[Answer] = st.one_of(
    st.just(Sent(sid="", status="delivered")), st.just(Sent(sid="SM", status="queued")), st.just(Later(why="x")),
    st.just(Later(why="x", after_s=70, maybe=True)), st.just(Never(why="bad number")),
)  # fmt: skip
steps = st.lists(st.tuples(kinds, answers, st.integers(0, 40 * 60)), max_size=80)


def event_of(kind: str, number: int) -> Event:
    match kind:
        case "entry":
            return entry(number)
        case "kill":
            return KillSwitch(why="too much", tripped_ns=number)
        case "alert":
            return Alert(text=f"trouble {chr(97 + number % 5)}")
        case "repeat":
            return entry(0)
        case _:
            return Closed(trade=trade(), by_stop=kind == "stop", last_fill=f"L{number}")


def play(rules: Rules, script: list[tuple[str, Answer, int]]) -> Desk:
    desk = Desk(rules)
    for number, (kind, answer, pause_s) in enumerate(script):
        desk.offer(event_of(kind, number))
        desk.due()
        if number % 3:
            desk.answer(answer)
        desk.now_ns += pause_s * SECOND
    return desk


@careful(40)
@given(steps, st.integers(1, 5))
def test_no_hour_sees_more_than_the_allowance_and_its_reserve(
    script: list[tuple[str, Answer, int]], per_hour: int
) -> None:
    desk = play(Rules(places=ALL, label="T:", per_hour=per_hour), script)
    desk.go_on(Sent(), desk.now_ns + 48 * HOUR_NS)
    for begin_ns, _ in desk.taken:
        within = [kind for at_ns, kind in desk.taken if begin_ns <= at_ns < begin_ns + HOUR_NS]
        assert len(within) <= 2 * per_hour
        assert sum(kind not in URGENT for kind in within) <= per_hour


@careful(40)
@given(steps)
def test_nothing_of_what_may_wait_is_sent_in_quiet_hours(script: list[tuple[str, Answer, int]]) -> None:
    desk = play(NIGHT, script)
    desk.go_on(Sent(), desk.now_ns + 48 * HOUR_NS)
    assert NIGHT.quiet is not None
    for row, at_ns in zip(desk.sent, desk.sent_ns, strict=True):
        assert row.letter.kind == "kill_switch" or not NIGHT.quiet.holds(at_ns)


@careful(40)
@given(steps)
def test_every_message_ends_told_merged_or_given_up_and_no_key_is_told_twice(
    script: list[tuple[str, Answer, int]],
) -> None:
    desk = play(DAY, script)
    desk.go_on(Sent(status="delivered"), desk.now_ns + 48 * HOUR_NS)
    assert not set(desk.states) & OPEN_STATES
    assert not desk.plan.waiting and not desk.plan.sending
    closed = [row.letter.id for row in desk.sent if desk.notes[row.letter.id].status in ("sent", "delivered", "queued")]
    assert len(set(closed)) == desk.states["sent"] + desk.states["delivered"] + desk.states["queued"]
    offers = {f"{kind} {0 if kind == 'repeat' else number}" for number, (kind, _, _) in enumerate(script)}
    assert len(desk.notes) <= len(offers)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 180), st.integers(0, 30))
def test_what_waits_is_bounded_and_what_is_dropped_is_said(entries: int, urgent: int) -> None:
    desk = Desk(NIGHT, now_ns=START_NS + 23 * HOUR_NS)
    for number in range(entries):
        desk.offer(entry(number))
    for number in range(urgent):
        desk.offer(KillSwitch(why="x", tripped_ns=number))
    assert len(desk.plan.waiting) <= core.MOST_WAITING
    assert sum(row.is_urgent for row in desk.plan.waiting) == urgent
    dropped = max(0, entries + urgent - core.MOST_WAITING)
    assert desk.states["given up"] == len(desk.said) == dropped


@given(st.integers(1, 60))
def test_a_pause_grows_and_is_bounded(attempts: int) -> None:
    assert core.pause(attempts) <= core.pause(attempts + 1) <= 10 * MINUTE
