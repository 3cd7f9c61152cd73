"""The rule set, run in a small machine that knows the instructions of nf_tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from kernel.elements import MAPS, NextHop, data_of, key_of, map_of
from kernel.flow import Flow
from kernel.rules import (
    AT_LEAST,
    EQUAL,
    LINK,
    NETWORK,
    NOT_EQUAL,
    Expression,
    Rule,
    Verdict,
    chains,
    entrance,
)
from sipcore.address import Address
from tests.netns.packets import RTCP, STUN, Packet, rtp, unpack

FLOWS = (
    Flow(Address("10.0.0.1", 10000), Address("10.0.0.2", 5000), Address("10.1.0.1", 10002), Address("10.1.0.2", 6000)),
    Flow(Address("fd00::1", 10000), Address("fd00::2", 5000), Address("fd01::1", 10002), Address("fd01::2", 6000)),
)


@dataclass(slots=True)
class Machine:
    """Evaluates rules over one packet: registers, maps, and where the packet is sent in the end.

    Checksums are not its business; the real kernel is asked about them.
    """

    packet: bytearray
    maps: Mapping[str, Mapping[bytes, bytes]]
    ethertype: bytes | None  # None: the device has no Ethernet header
    registers: bytearray = field(default_factory=lambda: bytearray(64))
    sent: tuple[bytes, bytes] | None = None

    def chain(self, name: str) -> None:
        for rule in chains()[name]:
            verdict = self._rule(rule)
            if verdict is not None and verdict.chain:
                self.chain(verdict.chain)
            if verdict is not None or self.sent:
                return

    def _rule(self, rule: Rule) -> Verdict | None:
        for expression in rule:
            verdict = getattr(self, f"_{expression.name}")(expression)
            if isinstance(verdict, Verdict):
                return verdict
            if verdict is False:
                return None
        return None

    def _payload(self, expression: Expression) -> bool:
        numbers = {key: value for key, value in expression.attributes.items() if isinstance(value, int)}
        if numbers["base"] == LINK:
            self._write(numbers["dreg"], self.ethertype or b"")
            return self.ethertype is not None
        transport = 40 if self.packet[0] >> 4 == 6 else self.packet[0] % 16 * 4
        start = numbers["offset"] + (0 if numbers["base"] == NETWORK else transport)
        stop = start + numbers["len"]
        if stop > len(self.packet):
            return False
        if "sreg" in numbers:
            self.packet[start:stop] = self._read(numbers["sreg"], numbers["len"])
        else:
            self._write(numbers["dreg"], bytes(self.packet[start:stop]))
        return True

    def _meta(self, expression: Expression) -> bool:
        six = self.packet[0] >> 4 == 6
        protocol = bytes([self.packet[6 if six else 9]])
        self._write(8, {1: b"\x86\xdd" if six else b"\x08\x00", 16: protocol}[self._number(expression, "key")])
        return True

    def _bitwise(self, expression: Expression) -> bool:
        mask = expression.attributes["mask"]
        assert isinstance(mask, bytes)
        value = self._read(self._number(expression, "sreg"), len(mask))
        self._write(self._number(expression, "dreg"), bytes(a & b for a, b in zip(value, mask, strict=True)))
        return True

    def _cmp(self, expression: Expression) -> bool:
        value = expression.attributes["data"]
        assert isinstance(value, bytes)
        found = self._read(self._number(expression, "sreg"), len(value))
        outcomes = {EQUAL: found == value, NOT_EQUAL: found != value, AT_LEAST: found >= value}
        return outcomes[self._number(expression, "op")]

    def _lookup(self, expression: Expression) -> bool:
        name = str(expression.attributes["set"])
        length = next(each.key_length for each in MAPS if each.name == name)
        data = self.maps.get(name, {}).get(self._read(self._number(expression, "sreg"), length))
        if data is not None:
            self._write(self._number(expression, "dreg"), data)
        return data is not None

    def _fwd(self, expression: Expression) -> bool:
        length = 4 if self._number(expression, "nfproto") == 2 else 16
        device = self._read(self._number(expression, "sreg_dev"), 4)
        self.sent = device, self._read(self._number(expression, "sreg_addr"), length)
        return True

    def _immediate(self, expression: Expression) -> Verdict:
        verdict = expression.attributes["data"]
        assert isinstance(verdict, Verdict)
        return verdict

    def _number(self, expression: Expression, name: str) -> int:
        value = expression.attributes[name]
        assert isinstance(value, int)
        return value

    def _read(self, register: int, length: int) -> bytes:
        start = (register - 8) * 4
        assert start + length <= 64
        return bytes(self.registers[start : start + length])

    def _write(self, register: int, value: bytes) -> None:
        padded = value + bytes(-len(value) % 4)
        start = (register - 8) * 4
        assert start + len(padded) <= 64
        self.registers[start : start + len(padded)] = padded


def _run(flow: Flow, packet: Packet, ethertype: bytes | None = None) -> Machine:
    hop = NextHop(7, flow.target.host if flow.target else "")
    maps = {map_of(flow).name: {key_of(flow): data_of(flow, hop)}}
    ordinary = b"\x86\xdd" if ":" in flow.local.host else b"\x08\x00"
    machine = Machine(bytearray(packet.pack()), maps, ethertype or ordinary)
    machine.chain("rtp")
    return machine


def _variants(flow: Flow) -> list[Flow]:
    remotes = (flow.remote, None)
    return [Flow(flow.local, remote, flow.source, flow.target, tos) for remote in remotes for tos in (None, 0, 184)]


def _from_remote(flow: Flow, payload: bytes, tos: int = 0, checksum: bool = True) -> Packet:
    remote = flow.remote or FLOWS[":" in flow.local.host].remote or flow.local
    return Packet(remote, flow.local, payload, tos, checksum=checksum)


ALL = [variant for flow in FLOWS for variant in _variants(flow)]


@pytest.mark.parametrize("flow", ALL, ids=lambda flow: map_of(flow).name)
def test_rtp_is_rewritten_and_sent_to_the_neighbour(flow: Flow) -> None:
    machine = _run(flow, _from_remote(flow, rtp(), tos=0x28, checksum=False))
    assert machine.sent
    assert machine.sent[0] == (7).to_bytes(4, "little") or machine.sent[0] == (7).to_bytes(4, "big")
    left = machine.packet
    left[10:12] = bytes(2) if left[0] >> 4 == 4 else left[10:12]
    packet = unpack(_with_checksum(left))
    assert (packet.source, packet.target) == (flow.source, flow.target)
    assert packet.tos == (0x28 if flow.tos is None else flow.tos)
    assert packet.payload == rtp()


@pytest.mark.parametrize("flow", ALL, ids=lambda flow: map_of(flow).name)
@pytest.mark.parametrize(
    "payload", [RTCP, STUN, b"", b"\x80\x00", rtp()[:11], b"\x00" + rtp()[1:], b"\xc0" + rtp()[1:]]
)
def test_what_is_no_rtp_is_left_alone(flow: Flow, payload: bytes) -> None:
    sent = _from_remote(flow, payload)
    machine = _run(flow, sent)
    assert machine.sent is None
    assert machine.packet == sent.pack()


@pytest.mark.parametrize("flow", ALL, ids=lambda flow: map_of(flow).name)
@pytest.mark.parametrize("ethertype", [b"\x81\x00", b"\x88\xa8"])
def test_tagged_frames_are_left_alone(flow: Flow, ethertype: bytes) -> None:
    assert _run(flow, _from_remote(flow, rtp()), ethertype).sent is None


@pytest.mark.parametrize("flow", ALL, ids=lambda flow: map_of(flow).name)
def test_a_device_without_ethernet_header_is_served_too(flow: Flow) -> None:
    maps = {map_of(flow).name: {key_of(flow): data_of(flow, NextHop(7, flow.target.host if flow.target else ""))}}
    tunnel = Machine(bytearray(_from_remote(flow, rtp()).pack()), maps, None)
    tunnel.chain("rtp")
    assert tunnel.sent


@pytest.mark.parametrize("flow", FLOWS)
def test_another_source_or_port_is_left_alone(flow: Flow) -> None:
    remote = flow.remote
    assert remote
    strangers = (remote._replace(port=5001), flow.source)
    assert all(_run(flow, Packet(stranger, flow.local)).sent is None for stranger in strangers)
    assert _run(flow, Packet(remote, flow.local._replace(port=10001))).sent is None


@pytest.mark.parametrize("odd", [Packet(FLOWS[0].local, FLOWS[0].local, options=b"\x01\x01\x01\x00")])
@pytest.mark.parametrize("fragment", [0x2000, 0x0001, 0x3FFF])
def test_options_and_fragments_are_left_alone(odd: Packet, fragment: int) -> None:
    flow = FLOWS[0]
    assert flow.remote
    assert _run(flow, Packet(flow.remote, flow.local, options=odd.options)).sent is None
    assert _run(flow, Packet(flow.remote, flow.local, fragment=fragment)).sent is None
    assert _run(flow, Packet(flow.remote, flow.local, fragment=0x4000)).sent  # don't fragment


def test_an_exact_source_wins_over_any_source() -> None:
    exact = Flow(*FLOWS[0].key, FLOWS[0].source, FLOWS[0].target, tos=184)
    general = Flow(exact.local, None, exact.source, Address("10.1.0.9", 9))
    maps = {map_of(each).name: {key_of(each): data_of(each, NextHop(7, "10.1.0.2"))} for each in (exact, general)}
    machine = Machine(bytearray(_from_remote(exact, rtp()).pack()), maps, b"\x08\x00")
    machine.chain("rtp")
    assert machine.packet[16:20] == bytes((10, 1, 0, 2))


def test_every_chain_that_is_jumped_to_exists_and_every_map_is_looked_up() -> None:
    expressions = [each for rules in chains().values() for rule in rules for each in rule]
    expressions += entrance()
    verdicts = [each.attributes["data"] for each in expressions if each.name == "immediate"]
    assert {each.chain for each in verdicts if isinstance(each, Verdict) and each.chain} == set(chains())
    assert {each.attributes["set"] for each in expressions if each.name == "lookup"} == {each.name for each in MAPS}


def _with_checksum(packet: bytearray) -> bytes:
    """The IPv4 header's checksum put right, which the machine does not do."""
    if packet[0] >> 4 == 6:
        return bytes(packet)
    total = sum(int.from_bytes(packet[i : i + 2], "big") for i in range(0, 20, 2))
    total = (total & 0xFFFF) + (total >> 16)
    packet[10:12] = (~((total & 0xFFFF) + (total >> 16)) & 0xFFFF).to_bytes(2, "big")
    return bytes(packet)
