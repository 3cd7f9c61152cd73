"""The record of a finished call, one line of key=value pairs, byte for byte in the form of rtpengine 26."""

from collections.abc import Iterator

from rtpng.calls.expiry import Reason
from rtpng.calls.farewell import Farewell
from rtpng.calls.model import Call, Endpoint, MediaStream, Party

_TERMINATION = {
    Reason.DELETED: "REGULAR",
    Reason.FORCED: "FORCED",
    Reason.MEDIA_TIMEOUT: "TIMEOUT",
    Reason.SILENT_TIMEOUT: "SILENT_TIMEOUT",
    Reason.OFFER_TIMEOUT: "OFFER_TIMEOUT",
    Reason.FINAL_TIMEOUT: "FINAL_TIMEOUT",
}
_NO_TAG = "(null)"


def record(call: Call, farewell: Farewell, reason: Reason) -> str:
    """Times are seconds since the epoch. Every pair is followed by a comma and a blank, the last one too.

    ``in_tos_tclass`` is 0: no path tells with which TOS packets have come.
    """
    pairs = [f"ci={_printable(call.call_id)}", f"created_from={call.proxy}", f"last_signal={int(call.last_signal)}"]
    pairs.append(f"tos={call.tos or 0}")
    for number, party in enumerate(call.parties):
        pairs += _party(call, party, f"ml{number}", farewell, reason)
    return "".join(f"{pair}, " for pair in pairs)


def _party(call: Call, party: Party, name: str, farewell: Farewell, reason: Reason) -> Iterator[str]:
    yield f"{name}_start_time={party.created:.6f}"
    yield f"{name}_end_time={farewell.wall:.6f}"
    yield f"{name}_duration={max(0.0, farewell.wall - party.created):.6f}"
    yield f"{name}_termination={_TERMINATION[reason]}"
    yield f"{name}_local_tag={_tag(party)}"
    yield f"{name}_local_tag_type={_tag_type(call, party)}"
    for peer in (*call.peers(party), *call.sources_of(party)):
        yield f"{name}_remote_tag={_tag(peer)}"
    for index, stream in enumerate(party.streams, 1):
        yield f"payload_type={_payload_type(stream, farewell)}"
        for kind, endpoint in _endpoints(stream):
            yield from _port(endpoint, f"{name}_midx{index}_{kind}", farewell, party.created)


def _tag(party: Party) -> str:
    return _NO_TAG if party.tag is None else _printable(party.tag)


def _printable(text: str) -> str:
    """A peer chooses it: it must not end the line, nor the string that syslog reads."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _tag_type(call: Call, party: Party) -> str:
    if party.tag is None:
        return "UNKNOWN"
    return "FROM_TAG" if any(dialogue.offerer is party for dialogue in call.dialogues) else "TO_TAG"


def _payload_type(stream: MediaStream, farewell: Farewell) -> str:
    heard = farewell.stats(stream.rtp.local).user.payload_type if stream.rtp is not None else None
    return "unknown" if heard is None else str(heard)


def _endpoints(stream: MediaStream) -> Iterator[tuple[str, Endpoint]]:
    if stream.rtp is not None:
        yield "rtp", stream.rtp
    if stream.rtcp is not None:
        yield "rtcp", stream.rtcp


def _port(endpoint: Endpoint, name: str, farewell: Farewell, created: float) -> Iterator[str]:
    stats, target = farewell.stats(endpoint.local), endpoint.latch.target
    yield f"{name}_endpoint_ip={target.host if target is not None else ''}"
    yield f"{name}_endpoint_port={target.port if target is not None else 0}"
    yield f"{name}_local_relay_ip={endpoint.local.host}"
    yield f"{name}_local_relay_port={endpoint.local.port}"
    yield f"{name}_relayed_packets={stats.packets}"
    yield f"{name}_relayed_bytes={stats.bytes}"
    yield f"{name}_relayed_errors={stats.user.errors}"
    yield f"{name}_last_packet={int(farewell.time_of_day(stats.last_packet, created))}"
    yield f"{name}_in_tos_tclass=0"
