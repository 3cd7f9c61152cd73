"""start recording, stop recording and pause recording."""

from dataclasses import dataclass

from rtpng.calls.model import Call
from rtpng.calls.recording import Wish
from rtpng.calls.request import Request
from rtpng.engine import Engine
from rtpng.errors import NotFoundError
from rtpng.ng.commands.context import Context, Reply, required


@dataclass(frozen=True, slots=True)
class Recording:
    """A command about the recording of an entire call; a party that it names makes no difference, as in rtpengine."""

    wish: Wish

    def __call__(self, context: Context, request: Request) -> Reply:
        """Reply: nothing but the result, whether or not anything can be recorded: the log tells."""
        engine = context.engine
        call = engine.calls.get(required(request.call_id, "No call-id in message"))
        if call is None:
            raise NotFoundError("Unknown call-id")
        call.metadata = request.metadata or call.metadata
        engine.recordings.wish(call, self._wish(request), request.recording_file)
        engine.reconcile(call)
        return {"result": "ok"}

    def _wish(self, request: Request) -> Wish:
        if self.wish is not Wish.STOP:
            return self.wish
        if request.discard_recording:
            return Wish.DISCARD
        return Wish.PAUSE if request.pauses or request.pause == 0 else Wish.STOP


start_recording, stop_recording, pause_recording = map(Recording, (Wish.START, Wish.STOP, Wish.PAUSE))


def recorded(engine: Engine, call_id: str | None, mode: str, sdp: str) -> Reply:
    """Has an SDP that goes out (``mode`` is offer or answer) noted beside the recording; what its reply says of it."""
    call: Call | None = engine.calls.get(call_id)
    if call is None or call.recording is None:
        return {}
    engine.recordings.document(call, mode, sdp)
    return {"recordings": engine.recordings.files(call)}
