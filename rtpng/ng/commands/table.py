"""The table of ng commands, and the way from a message to its reply."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from rtpng.calls.request import Request
from rtpng.errors import NgError, UnsupportedError
from rtpng.ng.commands.connect import connect
from rtpng.ng.commands.context import Context, Reply
from rtpng.ng.commands.create import create, create_answer, transform
from rtpng.ng.commands.inspect import cli, list_calls, query
from rtpng.ng.commands.lifecycle import delete, ping
from rtpng.ng.commands.media_control import (
    block_dtmf,
    block_media,
    play_dtmf,
    silence_media,
    start_forwarding,
    stop_forwarding,
    unblock_dtmf,
    unblock_media,
    unsilence_media,
)
from rtpng.ng.commands.offer_answer import answer, offer
from rtpng.ng.commands.publish_subscribe import publish, subscribe_answer, subscribe_request, unsubscribe
from rtpng.ng.commands.recording import pause_recording, start_recording, stop_recording
from rtpng.ng.commands.statistics import statistics
from rtpng.ng.commands.trace import trace
from rtpng.ng.tally import SHORT_NAMES

UNRECOGNIZED = "Unrecognized command"
UNSUPPORTED = "unsupported"  # what an rtpengine built without the feature answers


@dataclass(frozen=True, slots=True)
class Command:
    """One ng command: what carries it out, and a sentence for the documentation."""

    run: Callable[[Context, Request], Reply]
    help: str


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "ping": Command(ping, "Is the daemon there?"),
        "offer": Command(offer, "Take a party's SDP over and return the one for the other side."),
        "answer": Command(answer, "Take the other party's SDP over and return the one for the offerer."),
        "delete": Command(delete, "End a call, or one branch of it, at once or after a delay."),
        "publish": Command(
            publish, "Take over the SDP of a party that others may subscribe to, and return our answer."
        ),
        "subscribe request": Command(
            subscribe_request, "Return an offer to somebody who is to hear parties of a call."
        ),
        "subscribe answer": Command(subscribe_answer, "Take over a subscriber's answer."),
        "unsubscribe": Command(unsubscribe, "A subscriber hears nothing any more."),
        "connect": Command(connect, "Let two parties talk with each other, of one call or of two, which become one."),
        "create": Command(create, "Return an offer of the relay itself, for a party to be connected later."),
        "create answer": Command(create_answer, "Take over the answer to an offer of the relay itself."),
        "transform": Command(transform, "Pass media on to a destination; nothing is done to it."),
        "query": Command(query, "Tell everything about one call."),
        "block media": Command(block_media, "Drop the RTP of a party, or of all; RTCP passes."),
        "unblock media": Command(unblock_media, "Let RTP pass that was blocked."),
        "silence media": Command(silence_media, "Replace the audio of a party, or of all, by silence."),
        "unsilence media": Command(unsilence_media, "Let audio pass that was silenced."),
        "block DTMF": Command(block_dtmf, "Drop the DTMF events of a party, or of all."),
        "play DTMF": Command(play_dtmf, "Send a digit (RFC 4733 event) as if a party had pressed it."),
        "start recording": Command(start_recording, "Record the media of a call, or go on after a pause."),
        "stop recording": Command(stop_recording, "End the recording; with the flag pause it may go on later."),
        "pause recording": Command(pause_recording, "Record nothing until the next start recording."),
        "start forwarding": Command(start_forwarding, "For a recording daemon: answered, but nothing is forwarded."),
        "stop forwarding": Command(stop_forwarding, "The end of it."),
        "unblock DTMF": Command(unblock_dtmf, "Let DTMF events pass that were blocked."),
        "list": Command(list_calls, "Tell the Call-IDs of the calls, at most `limit` of them."),
        "statistics": Command(statistics, "Tell the daemon's totals."),
        "trace": Command(trace, "Tell what has happened to one call, also for a while after its end (rtpng only)."),
        "cli": Command(cli, "Answer one line of the operator's command line (rtpengine-ctl)."),
    }
)


def run(context: Context, request: Request) -> Reply:
    """The reply to a request. Raises NgError; its text is the reply's error-reason."""
    row = COMMANDS.get(request.command)
    if row is not None:
        return row.run(context, request)
    if request.command in SHORT_NAMES:
        raise UnsupportedError(UNSUPPORTED)
    raise NgError(UNRECOGNIZED)
