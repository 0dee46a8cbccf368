"""What is sent where and when: `(state, event, rules) → (state, actions)`, without a clock, a wire or a disk.

Every notice is told once by its key. It waits until quiet hours are over, for its place's hourly allowance, and after a
failure for a growing pause; what waits is bounded, and what is given up is said.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from kraken_tui.clock import SECOND
from kraken_tui.notify.channel import FINAL, Answer, Later, Letter, Never, Sent
from kraken_tui.notify.events import HOUR_NS, Notice
from kraken_tui.notify.messages import LOOKS_NS, Action, Asked, Look, Note, Place, Plan, Rules, Say, Send, Waiting
from kraken_tui.notify.texts import about, digest, net_of, text_of

MOST_WAITING = 100
MOST_KEYS = 5_000
MOST_ATTEMPTS = 8
FIRST_PAUSE_NS = 5 * SECOND
LONGEST_PAUSE_NS = 600 * SECOND
LONGEST_OBEYED_NS = HOUR_NS
"""Of a pause that the other side asks for."""
TOO_OLD_NS = 6 * HOUR_NS
"""From when it could first be sent on; a day-old entry helps nobody."""
MERGED_FROM = 4
"""So many that wait for one place, and not for a failure, become one message."""


def offer(plan: Plan, told: Notice, now_ns: int, rules: Rules, owner: str = "") -> tuple[Plan, list[Action]]:
    """Take a notice in; one that was told already, or goes nowhere, changes nothing.

    Args:
        plan: as it is.
        told: the notice.
        now_ns: the time.
        rules: the operator's.
        owner: begins the ids: two processes write into one book.
    """
    before_ns = plan.keys.get(told.key)
    places = rules.places.get(told.kind, ())
    if not places or (before_ns is not None and now_ns - before_ns < told.again_ns):
        return plan, []
    actions: list[Action] = []
    first_ns = _after_quiet(told.kind, now_ns, rules)
    plan = replace(plan, keys=_remembered(plan.keys, told.key, now_ns))
    text, net = text_of(told.event, rules.label), net_of(told.event)
    for place in places:
        id = f"{owner}{now_ns}-{plan.count}"
        plan = replace(plan, count=plan.count + 1)
        row = Waiting(
            id=id, place=place, kind=told.kind, text=text, about=about(told.event), net=net, time_ns=told.time_ns,
            first_ns=first_ns, next_ns=first_ns,
        )  # fmt: skip
        new = _note(row, now_ns, "waiting")
        if why := plan.shut.get(place[0]):
            actions.append(replace(new, key=told.key, text=text, status="given up", why=why))
            continue
        actions.append(replace(new, key=told.key, text=text))
        plan, dropped = _room_for(plan, row, now_ns)
        actions += dropped
    return plan, actions


def due(plan: Plan, now_ns: int, rules: Rules) -> tuple[Plan, list[Action]]:
    """What is to be sent, or asked after, now. At most one message is on its way to each place."""
    actions: list[Action] = []
    plan, given_up = _without_old(plan, now_ns)
    actions += given_up
    for place in dict.fromkeys(row.place for row in plan.waiting):
        if any(row.place == place for row in plan.sending):
            continue
        plan, sending = _next(plan, place, now_ns, rules)
        actions += sending
    for row in plan.asked:
        if row.next_ns <= now_ns:
            actions.append(Look(asked=row))
    looked = {row.asked.id for row in actions if isinstance(row, Look)}
    return replace(plan, asked=tuple(row for row in plan.asked if row.id not in looked)), actions


def answered(plan: Plan, id: str, answer: Answer, now_ns: int, rules: Rules) -> tuple[Plan, list[Action]]:
    """Take in what became of a message that was sent."""
    row = next((row for row in plan.sending if row.id == id), None)
    if row is None:
        return plan, []
    plan = replace(plan, sending=tuple(other for other in plan.sending if other is not row))
    match answer:
        case Sent(sid=sid, status=status, note=note):
            plan = replace(plan, rests={place: ns for place, ns in plan.rests.items() if place != row.place})
            told = replace(_note(row, now_ns, status), sid=sid, why=note)
            if sid and status not in FINAL:
                asked = Asked(id=row.id, place=row.place, sid=sid, sent_ns=now_ns)
                plan = replace(plan, asked=(*plan.asked, asked)[-MOST_WAITING:])
            return plan, [told]
        case Never(why=why, everything=everything):
            lost: list[Action] = [replace(_note(row, now_ns, "refused"), why=why)]
            return _shut(plan, row.place[0], why, now_ns, lost) if everything else (plan, [*lost, _said(row, why)])
        case Later():
            return _again(plan, row, answer, now_ns, rules)


def looked(plan: Plan, asked: Asked, found: Sent | None, now_ns: int) -> tuple[Plan, list[Action]]:
    """Take in what is known now of a message that was taken."""
    if found is not None and found.status in FINAL:
        told = Note(
            id=asked.id, place=asked.place, kind="", time_ns=now_ns, status=found.status, sid=asked.sid, why=found.note
        )
        return plan, [told]
    actions: list[Action] = []
    if found is not None:
        actions.append(
            Note(id=asked.id, place=asked.place, kind="", time_ns=now_ns, status=found.status, sid=asked.sid)
        )
    later = replace(asked, looks=asked.looks + 1)
    if later.looks < len(LOOKS_NS):
        plan = replace(plan, asked=(*plan.asked, later)[-MOST_WAITING:])
    return plan, actions


def give_up(plan: Plan, why: str, now_ns: int) -> tuple[Plan, list[Action]]:
    """Send nothing more of what waits."""
    notes: list[Action] = [
        replace(_note(row, now_ns, "given up"), why=f"{why}: {row.why}" if row.why else why) for row in plan.waiting
    ]
    return replace(plan, waiting=()), notes


def wakes(plan: Plan, now_ns: int, rules: Rules) -> int | None:
    """When something may be due next; None where nothing waits."""
    busy = {row.place for row in plan.sending}
    times = [max(row.next_ns, _free_ns(plan, row, now_ns, rules)) for row in plan.waiting if row.place not in busy]
    return min([*times, *(row.next_ns for row in plan.asked)], default=None)


def _next(plan: Plan, place: Place, now_ns: int, rules: Rules) -> tuple[Plan, list[Action]]:
    """The message that is sent to a place now; several that waited as one."""
    ready = [
        row for row in plan.waiting
        if row.place == place and row.next_ns <= now_ns and _free_ns(plan, row, now_ns, rules) <= now_ns
    ]  # fmt: skip
    if not ready:
        return plan, []
    row = next((row for row in ready if row.is_urgent), ready[0])
    actions: list[Action] = []
    together = [each for each in ready if not each.is_urgent and not each.attempts]
    if not row.is_urgent and not row.attempts and len(together) >= MERGED_FROM:
        row, actions = _merged(together, now_ns, rules)
        plan = replace(plan, waiting=tuple(each for each in plan.waiting if each not in together))
    plan = replace(
        plan,
        waiting=tuple(each for each in plan.waiting if each is not row),
        sending=(*plan.sending, replace(row, attempts=row.attempts + 1)),
        sent_ns={**plan.sent_ns, place: (*_last_hour(plan, place, now_ns), now_ns)},
    )
    letter = Letter(
        id=row.id, kind=row.kind, target=place[1], text=row.text, time_ns=row.time_ns, since_ns=row.since_ns
    )
    # Before it is sent: what a crash leaves in this state may have been sent.
    sending = replace(_note(row, now_ns, "sending"), attempts=row.attempts + 1)
    return plan, [*actions, sending, Send(place=place, letter=letter)]


def _merged(rows: list[Waiting], now_ns: int, rules: Rules) -> tuple[Waiting, list[Action]]:
    """The first of several, with the words of all."""
    text = digest([(row.kind, row.about, row.net) for row in rows], rules.label)
    first = replace(rows[0], text=text, net=None)
    gone: list[Action] = [replace(_note(row, now_ns, "merged"), why=f"told with {first.id}") for row in rows[1:]]
    return first, [replace(_note(first, now_ns, "waiting"), text=text), *gone]


def _again(plan: Plan, row: Waiting, answer: Later, now_ns: int, rules: Rules) -> tuple[Plan, list[Action]]:
    """After a failure: later, unless it was tried often enough; meanwhile its place rests.

    What was surely not taken is given back to the hourly allowance.
    """
    sent_ns = plan.sent_ns[row.place] if answer.maybe else plan.sent_ns[row.place][:-1]
    resting_ns = now_ns + max(pause(row.attempts), min(int(answer.after_s * SECOND), LONGEST_OBEYED_NS))
    plan = replace(
        plan, sent_ns={**plan.sent_ns, row.place: sent_ns}, rests={**plan.rests, row.place: resting_ns}
    )  # fmt: skip
    if row.attempts >= MOST_ATTEMPTS:
        why = f"given up after {row.attempts} attempts: {answer.why}"
        return plan, [replace(_note(row, now_ns, "given up"), why=why), _said(row, why)]
    since_ns = row.since_ns or (now_ns if answer.maybe else 0)
    row = replace(row, next_ns=_after_quiet(row.kind, resting_ns, rules), since_ns=since_ns, why=answer.why)
    plan = replace(plan, waiting=(row, *plan.waiting))
    return plan, [replace(_note(row, now_ns, "waiting"), why=answer.why)]


def pause(attempts: int) -> int:
    """How long a message rests after so many attempts: 5 s, then twice as long each time, at most 10 minutes."""
    return min(FIRST_PAUSE_NS << (attempts - 1), LONGEST_PAUSE_NS)


def _shut(plan: Plan, channel: str, why: str, now_ns: int, actions: list[Action]) -> tuple[Plan, list[Action]]:
    """A channel that refuses everything is left alone until somebody mends it and starts the program again."""
    lost = [row for row in plan.waiting if row.place[0] == channel]
    plan = replace(
        plan, waiting=tuple(row for row in plan.waiting if row.place[0] != channel), shut={**plan.shut, channel: why}
    )
    actions += [replace(_note(row, now_ns, "given up"), why=why) for row in lost]
    return plan, [*actions, Say(text=f"{channel}: nothing more is sent until the next start: {why}")]


def _room_for(plan: Plan, row: Waiting, now_ns: int) -> tuple[Plan, list[Action]]:
    """Put `row` among what waits; where that is too much, the oldest that is not urgent goes."""
    rows = [*plan.waiting, row]
    if len(rows) <= MOST_WAITING:
        return replace(plan, waiting=tuple(rows)), []
    oldest = next((each for each in rows if not each.is_urgent), rows[0])
    why = f"more than {MOST_WAITING} messages wait"
    left = tuple(each for each in rows if each is not oldest)
    return replace(plan, waiting=left), [replace(_note(oldest, now_ns, "given up"), why=why), _said(oldest, why)]


def _without_old(plan: Plan, now_ns: int) -> tuple[Plan, list[Action]]:
    old = [row for row in plan.waiting if now_ns - row.first_ns > TOO_OLD_NS]
    if not old:
        return plan, []
    why = f"it could not be sent for {TOO_OLD_NS // HOUR_NS} hours"
    actions: list[Action] = []
    for row in old:
        actions += [replace(_note(row, now_ns, "given up"), why=why), _said(row, why)]
    return replace(plan, waiting=tuple(row for row in plan.waiting if row not in old)), actions


def _free_ns(plan: Plan, row: Waiting, now_ns: int, rules: Rules) -> int:
    """When its place takes a message: it rests after a failure, and has an allowance for each hour.

    What is urgent has a reserve of as many again, and where it was not tried yet, it is not kept by a rest.
    """
    rests_ns = 0 if row.is_urgent and not row.attempts else plan.rests.get(row.place, 0)
    most = rules.per_hour * (2 if row.is_urgent else 1)
    sent = _last_hour(plan, row.place, now_ns)
    return max(rests_ns, now_ns if len(sent) < most else sent[-most] + HOUR_NS)


def _last_hour(plan: Plan, place: Place, now_ns: int) -> tuple[int, ...]:
    return tuple(sent_ns for sent_ns in plan.sent_ns.get(place, ()) if sent_ns > now_ns - HOUR_NS)


def _after_quiet(kind: str, now_ns: int, rules: Rules) -> int:
    if rules.quiet is None or kind in rules.breaks_quiet or kind == "test":
        return now_ns
    return rules.quiet.until(now_ns)


def _remembered(keys: Mapping[str, int], key: str, now_ns: int) -> dict[str, int]:
    told = {name: told_ns for name, told_ns in keys.items() if name != key}
    if len(told) >= MOST_KEYS:
        told = dict(list(told.items())[MOST_KEYS // 10 :])
    return {**told, key: now_ns}


def _note(row: Waiting, now_ns: int, status: str) -> Note:
    return Note(id=row.id, place=row.place, kind=row.kind, time_ns=now_ns, status=status, attempts=row.attempts)


def _said(row: Waiting, why: str) -> Say:
    return Say(text=f"{row.place[0]}: a message ({row.kind}) was not sent: {why}")
