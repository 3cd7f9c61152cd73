"""Whatever is published, subscribed, joined and deleted in whatever order: the parts fit, and nothing is left."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from rtpng.calls.model import Call
from rtpng.errors import NgError
from tests.rtpng.harness import ALICE, BOB, CAROL, RelayUnderTest, Word, audio, sdp, video

_T = TypeVar("_T")

CALLS = ("one", "one", "two")
TAGS = tuple("abcdefgh")
SECTIONS = ((audio(),), (audio(), video()), (video(), audio()), (audio(0), video()), (audio(4000, "0", "a=rtcp-mux"),))


@dataclass
class Script:
    """Draws what happens next, mostly something that can be done, and does it."""

    data: st.DataObject
    relay: RelayUnderTest = field(default_factory=RelayUnderTest)

    def begin(self) -> None:
        """Two conversations and somebody who hears one of them."""
        for call_id, caller, callee in (("one", "a", "b"), ("two", "c", "d")):
            keys: dict[str, Word] = {"call_id": call_id, "from_tag": caller}
            self.relay.offer(sdp(audio(), video()), **keys)
            self.relay.answer(sdp(audio(5000), video(5002), host=BOB), to_tag=callee, **keys)
        self.relay.command("subscribe request", call_id="one", all="all", to_tag="e")

    def step(self) -> None:
        call_id = self._draw(st.sampled_from(CALLS))
        actions: list[Callable[[str], tuple[str, dict[str, Word]]]] = [
            *(self._offer, self._answer, self._publish, self._create, self._created, self._subscribe, self._listen),
            *(self._listen, self._unsubscribe, self._connect, self._connect, self._block, self._delete),
        ]
        command, words = self._draw(st.sampled_from(actions))(call_id)
        before = self.relay.state()
        try:
            self.relay.command(command, call_id=call_id, **words)
        except NgError:
            assert self.relay.state() == before

    def _offer(self, call_id: str) -> tuple[str, dict[str, Word]]:
        to_tag = self._draw(st.sampled_from([None, None, self._tag(self._talkers(call_id))]))
        return "offer", {"from_tag": self._tag(self._talkers(call_id)), "to_tag": to_tag, "sdp": self._body()}

    def _answer(self, call_id: str) -> tuple[str, dict[str, Word]]:
        tags = self._tag(self._talkers(call_id)), self._tag(self._talkers(call_id))
        return "answer", {"from_tag": tags[0], "to_tag": tags[1], "sdp": self._body()}

    def _publish(self, call_id: str) -> tuple[str, dict[str, Word]]:
        return "publish", {"from_tag": self._tag(self._alone(call_id)), "sdp": self._body()}

    def _create(self, call_id: str) -> tuple[str, dict[str, Word]]:
        return "create", {"from_tag": self._tag(self._alone(call_id))}

    def _created(self, call_id: str) -> tuple[str, dict[str, Word]]:
        return "create answer", {"from_tag": self._tag(self._alone(call_id)), "sdp": self._body()}

    def _subscribe(self, call_id: str) -> tuple[str, dict[str, Word]]:
        sources = [self._tag(self._everybody(call_id)) for _ in range(self._draw(st.integers(1, 3)))]
        flags = self._draw(st.sampled_from([(), (), ("SIPREC",), ("all",)]))
        return "subscribe request", {"from_tags": sources, "to_tag": self._tag(self._hearers(call_id)), "flags": flags}

    def _listen(self, call_id: str) -> tuple[str, dict[str, Word]]:
        return "subscribe answer", {"to_tag": self._tag(self._hearers(call_id)), "sdp": self._body()}

    def _unsubscribe(self, call_id: str) -> tuple[str, dict[str, Word]]:
        tags = self._tag(self._everybody(call_id)), self._tag(self._hearers(call_id))
        flags = self._draw(st.sampled_from([(), ("directional",)]))
        return "unsubscribe", {"from_tag": tags[0], "to_tag": tags[1], "flags": flags}

    def _connect(self, call_id: str) -> tuple[str, dict[str, Word]]:
        other = self._draw(st.sampled_from([call_id, *CALLS]))
        tags = self._tag(self._everybody(call_id)), self._tag(self._everybody(other))
        return "connect", {"from_tag": tags[0], "to_tag": tags[1], "to_call_id": other if other != call_id else None}

    def _block(self, call_id: str) -> tuple[str, dict[str, Word]]:
        return "block media", {"from_tag": self._draw(st.sampled_from([None, self._tag(self._everybody(call_id))]))}

    def _delete(self, call_id: str) -> tuple[str, dict[str, Word]]:
        tag = self._draw(st.sampled_from([None, self._tag(self._everybody(call_id))]))
        return "delete", {"from_tag": tag, "delete_delay": self._draw(st.sampled_from([0, 0, 5]))}

    def _everybody(self, call_id: str) -> list[str]:
        call = self.relay.engine.calls.get(call_id)
        return [party.tag for party in call.parties if party.tag is not None] if call is not None else []

    def _hearers(self, call_id: str) -> list[str]:
        call = self.relay.engine.calls.get(call_id)
        return [s.subscriber.tag or "" for s in call.subscriptions] if call is not None else []

    def _alone(self, call_id: str) -> list[str]:
        call = self.relay.engine.calls.get(call_id)
        return [d.with_us.tag or "" for d in call.own if not call.subscribes(d.with_us)] if call is not None else []

    def _talkers(self, call_id: str) -> list[str]:
        return sorted({*self._everybody(call_id)} - {*self._hearers(call_id), *self._alone(call_id)})

    def _tag(self, likely: Collection[str]) -> str:
        return self._draw(st.sampled_from([*likely, *likely, *likely, *TAGS]))

    def _body(self) -> str:
        hosts = st.sampled_from([ALICE, BOB, CAROL])
        return sdp(*self._draw(st.sampled_from(SECTIONS)), host=self._draw(hosts))

    def _draw(self, what: st.SearchStrategy[_T]) -> _T:
        return self.data.draw(what)


def fits(call: Call) -> None:
    """What every call must hold to, whatever has happened to it."""
    everybody = [*(d.offerer for d in call.dialogues), *(d.answerer for d in call.dialogues)]
    everybody += [d.with_us for d in call.own]
    everybody += [party for s in call.subscriptions for party in (s.source, s.subscriber)]
    assert all(party in call.parties for party in everybody)
    names = [tag for party in call.parties for tag in (party.tag, *party.aliases) if tag is not None]
    assert len(names) == len(set(names))
    for subscription in call.subscriptions:
        assert not call.subscribes(subscription.source)
        assert not call.dialogues_of(subscription.subscriber)
        for source, place in subscription.places:
            assert source < len(subscription.source.streams)
            assert subscription.subscriber.streams[place].rtp is not None


def carried(relay: RelayUnderTest) -> None:
    """Every port has a relay and an owner; no port has two; nobody who only hears is heard."""
    ports = {endpoint.local for call in relay.engine.calls for endpoint in call.endpoints}
    assert set(relay.plane.relays) == ports == relay.ports.ours
    for local in ports:
        owner = relay.engine.calls.owner(local)
        assert owner is not None
        assert owner.call in list(relay.engine.calls)
    for call in relay.engine.calls:
        silent = [s.rtp.local for p in call.parties if call.subscribes(p) for s in p.streams if s.rtp is not None]
        assert not any(relay.plane.relays[local].rtp for local in silent)
        assert not {flow.local for flow in relay.table.installed} & set(silent)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_random_conversations_leave_nothing(data: st.DataObject) -> None:
    script = Script(data)
    relay = script.relay
    if data.draw(st.booleans()):
        script.begin()
    for _ in range(data.draw(st.integers(5, 25))):
        script.step()
        for call in relay.engine.calls:
            fits(call)
        carried(relay)
        relay.pass_time(0.5)
    relay.pass_time(3601)
    relay.pass_time(3601)
    assert relay.is_empty()
    assert relay.command("list")["calls"] == []
    assert not relay.engine.carrier.applied
