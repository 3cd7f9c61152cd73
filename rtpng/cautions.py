"""What an operator should know of a call that has just been agreed on; one line each per call."""

from rtpng.calls.dialogues import Exchange
from rtpng.calls.leg import Keying
from rtpng.calls.model import Call
from rtpng.calls.request import Request
from rtpng.said import OncePerCall


def name_risks(said: OncePerCall, call: Call, request: Request) -> None:
    """What makes it easier for strangers to be taken for a party."""
    if request.media_handover:
        text = "media-handover was asked for: whoever sends RTP for a moment takes the place of the party"
        said.warn(call.call_id, "handover", text)
    elif request.endpoint_learning == "immediate":
        text = "endpoint-learning=immediate was asked for: one packet is enough to be taken for the party"
        said.note(call.call_id, "immediate", text)


def name_gaps(said: OncePerCall, call: Call, exchange: Exchange) -> None:
    """Parties without media because no keys were agreed on."""
    for party in (exchange.speaker, exchange.listener):
        if any(stream.keying is Keying.MISSING and not stream.rejected for stream in party.streams):
            text = "No SRTP with party '%s': it has neither DTLS nor an SDES suite in common with what was offered"
            said.warn(call.call_id, f"keys {party.tag}", text, party.tag)
