"""Who is told of digits, in which shape: from the packet to the datagram, the message over TCP and the record."""

import asyncio
import json
import socket
import syslog
from collections.abc import Iterator
from contextlib import closing

import pytest

from rtpng import dtmf
from rtpng.calls.digits import Notice
from rtpng.calls.plan import PlanSettings
from rtpng.config import Config, Listen
from rtpng.control import Control
from rtpng.dtmf import DtmfLog
from rtpng.interfaces import Interface
from rtpng.listening import TcpServer
from rtpng.log import DTMF_RECORDS, configure
from rtpng.ng.bencode import read_dictionary
from rtpng.ng.message import Message
from sipcore.address import Address
from tests.rtpng.air import RelayOnAir
from tests.rtpng.harness import ALICE, BOB, audio, port, sdp
from tests.rtpng.log_state import syslog_records
from tests.rtpng.media.test_digits import digit
from tests.rtpng.test_control import HOST, controlled

A, B = Address(ALICE, 4000), Address(BOB, 5000)
EVENTS = "a=rtpmap:101 telephone-event/8000"
TOLD = {
    "callid": "call",
    "source_tag": "alice",
    "source_label": "",
    "tags": ["alice", "bob"],
    "type": "DTMF",
    "timestamp": 1_700_000_000,
    "source_ip": ALICE,
    "event": 5,
    "duration": 80,
    "volume": 10,
}
INTERFACE = Interface("default", HOST, HOST, 23000, 23099)


# --- from the packet to the notice ---


@pytest.fixture
def notices() -> list[Notice]:
    return []


def listening(notices: list[Notice], *, watching: bool = True) -> RelayOnAir:
    """A relay whose notices are kept."""
    relay = RelayOnAir(forwarding=PlanSettings(digits=watching))
    relay.engine.digits.tell = notices.append
    return relay


def dial(relay: RelayOnAir, number: int = 5, **words: str | list[str]) -> None:
    """Alice presses a key in a call that was offered with these words."""
    relay.offer(sdp(audio(4000, "8 101", EVENTS)), **words)
    answered = relay.answer(sdp(audio(5000, "8 101", EVENTS), host=BOB))
    for packet in digit(number):
        relay.send(A, relay.local(port(answered)), packet)


def test_a_digit_is_told_with_everything_that_is_known_of_it(notices: list[Notice]) -> None:
    dial(listening(notices))
    assert notices == [Notice(TOLD)]


def test_the_label_is_told(notices: list[Notice]) -> None:
    dial(listening(notices), label="caller")
    assert notices == [Notice(TOLD | {"source_label": "caller"})]


def test_a_call_may_have_its_own_listener(notices: list[Notice]) -> None:
    dial(listening(notices, watching=False), DTMF_log_dest="192.0.2.9:9000")
    assert notices == [Notice(TOLD, Address("192.0.2.9", 9000))]


def test_without_a_listener_nothing_is_looked_for(notices: list[Notice]) -> None:
    dial(listening(notices, watching=False))
    assert notices == []


def test_a_flag_has_them_told_and_counted(notices: list[Notice]) -> None:
    relay = listening(notices, watching=False)
    dial(relay, flags=["detect-DTMF"])
    assert notices == [Notice(TOLD)]
    assert relay.query()["tags"]["alice"]["medias"][0]["streams"][0]["digits"] == 1


@pytest.mark.parametrize("command", ["block DTMF", "block media"])
def test_what_is_blocked_is_told_all_the_same(notices: list[Notice], command: str) -> None:
    relay = listening(notices)
    relay.offer(sdp(audio(4000, "8 101", EVENTS)))
    relay.command(command, call_id="call")
    dial(relay)
    assert notices == [Notice(TOLD)]


# --- from the notice to others ---


def receiver() -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind((HOST, 0))
    opened.settimeout(5)
    return opened


def address(opened: socket.socket) -> Address:
    return Address(*opened.getsockname())


