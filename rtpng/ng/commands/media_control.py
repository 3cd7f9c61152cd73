"""The commands that act on the media of a call: they change the model, and the plan says what follows."""

from dataclasses import dataclass
from functools import partial

from rtpng.calls import playing, restraints
from rtpng.calls.model import Call, Control, MediaStream, Party
from rtpng.calls.request import Request
from rtpng.calls.selection import Selection, select
from rtpng.engine import Engine
from rtpng.errors import NgError, NotFoundError
from rtpng.log import call_logger
from rtpng.media.relay import Play
from rtpng.ng.commands.context import Context, Reply, required


@dataclass(frozen=True, slots=True)
class Controlling:
    """A command that puts a control in force, or lifts it. ``verb`` and ``what``: its log line, as rtpengine's."""

    control: Control
    on: bool
    verb: str
    what: str
    flows: bool = True  # whether keys may restrict it to single flows

    def __call__(self, context: Context, request: Request) -> Reply:
        """Reply: nothing but the result."""
        call = known_call(context, request)
        selection = select(call, request, flows=self.flows)
        change = restraints.impose if self.on else restraints.lift
        change(call, self.control, selection)
        for line in self._lines(selection):
            call_logger(call.call_id).info("%s", line)
        context.engine.reconcile(call)
        return {"result": "ok"}

    def _lines(self, selection: Selection) -> list[str]:
        party, verb, what = selection.party, self.verb, self.what
        if party is None:
            whom = "entire call and participants" if selection.everybody and not self.on else "entire call"
            return [f"{verb} {what} ({whom})"]
        if selection.listeners is None:
            return [f"{verb} directional {what} (tag '{_name(party)}')"]
        return [
            f"{verb} directional {what} flow: tag '{_name(party)}' -> '{_name(listener)}'"
            for listener in selection.listeners
        ]


@dataclass(frozen=True, slots=True)
class Forwarding:
    """The commands that begin and end forwarding to a recording daemon. Nothing is forwarded, and the log says so."""

    verb: str

    def __call__(self, context: Context, request: Request) -> Reply:
        """Reply: nothing but the result, which says as little in an rtpengine without a folder of recordings."""
        call = known_call(context, request)
        party = select(call, request, flows=False).party
        whom = f"for single party (tag '{_name(party)}')" if party is not None else "(entire call)"
        text = "%s forwarding %s: rtpng writes recordings itself and has no recording daemon to forward to"
        call_logger(call.call_id).warning(text, self.verb, whom)
        return {"result": "ok"}


def play_dtmf(context: Context, request: Request) -> Reply:
    """Reply: nothing but the result. The digit is sent as if the party had pressed it."""
    engine, call = context.engine, known_call(context, request)
    selection = select(call, request, flows=False)
    if selection.party is None and not selection.everybody:
        raise NgError("No participant party specified")
    if request.code is None:
        raise NgError("Out of range 'code' specified")
    engine.refresh(call)
    wanted = Play(0, request.code, request.duration, request.pause, request.volume)
    playing.play(call, [selection.party] if selection.party else call.parties, wanted, partial(_is_heard, engine))
    engine.reconcile(call)
    return {"result": "ok"}


def _is_heard(engine: Engine, stream: MediaStream) -> bool:
    return stream.rtp is not None and engine.traffic.stats(stream.rtp.local).packets > 0


block_media = Controlling(Control.MEDIA, True, "Blocking", "media")
unblock_media = Controlling(Control.MEDIA, False, "Unblocking", "media")
silence_media = Controlling(Control.SOUND, True, "Silencing", "media")
unsilence_media = Controlling(Control.SOUND, False, "Unsilencing", "media")
block_dtmf = Controlling(Control.DTMF, True, "Blocking", "DTMF", flows=False)
unblock_dtmf = Controlling(Control.DTMF, False, "Unblocking", "DTMF", flows=False)
start_forwarding, stop_forwarding = Forwarding("Start"), Forwarding("Stop")


def known_call(context: Context, request: Request) -> Call:
    """The call of a media command. Raises NgError."""
    call = context.engine.calls.get(required(request.call_id, "No call-id in message"))
    if call is None:
        raise NotFoundError("Unknown call-ID")
    return call


def _name(party: Party) -> str:
    return party.tag or party.branch or ""
