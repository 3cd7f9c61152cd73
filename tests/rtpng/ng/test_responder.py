import itertools
import json
import logging
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.errors import ExhaustedError, NgError
from rtpng.ng.message import Message
from rtpng.ng.responder import Responder
from rtpng.ng.wire import MAX_DATAGRAM, decode, encode, plain
from sipcore.address import Address

CLIENT = Address("192.0.2.1", 40000)
PING = b"d7:command4:pinge"
PONG = b"d6:result4:ponge"


class Relay:
    """Answers pings, counts what it carries out, and misbehaves on request."""

    def __init__(self) -> None:
        self.carried_out: list[str] = []

    def handle(self, message: Message, client: Address) -> Mapping[str, object]:
        command = message.text("command") or ""
        self.carried_out.append(command)
        match command:
            case "ping":
                return {"result": "pong"}
            case "offer":
                raise ExhaustedError("Ran out of ports")
            case "answer":
                return {"result": "error", "error-reason": "Unknown call-id"}
            case "query":
                raise KeyError("a bug")
            case "delete":
                return {"result": object()}
            case "list":
                return {"result": "ok", "calls": [f"call-{number}" for number in range(20_000)]}
            case _:
                raise NgError("Unrecognized command")


@pytest.fixture
def relay() -> Relay:
    return Relay()


def responder_of(relay: Relay) -> Responder:
    ticks: Iterator[float] = itertools.count(1.002107, 1000.0)
    return Responder(relay.handle, lambda: next(ticks))


@pytest.fixture
def responder(relay: Relay) -> Responder:
    return responder_of(relay)


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in caplog.records]


def test_ping_in_both_encodings(responder: Responder) -> None:
    assert responder.respond(b"1 " + PING, CLIENT, 0.0) == b"1 " + PONG
    assert responder.respond(b'2 {"command":"ping"}', CLIENT, 0.0) == b'2 {"result":"pong"}'


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "Invalid data (no payload)"),
        (b"junk", "Invalid NG data format"),
        (b"d7:command", "Could not decode bencode dictionary"),
        (b"{", "Failed to parse JSON document"),
        (b"de", 'Dictionary contains no key "command"'),
        (b"d7:commandi5ee", 'Dictionary contains no key "command"'),
        (b"{}", 'Dictionary contains no key "command"'),
        (b"d7:command3:fooe", "Unrecognized command"),
        (b"d7:command5:offere", "Ran out of ports"),
        (b"d7:command6:answere", "Unknown call-id"),
        (b"d7:command5:querye", "Internal error"),
        (b"d7:command6:deletee", "Internal error"),
    ],
)
def test_each_refusal_is_an_error_reply_in_the_requests_encoding(
    responder: Responder, payload: bytes, reason: str
) -> None:
    reply = responder.respond(b"c " + payload, CLIENT, 0.0)
    assert reply is not None
    assert reply[2:3] == (b"{" if payload.startswith(b"{") else b"d")
    assert plain(decode(reply).message) == {"result": "error", "error-reason": reason}
    assert responder.tally.proxies[CLIENT.host].errors == 1


