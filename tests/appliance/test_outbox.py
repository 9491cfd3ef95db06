"""The outbox against a model of the world: in order, one at a time, none lost, none invented."""

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from appliance.outbox import Outbox
from appliance.vault.outbox import Queued


class Shelf:
    """The vault's outbox table, in a list."""

    def __init__(self) -> None:
        self.alerts: list[Queued] = []
        self.last = 0

    def add(self) -> int:
        self.last += 1
        self.alerts.append(Queued(self.last, "t", b"{}"))
        return self.last

    def oldest(self) -> Queued | None:
        return self.alerts[0] if self.alerts else None

    def remove(self, sequence: int) -> None:
        self.alerts = [alert for alert in self.alerts if alert.sequence != sequence]


def test_alerts_go_one_by_one_in_order() -> None:
    shelf = Shelf()
    outbox = Outbox(shelf)
    first, second = shelf.add(), shelf.add()
    assert outbox.next() is None  # not ready
    outbox.ready()
    assert outbox.next() == Queued(first, "t", b"{}")
    assert outbox.next() is None  # one in flight
    assert outbox.acked(first)
    assert outbox.next() == Queued(second, "t", b"{}")
    assert outbox.acked(second)
    assert outbox.next() is None
    assert shelf.alerts == []
    assert outbox.strays == 0


def test_a_lost_link_sends_the_same_again() -> None:
    shelf = Shelf()
    outbox = Outbox(shelf)
    sequence = shelf.add()
    outbox.ready()
    sent = outbox.next()
    outbox.lost()
    assert outbox.in_flight is None
    assert outbox.next() is None
    outbox.ready()
    assert outbox.next() == sent
    assert outbox.in_flight == sequence


def test_a_confirmation_just_after_the_loss_still_counts() -> None:
    shelf = Shelf()
    outbox = Outbox(shelf)
    sequence = shelf.add()
    outbox.ready()
    outbox.next()
    outbox.lost()
    assert outbox.acked(sequence)
    outbox.ready()
    assert outbox.next() is None


def test_a_repeated_ready_does_not_send_twice() -> None:
    shelf = Shelf()
    outbox = Outbox(shelf)
    shelf.add()
    outbox.ready()
    outbox.next()
    outbox.ready()
    assert outbox.next() is None


def test_strange_confirmations_are_counted_and_change_nothing() -> None:
    shelf = Shelf()
    outbox = Outbox(shelf)
    first, second = shelf.add(), shelf.add()
    outbox.ready()
    outbox.next()
    for stray in (0, -1, second, 99):
        assert not outbox.acked(stray)
    assert outbox.strays == 4
    assert outbox.in_flight == first
    assert outbox.acked(first)
    assert not outbox.acked(first)
    assert outbox.strays == 5
    assert [alert.sequence for alert in shelf.alerts] == [second]


class World(RuleBasedStateMachine):
    """Alerts, links and brokers that come and go; a broker that remembers what it got."""

    def __init__(self) -> None:
        super().__init__()
        self.shelf = Shelf()
        self.outbox = Outbox(self.shelf)
        self.up = False
        self.on_the_way: list[int] = []  # sent over the link that is up now
        self.broker: list[int] = []
        self.confirmed: list[int] = []

    @rule()
    def an_alert_happens(self) -> None:
        self.shelf.add()

    @rule()
    def link_comes(self) -> None:
        self.outbox.ready()
        self.up = True

    @rule(arrives=st.booleans())
    def link_goes(self, arrives: bool) -> None:
        if arrives:
            self.broker += self.on_the_way
        self.on_the_way = []
        self.outbox.lost()
        self.up = False

    @rule()
    def pump(self) -> None:
        before = self.outbox.in_flight
        alert = self.outbox.next()
        if alert is not None:
            assert self.up
            assert before is None
            self.on_the_way.append(alert.sequence)
        elif self.up and before is None:
            assert self.shelf.alerts == []

    @precondition(lambda self: self.on_the_way)
    @rule()
    def broker_confirms(self) -> None:
        sequence = self.on_the_way.pop()
        self.broker.append(sequence)
        assert self.outbox.acked(sequence)
        self.confirmed.append(sequence)

    @rule(sequence=st.integers(-1, 20))
    def somebody_lies(self, sequence: int) -> None:
        if sequence == self.outbox.in_flight or sequence in self.broker:
            return
        before = (self.outbox.in_flight, list(self.shelf.alerts), self.outbox.strays + 1)
        if not self.outbox.acked(sequence):
            assert before == (self.outbox.in_flight, self.shelf.alerts, self.outbox.strays)
        else:  # sent on an earlier link and never confirmed: the one true exception
            self.broker.append(sequence)
            self.confirmed.append(sequence)

    @rule()
    def the_terminal_restarts(self) -> None:
        self.outbox = Outbox(self.shelf)
        self.on_the_way = []
        self.up = False

    @invariant()
    def one_at_a_time(self) -> None:
        assert len(self.on_the_way) <= 1

    @invariant()
    def in_order_and_none_lost(self) -> None:
        assert self.confirmed == list(range(1, len(self.confirmed) + 1))
        waiting = [alert.sequence for alert in self.shelf.alerts]
        assert self.confirmed + waiting == list(range(1, self.shelf.last + 1))
        assert self.broker == sorted(self.broker)


TestWorld = World.TestCase
TestWorld.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
