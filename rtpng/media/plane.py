"""Carries out relays: which sockets are read, and what becomes of their packets."""

import asyncio
import socket
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import TypeAlias

from rtpng.media.detour import Bypass, NoBypass
from rtpng.media.forward import Control, Forwarder, Hear, Judge, Report, Way, deaf, ignore, nobody, unread
from rtpng.media.handover import Handover
from rtpng.media.lanes import Lanes, Sources
from rtpng.media.opening import Lock, Opening, Transform, protecting
from rtpng.media.readers import GATHER, Readers
from rtpng.media.relay import UNTOUCHED, Forward, Played, Relay, SocketStats
from rtpng.media.socket import MediaSocket
from rtpng.media.srtp import Contexts, Role
from rtpng.media.treatment import Send, Treatments, treated
from sipcore.address import Address
from sipcore.srtp import Keys

Sockets: TypeAlias = Callable[[Address], socket.socket]


class MediaPlane:
    """Relays in userspace. ``sockets`` gives the open socket of a local address; closing it stays its owner's part.

    ``judge`` is asked about every media packet whose source is not the relay's remote, and may call ``apply`` itself.
    Take a relay away before its sockets are closed. ``gather``: seconds that the first packet waits for others to be
    read with it; 0 reads at once, at about twice the CPU time per packet. ``workers``: processes that carry what keeps
    coming, each on a core of its own; 0 does everything here. ``bypass``: how their packets pass the sockets by.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sockets: Sockets,
        judge: Judge,
        clock: Callable[[], float],
        gather: float = GATHER,
        control: Control = nobody,
        hear: Hear = deaf,
        report: Report = unread,
        record: Report = unread,
        workers: int = 0,
        bypass: Bypass | None = None,
    ) -> None:
        self._readers = Readers(loop, gather)
        self._sockets = sockets
        self._judge = judge
        self._control = control
        self._hear = hear
        self._report = report
        self._record = record
        self._contexts = Contexts()
        self._kept: defaultdict[Address, dict[Role, Transform]] = defaultdict(dict)  # see _context
        self._heard: defaultdict[Address, Sources] = defaultdict(Sources)  # by streams that share a port
        self._clock = clock
        self._relays: dict[Address, Relay] = {}
        self._media: dict[Address, MediaSocket] = {}  # of every relay, and of every way out
        self._treatments = Treatments(lambda local, number: hear(local, Played(number)))
        self.handover = (
            Handover(
                loop,
                workers,
                gather,
                self._media.__getitem__,
                self._relays.get,
                self._contexts,
                clock,
                bypass or NoBypass(),
            )
            if workers
            else None
        )
        self._users: defaultdict[Address, int] = defaultdict(int)  # how often relays read from an address or send by it

    @property
    def relays(self) -> Collection[Relay]:
        """The relays that are carried out at this moment."""
        return self._relays.values()

    def stats(self, local: Address) -> SocketStats:
        """The live counters of an address that relays read from or send by; KeyError for any other."""
        if self.handover is not None:
            self.handover.read(local)
        return self._media[local].forwarder.stats

    def send(self, local: Address, target: Address, data: bytes) -> None:
        """Sends from the socket of a relay; what the network does not take is counted."""
        media = self._media.get(local)
        if media is None:
            return
        try:
            media.send(data, target)
        except OSError:
            media.forwarder.stats.errors_out += 1

    def apply(self, remove: Collection[Relay], add: Collection[Relay]) -> None:
        """Makes before it breaks. A relay added for a local address that has one replaces it; its counters go on.

        Raises what ``sockets`` raises for an address that it does not know; then nothing is changed.
        """
        wanted = {relay.local: relay for relay in add}
        self._open(wanted.values())
        left = [self._relays[local] for local in wanted if local in self._relays]
        for relay in wanted.values():
            self._start(relay)
        gone = {relay.local for relay in remove if relay.local in self._relays} - wanted.keys()
        left += [self._stop(local) for local in gone]
        self._forget(left)
        for local in gone:
            if local in self._media:  # by which others still send
                self._media[local].mark(None)

    def close(self) -> None:
        """Takes every relay away and stops for good; the sockets stay open."""
        self.apply(tuple(self._relays.values()), ())
        self._readers.close()
        if self.handover is not None:
            self.handover.close()

    def _open(self, relays: Iterable[Relay]) -> None:
        used = (address for relay in relays for address in _addresses(relay))
        missing = {address for address in used if address not in self._media}  # a difference would walk all of them
        opened = {address: self._sockets(address) for address in missing}
        for address, sock in opened.items():
            self._media[address] = MediaSocket(sock, self._forwarder(address), self._clock)

    def _forwarder(self, address: Address) -> Forwarder:
        notice = self.handover.notice if self.handover is not None else ignore
        return Forwarder(address, self._judge, self._control, notice, self._hear, self._report, self._record)

    def _start(self, relay: Relay) -> None:
        media = self._media[relay.local]
        media.mark(relay.tos)
        rtp = self._ways(relay, relay.rtp, Role.PROTECT_RTP)
        rtcp = self._ways(relay, relay.rtcp, Role.PROTECT_RTCP)
        media.forwarder.follow(relay, rtp, rtcp, self._opening(relay), self._lanes(relay))
        former = self._relays.get(relay.local)
        if former is None:
            self._readers.add(media.fileno(), media.read)
        if relay.pierce is not None and (former is None or former.pierce != relay.pierce):
            self.send(relay.local, relay.pierce, b"")
        self._relays[relay.local] = relay
        if self.handover is not None:
            self.handover.follow(relay)
        for address in _addresses(relay):
            self._users[address] += 1

    def _stop(self, local: Address) -> Relay:
        media = self._media[local]
        if self.handover is not None:
            self.handover.leave(local)
        self._readers.remove(media.fileno())
        media.forwarder.rest()
        return self._relays.pop(local)

    def _forget(self, relays: Iterable[Relay]) -> None:
        """Lets go of the sockets that only these relays used."""
        for relay in relays:
            for address in _addresses(relay):
                self._users[address] -= 1
                if self._users[address] == 0:
                    del self._users[address], self._media[address]
                    self._kept.pop(address, None)
                    self._treatments.forget(address)
                    self._heard.pop(address, None)

    def _opening(self, relay: Relay) -> Opening | None:
        """What reads the packets of the relay; keys that replace others leave them in force for a moment."""
        if relay.unprotect is None:
            return None
        roles = (Role.UNPROTECT_RTP, Role.UNPROTECT_RTCP)
        lock = Lock(*(self._context(relay.local, relay.unprotect, role) for role in roles))
        forwarder = self._media[relay.local].forwarder
        if forwarder.opening is None:
            return Opening(lock, forwarder.stats)
        return forwarder.opening.followed_by(lock, self._clock())

    def _lanes(self, relay: Relay) -> Lanes[Way] | None:
        """The streams that share the port of the relay; whose SSRCs are whose outlives a change of their ways."""
        if not relay.lanes:
            return None
        lanes = [
            (lane, self._ways(relay, lane.rtp, Role.PROTECT_RTP), self._ways(relay, lane.rtcp, Role.PROTECT_RTCP))
            for lane in relay.lanes
        ]
        every = dict.fromkeys(forward for lane in relay.lanes for forward in lane.rtcp)
        unclaimed = self._ways(relay, every, Role.PROTECT_RTCP)
        return Lanes(lanes, relay.mid_extension, self._heard[relay.heard_at or relay.local], unclaimed)

    def _ways(self, relay: Relay, forwards: Iterable[Forward], role: Role) -> tuple[Way, ...]:
        return tuple([self._way(relay, forward, role) for forward in forwards])

    def _way(self, relay: Relay, forward: Forward, role: Role) -> Way:
        steps = self._treatments.steps(relay.local, forward) if role is Role.PROTECT_RTP else ()
        send = treated(self._send(relay, forward, role), steps)
        return Way(send, forward.target, self._media[forward.source].forwarder.stats)

    def _send(self, relay: Relay, forward: Forward, role: Role) -> Send:
        """How packets leave that have been treated."""
        send = self._media[forward.source].send
        if forward.protect is None:
            return send
        if forward.protect == relay.unprotect and forward.treatment == UNTOUCHED:
            return self._media[relay.local].forwarder.as_it_came(send)
        return protecting(self._context(forward.source, forward.protect, role), send)

    def _context(self, local: Address, keys: Keys, role: Role) -> Transform:
        """The context of these keys at one of our ports, kept until other keys replace it there or the port goes.

        A way that ends with a hold and comes back has to go on with the rollover counter that it had.
        """
        context = self._kept[local][role] = self._contexts.take(keys, role)
        return context


def _addresses(relay: Relay) -> list[Address]:
    """Our addresses that a relay makes use of, each as often as it does."""
    used = [relay.local, *[forward.source for forward in relay.ways]]
    return used if relay.heard_at is None else [*used, relay.heard_at]
