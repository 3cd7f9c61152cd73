"""Requests as Kamailio sends them: the vectors of its wire format, and recorded traffic."""

import json
from pathlib import Path
from typing import Any

import pytest

from rtpng.calls.recording import Wish
from rtpng.calls.request import CodecWishes, Request, SdesWishes
from rtpng.ng.flags import read
from rtpng.ng.responder import Responder
from rtpng.ng.wire import Encoding, decode, encode, plain
from sipcore.address import Address

RECORDINGS = sorted((Path(__file__).parents[2] / "fixtures" / "ng").glob("*.json"))

COMMON = b"d8:supportsl10:load limite"
CALL = b"7:call-id11:kamtest-1@x"
SOURCE = b"13:received-froml3:IP49:127.0.0.1e"
TAG = b"8:from-tag8:fromtag1"


def request(payload: bytes) -> Request:
    return read(decode(b"0_22847_1 " + payload).message)


def test_ping() -> None:
    responder = Responder(lambda *_: {"result": "pong"}, lambda: 0.0)
    reply = responder.respond(b"0_22847_0 d7:command4:pinge", Address("127.0.0.1", 1), 0.0)
    assert reply == b"0_22847_0 d6:result4:ponge"


def test_offer() -> None:
    found = request(
        COMMON + b"3:sdp7:v=0\r\n..3:ICE5:force4:DTLS7:passive5:label6:caller3:TOSi184e11:record-call3:yes"
        b"13:media-address7:9.9.9.99:directionl4:priv3:pube7:replacel6:origin18:session-connectione"
        b"5:codecd5:stripl4:PCMAee18:transport-protocol9:RTP/SAVPF4:SDESl3:offe"
        + CALL
        + b"10:via-branch16:z9hG4bKabcINVITE"
        + SOURCE
        + TAG
        + b"7:command5:offere"
    )
    assert found == Request(
        command="offer",
        call_id="kamtest-1@x",
        from_tag="fromtag1",
        via_branch="z9hG4bKabcINVITE",
        sdp="v=0\r\n..",
        direction=("priv", "pub"),
        media_address="9.9.9.9",
        received_from="127.0.0.1",
        transport_protocol="RTP/SAVPF",
        replace=frozenset({"origin", "session-connection"}),
        ice="force",
        dtls="passive",
        sdes=SdesWishes(off=True),
        label="caller",
        tos=184,
        recording=Wish.START,
        supports=frozenset({"load limit"}),
        codec=CodecWishes(strip=("PCMA",)),
    )
    assert found.unknown == ()


@pytest.mark.parametrize("command", [b"start recording", b"block DTMF", b"block media", b"query", b"delete"])
def test_other_commands(command: bytes) -> None:
    found = request(COMMON + CALL + SOURCE + TAG + b"7:command%d:%be" % (len(command), command))
    assert (found.command, found.call_id, found.from_tag) == (command.decode(), "kamtest-1@x", "fromtag1")
    assert found.unknown == ()


def test_delete_with_a_delay() -> None:
    found = request(
        COMMON + b"12:delete delayi5e12:delete-delay1:5" + CALL + SOURCE + TAG + b"6:to-tag6:totag17:command6:deletee"
    )
    assert (found.command, found.delete_delay, found.to_tag) == ("delete", 5, "totag1")
    assert found.unknown == ()


def test_reply_of_a_delete_that_found_nothing() -> None:
    reply = {"warning": "Call-ID not found or tags didn't match", "result": "ok"}
    written = encode(b"0_22847_9", reply, Encoding.BENCODE)
    assert written == b"0_22847_9 d7:warning38:Call-ID not found or tags didn't match6:result2:oke"


def messages(path: Path) -> list[dict[str, Any]]:
    recorded: list[dict[str, Any]] = json.loads(path.read_text())["messages"]
    return recorded


def test_there_are_recordings() -> None:
    assert len(RECORDINGS) == 20


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_recorded_datagrams_decode(path: Path) -> None:
    for recorded in messages(path):
        cookie = recorded["cookie"].encode()
        envelope = decode(cookie + b" " + recorded["raw_latin1"].encode("latin-1"))
        assert envelope.cookie == cookie
        assert plain(envelope.message) == recorded["message"]
        again = decode(encode(cookie, recorded["message"], Encoding.JSON))
        assert plain(again.message) == recorded["message"]


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_recorded_requests_have_no_unknown_words(path: Path) -> None:
    for recorded in messages(path):
        if recorded["direction"] == "request":
            found = read(decode(b"c " + recorded["raw_latin1"].encode("latin-1")).message)
            sent = recorded["message"]
            assert found.unknown == ()
            assert (found.command, found.call_id) == (sent["command"], sent.get("call-id"))
            assert (found.from_tag, found.to_tag, found.sdp) == (
                sent.get("from-tag"),
                sent.get("to-tag"),
                sent.get("sdp"),
            )
            assert found.transport_protocol == sent.get("transport-protocol")
            assert (found.ice, found.replace) == (sent.get("ICE"), frozenset(sent.get("replace", ())))