@pytest.mark.parametrize("datagram", [b"", b"x", PING, b" " + PING])
def test_without_cookie_there_is_no_reply(
    responder: Responder, datagram: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert responder.respond(datagram, CLIENT, 0.0) is None
    text = f"Received invalid NG data (no cookie) from 192.0.2.1:40000: {datagram.decode()}"
    assert lines(caplog) == [("WARNING", text)]


def test_a_duplicate_gets_the_first_reply_and_is_not_carried_out(
    responder: Responder, relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    first = responder.respond(b"1 " + PING, CLIENT, 0.0)
    again = responder.respond(b"1 d7:command5:offere", Address("192.0.2.1", 5), 29.0)
    assert again == first == b"1 " + PONG
    assert relay.carried_out == ["ping"]
    assert lines(caplog)[-1] == ("INFO", "Detected command from 192.0.2.1:5 as a duplicate")


def test_errors_are_remembered_too(responder: Responder, relay: Relay) -> None:
    first = responder.respond(b"1 d7:command5:querye", CLIENT, 0.0)
    assert responder.respond(b"1 d7:command5:querye", CLIENT, 1.0) == first
    assert relay.carried_out == ["query"]


def test_after_a_minute_a_cookie_is_new(responder: Responder, relay: Relay) -> None:
    for now in (0.0, 61.0):
        responder.respond(b"1 " + PING, CLIENT, now)
    assert relay.carried_out == ["ping", "ping"]


def test_another_host_may_use_the_same_cookie(responder: Responder, relay: Relay) -> None:
    for host in ("192.0.2.1", "192.0.2.2"):
        responder.respond(b"1 " + PING, Address(host, 1), 0.0)
    assert relay.carried_out == ["ping", "ping"]


def test_log_lines_of_a_request(responder: Responder, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    responder.respond(b"1 " + PING, CLIENT, 1.0)
    assert lines(caplog) == [
        ("INFO", "Received command 'ping' from 192.0.2.1:40000"),
        ("INFO", "Replying to 'ping' from 192.0.2.1:40000 (elapsed time 0.002107 sec)"),
    ]
    counted = responder.tally.proxies["192.0.2.1"].commands["ping"]
    assert (counted.count, round(counted.seconds, 6)) == (1, 0.002107)


def test_log_line_of_a_refusal_shows_no_key(responder: Responder, caplog: pytest.LogCaptureFixture) -> None:
    sdp = "v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0c2VjcmV0\r\n"
    responder.respond(encode(b"1", {"command": "offer", "sdp": sdp}, decode(b"1 de").encoding), CLIENT, 1.0)
    assert lines(caplog) == [
        (
            "WARNING",
            "Protocol error in packet from 192.0.2.1:40000: Ran out of ports [d7:command5:offer3:sdp65:v=0\\r\\n"
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:***\\r\\ne]",
        )
    ]


def test_a_bug_is_logged_with_its_traceback_and_an_id(responder: Responder, caplog: pytest.LogCaptureFixture) -> None:
    responder.respond(b"1 d7:command5:querye", CLIENT, 1.0)
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.exc_info is not None
    incident = record.getMessage().removeprefix("Internal error ").removesuffix(" in 'query' from 192.0.2.1:40000")
    assert len(bytes.fromhex(incident)) == 4


def test_no_command_can_forge_a_log_line(responder: Responder, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    responder.respond(json.dumps({"command": "x\nINFO: forged"}).encode().join([b"1 ", b""]), CLIENT, 1.0)
    assert all(record.getMessage().isprintable() for record in caplog.records)


def test_a_reply_that_outgrows_a_datagram_is_cut(responder: Responder) -> None:
    reply = responder.respond(b"1 d7:command4:liste", CLIENT, 0.0)
    assert reply is not None
    assert MAX_DATAGRAM - 20 < len(reply) <= MAX_DATAGRAM
    assert decode(reply, 20_000).message.text("result") == "ok"


payloads = st.sampled_from([b"", b"d", b"{", PING, b"d7:command5:querye", b'{"command":'])
datagrams = st.binary() | st.tuples(st.binary(), payloads, st.binary()).map(lambda parts: b"%b %b%b" % parts)


@given(st.lists(datagrams, max_size=5))
def test_any_bytes_give_a_reply_or_nothing(received: list[bytes]) -> None:
    responder = responder_of(Relay())
    for datagram in received:
        reply = responder.respond(datagram, CLIENT, 0.0)
        cookie, space, _ = datagram.partition(b" ")
        assert (reply is not None) == bool(cookie and space)
        assert reply is None or decode(reply).cookie == cookie


def test_without_cookie_there_is_no_memory(relay: Relay, responder: Responder) -> None:
    for _ in range(2):
        assert responder.respond_plain(PING, CLIENT, 1.0) == PONG
    assert relay.carried_out == ["ping", "ping"]
    assert responder.tally.proxies[CLIENT.host].commands["ping"].count == 2


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", b"Invalid data (no payload)"),
        (b"x", b"Invalid NG data format"),
        (b"dx", b"Could not decode bencode dictionary"),
        (b'{"a"}', b"Failed to parse JSON document"),
        (b"de", b'Dictionary contains no key "command"'),
    ],
)
def test_without_cookie_what_is_wrong_is_answered_too(responder: Responder, payload: bytes, reason: bytes) -> None:
    reply = responder.respond_plain(payload, CLIENT, 1.0)
    assert decode(b"c " + reply).message.text("error-reason") == reason.decode()


def test_a_reply_may_be_as_long_as_its_way_back_takes(responder: Responder) -> None:
    asked = encode(b"1", {"command": "list"}, decode(b"1 de").encoding)
    assert len(responder.respond(asked, CLIENT, 1.0, 10_000_000) or b"") > MAX_DATAGRAM
    assert len(responder.respond_plain(asked[2:], CLIENT, 1.0, 1000)) <= 1000


def test_an_onlooker_that_fails_costs_no_reply(
    relay: Relay, responder: Responder, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object) -> None:
        raise KeyError("a bug")

    responder.onlooker = fails
    request = b"1 d7:call-id1:c7:command4:pinge"
    assert responder.respond(request, CLIENT, 0.0) == b"1 " + PONG
    assert responder.respond(request, CLIENT, 0.0) == b"1 " + PONG
    assert relay.carried_out == ["ping"]
    assert sum("Internal error" in message for message in caplog.messages) == 1