@pytest.mark.parametrize("own", [False, True])
def test_a_datagram_of_json(own: bool) -> None:
    with receiver() as ours, receiver() as theirs:
        config = Config((INTERFACE,), dtmf_log_dest=address(theirs))
        with closing(DtmfLog(config, tuple)) as log:
            log.tell(Notice(TOLD, address(ours) if own else None))
            data = (ours if own else theirs).recv(65535)
    assert json.loads(data) == TOLD
    assert list(json.loads(data)) == list(TOLD)


@pytest.mark.parametrize(("quiet", "records"), [(False, 2), (True, 1)])
def test_played_digits_may_be_left_out(quiet: bool, records: int) -> None:
    with receiver() as theirs:
        config = Config((INTERFACE,), dtmf_log_dest=address(theirs), dtmf_no_log_injects=quiet)
        with closing(DtmfLog(config, tuple)) as log:
            log.tell(Notice(TOLD, played=True))
            log.tell(Notice(TOLD))
        assert [json.loads(theirs.recv(65535)) for _ in range(records)] == [TOLD] * records
        theirs.setblocking(False)
        with pytest.raises(BlockingIOError):
            theirs.recv(65535)


def test_who_cannot_be_reached_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    with closing(DtmfLog(Config((INTERFACE,), dtmf_log_dest=Address("255.255.255.255", 9)), tuple)) as log:
        log.tell(Notice(TOLD))
        log.tell(Notice(TOLD))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "255.255.255.255:9" in caplog.text


PING, PONG = b"7 d7:command4:pinge", b"7 d6:result4:ponge"


async def connect(control: Control) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A client of ng over TCP that the server knows of."""
    server = control.servers[0]
    assert isinstance(server, TcpServer)
    reader, writer = await asyncio.open_connection(*server.addresses[0])
    writer.write(PING)
    assert await reader.readexactly(len(PONG)) == PONG
    return reader, writer


async def test_every_client_of_ng_over_tcp_is_told() -> None:
    async with controlled(listen_tcp_ng=(Listen(HOST, 0),), dtmf_log_ng_tcp=True) as (control, engine):
        clients = [await connect(control) for _ in range(2)]
        engine.digits.tell(Notice(TOLD))
        for reader, writer in clients:
            cookie, message = (await reader.readuntil(b"i10eee")).split(b" ", 1)
            assert len(cookie) == 16
            read = read_dictionary(message)
            assert read.text("notify") == "onDTMF"
            (data,) = [value for key, value in read.pairs if key == "data"]
            assert isinstance(data, Message)
            assert dict(data.pairs) == {key: value for key, value in TOLD.items() if value != ""}
            writer.transport.abort()
        await asyncio.sleep(0)


async def test_a_client_that_does_not_read_is_told_no_more() -> None:
    async with controlled(listen_tcp_ng=(Listen(HOST, 0),), dtmf_log_ng_tcp=True) as (control, engine):
        _, writer = await connect(control)
        notice = Notice(TOLD | {"callid": "x" * 4000})
        for _ in range(4000):
            engine.digits.tell(notice)
        (connection,) = control.listeners()
        assert 0 < connection.transport.get_write_buffer_size() < 2 * 65536
        writer.transport.abort()
        await asyncio.sleep(0)


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, str]]]:
    with syslog_records(monkeypatch, DTMF_RECORDS) as sent:
        yield sent


def test_records_go_to_their_own_facility_and_nowhere_else(
    records: list[tuple[int, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    config = Config((INTERFACE,), log_facility_dtmf="local5", log_stderr=True, log_level=7)
    configure(config)
    with closing(DtmfLog(config, tuple)) as log:
        log.tell(Notice(TOLD))
    ((priority, text),) = records
    assert priority == syslog.LOG_LOCAL5 | syslog.LOG_INFO
    assert json.loads(text) == TOLD
    assert '"event"' not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, False),
        ({"dtmf_log_dest": Address(HOST, 9)}, True),
        ({"dtmf_log_ng_tcp": True}, True),
        ({"log_facility_dtmf": "local0"}, True),
    ],
)
def test_digits_are_looked_for_when_somebody_wants_them(settings: dict[str, object], wanted: bool) -> None:
    assert dtmf.wanted(Config((INTERFACE,), **settings)) is wanted  # type: ignore[arg-type]
