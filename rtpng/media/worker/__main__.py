"""A worker process: ``python -m rtpng.media.worker CONTROL COUNTERS GATHER``, two descriptors and seconds.

It serves until the daemon's end of the control socket is gone; signals that end the daemon are the daemon's business.
"""

import errno
import gc
import os
import pickle
import select
import signal
import socket
import sys
import time
from collections.abc import Callable

from rtpng.media.worker.orders import LONGEST, Aside, Carry, Lead, Led, Overrun, Ready, Recall, Returned, Tap, Tapped
from rtpng.media.worker.path import SocketPath
from rtpng.media.worker.ring import Ring
from rtpng.media.worker.ringpath import RingPath
from rtpng.media.worker.slots import Slots

ROUNDS = 8  # looks at the sockets before the control socket has its turn: so that overload cannot starve it
PUBLISHING = 1.0  # seconds


class Worker:
    """Carries out what the control socket says."""

    def __init__(self, control: socket.socket, slots: Slots, gather: float, clock: Callable[[], float]) -> None:
        self._control = control
        self._slots = slots
        self._gather = gather
        self._clock = clock
        self._path = SocketPath(slots, self._aside, clock)
        self._published = clock()
        self._ring: RingPath | None = None
        self._parting: list[int] = []  # recalled; what is on its way through the ring still comes
        self._waiting = select.poll()

    def serve(self) -> None:
        """Until the daemon is gone. To wait for others after the first packet halves the work at 100 calls."""
        self._say(Ready())
        self._waiting.register(self._control, select.POLLIN)
        self._waiting.register(self._path, select.POLLIN)
        behind = False
        while True:
            ready = dict(self._waiting.poll(0 if behind else PUBLISHING * 1000))
            if self._control.fileno() in ready and not self._obey():
                return
            if self._parting or (not behind and ready.keys() - {self._control.fileno()}):
                time.sleep(self._gather)
            behind = self._forward()
            if self._parting and not behind:
                self._part()
            self._publish()

    def _forward(self) -> bool:
        """Works off what there is; whether there may be more of it."""
        behind = all(self._path.forward() for _ in range(ROUNDS))
        if self._ring is not None:
            # What is less than a batch had rather wait and grow: a system call sends them all
            behind |= all(self._ring.forward() for _ in range(ROUNDS))
        return behind

    def close(self) -> None:
        self._path.close()
        if self._ring is not None:
            self._ring.close()
        self._control.close()

    def _obey(self) -> bool:
        """Carries out all orders that wait; False when there will be no more."""
        while True:
            try:
                data, descriptors, _, _ = socket.recv_fds(self._control, LONGEST, 2)
            except BlockingIOError:
                return True
            if not data:
                return False
            self._carry_out(pickle.loads(data), [socket.socket(fileno=descriptor) for descriptor in descriptors])

    def _carry_out(self, order: Carry | Tap | Lead | Recall, sockets: list[socket.socket]) -> None:
        match order:
            case Carry() | Tap() if len(sockets) < 2:
                self._decline(order, sockets)
            case Carry():
                self._path.carry(order, *sockets)
            case Tap(device):
                self._say(Tapped(self._tap(device, *sockets)))
            case Lead(slot, hop):
                if self._ring is not None and self._path.has(slot) and self._ring.lead(self._path.carried(slot), hop):
                    self._say(Led(slot))
            case Recall(slot):
                if self._path.has(slot):
                    self._recall(slot)

    def _decline(self, order: Carry | Tap, sockets: list[socket.socket]) -> None:
        """The kernel has left out sockets that came with an order: this process may not open more files."""
        for each in sockets:
            each.close()
        match order:
            case Carry(slot, _, progress):
                self._say(Returned(slot, progress, refused=True))
            case Tap():
                self._say(Tapped(os.strerror(errno.EMFILE)))

    def _tap(self, device: str, receiver: socket.socket, sender: socket.socket) -> str | None:
        """Why there is no ring; None if there is."""
        try:
            self._ring = RingPath(Ring(device, receiver, sender), self._slots, self._clock)
        except OSError as error:
            receiver.close()
            sender.close()
            return str(error.strerror)
        self._waiting.register(self._ring, select.POLLIN)
        return None

    def _recall(self, slot: int) -> None:
        """The kernel brings no more of its packets to the ring, but some may be on their way there."""
        if self._ring is not None and self._ring.leads(self._path.carried(slot)):
            self._parting.append(slot)
        else:
            self._say(Returned(slot, self._path.give_back(slot)))

    def _part(self) -> None:
        for slot in self._parting:
            if self._ring is not None:
                self._ring.drop(self._path.carried(slot))
            self._say(Returned(slot, self._path.give_back(slot)))
        self._parting.clear()

    def _say(self, message: object) -> None:
        """Waits if need be: the daemon never waits for us."""
        data = pickle.dumps(message)
        while True:
            try:
                self._control.send(data)
            except BlockingIOError:
                select.select((), (self._control,), ())
            else:
                return

    def _aside(self, number: int, data: bytes) -> None:
        try:
            self._control.send(pickle.dumps(Aside(number, data)))
        except BlockingIOError:
            return  # the daemon has more of them than it can read: as a full socket would, this loses the newest

    def _publish(self) -> None:
        now = self._clock()
        if now - self._published >= PUBLISHING:
            self._published = now
            self._path.publish()
            if self._ring is not None and (missed := self._ring.overrun()):
                self._say(Overrun(missed))


def main(arguments: list[str]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    control = socket.socket(fileno=int(arguments[0]))
    control.setblocking(False)
    worker = Worker(control, Slots(int(arguments[1])), float(arguments[2]), time.monotonic)  # noqa: TID251
    gc.disable()  # streams leave no circles, and every look at the sockets makes tuples enough for a collection
    try:
        worker.serve()
    except ConnectionError:
        return  # the daemon died in the middle of a word
    finally:
        worker.close()


if __name__ == "__main__":
    main(sys.argv[1:])
