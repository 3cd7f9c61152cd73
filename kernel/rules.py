"""The rule set of our table, as data. Pure.

    every device's ingress chain -> ``rtp``: is it plain RTP over UDP? -> ``v4`` or ``v6``: is it one of our flows?

A flow's rule looks the packet up, writes new addresses and ports over the old ones, and hands the packet to the
outgoing device's neighbour. What matches nothing goes its normal way, to the socket of the daemon.

nft's language cannot express these rules (it cannot split one map value over several statements), but it can print
them. It aborts on wide loads of which parts are compared, so every load here is small and used whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from kernel.elements import MAPS, FlowMap
from sipcore.address import Family

LINK, NETWORK, TRANSPORT = 0, 1, 2  # where a payload offset counts from
EQUAL, NOT_EQUAL, AT_LEAST = 0, 1, 5
JUMP, GOTO, RETURN = -3, -4, -5

_REGISTERS = 8  # number of the first of sixteen registers of four bytes
_META_PROTOCOL, _META_L4PROTO = 1, 16
_INTERNET_CHECKSUM = 1
_PSEUDO_HEADER = frozenset({"NFT_PAYLOAD_L4CSUM_PSEUDOHDR"})
_UDP = b"\x11"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where the evaluation goes on."""

    code: int
    chain: str | None = None


Value = int | str | bytes | frozenset[str] | Verdict


@dataclass(frozen=True, slots=True)
class Expression:
    """One instruction of nf_tables: its name, and its attributes by the kernel's names."""

    name: str
    attributes: Mapping[str, Value]


Rule = tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where an IP version keeps its addresses (offsets in the header), and how its map data lie in the registers."""

    nfproto: int
    addresses: int
    address_length: int
    checksum: int | None  # offset of the header's own checksum
    first_word: int  # bytes of it that are written to set the TOS: whole 16 bit words, because of the checksum

    @property
    def words(self) -> int:
        """Registers that one address takes."""
        return self.address_length // 4


LAYOUTS: Mapping[Family, Layout] = MappingProxyType(
    {
        Family.IP4: Layout(nfproto=2, addresses=12, address_length=4, checksum=10, first_word=2),
        Family.IP6: Layout(nfproto=10, addresses=8, address_length=16, checksum=None, first_word=4),
    }
)
CHAIN_OF: Mapping[Family, str] = MappingProxyType({Family.IP4: "v4", Family.IP6: "v6"})


def chains() -> dict[str, list[Rule]]:
    """Every chain but the devices' own, with its rules in order; chains that are jumped to come first."""
    flows = {CHAIN_OF[family]: [_carry(each) for each in MAPS if each.family is family] for family in Family}
    # A tagged frame passes the base device before its VLAN device, where it will be looked at.
    tags = [(_load(LINK, 12, 2), _compare(ethertype), _verdict(RETURN)) for ethertype in (b"\x81\x00", b"\x88\xa8")]
    kinds = [_plain_ip4() + _is_rtp() + (_verdict(GOTO, "v4"),), _plain_ip6() + _is_rtp() + (_verdict(GOTO, "v6"),)]
    return {**flows, "rtp": [*tags, *kinds]}


def entrance() -> Rule:
    """The only rule of a device's ingress chain."""
    return (_verdict(JUMP, "rtp"),)


def _plain_ip4() -> Rule:
    """UDP over IPv4 without options (the TOS store writes the header's length) and not a fragment."""
    return (
        *_meta(_META_PROTOCOL, b"\x08\x00"),
        *_meta(_META_L4PROTO, _UDP),
        _load(NETWORK, 0, 1),
        _compare(b"\x45"),
        _load(NETWORK, 6, 2),
        _mask(b"\x3f\xff"),
        _compare(b"\x00\x00"),
    )


def _plain_ip6() -> Rule:
    """UDP directly after the IPv6 header: no extension headers, so no fragment either."""
    return (*_meta(_META_PROTOCOL, b"\x86\xdd"), _load(NETWORK, 6, 1), _compare(_UDP))


def _is_rtp() -> Rule:
    """Room for an RTP header, version 2, and a second byte that is not RTCP's 192 to 223 (RFC 5761 section 4)."""
    return (
        _load(TRANSPORT, 4, 2),
        _compare((8 + 12).to_bytes(2, "big"), AT_LEAST),
        _load(TRANSPORT, 8, 1),
        _mask(b"\xc0"),
        _compare(b"\x80"),
        _load(TRANSPORT, 9, 1),
        _mask(b"\xe0"),
        _compare(b"\xc0", NOT_EQUAL),
    )


def _carry(flow_map: FlowMap) -> Rule:
    layout = LAYOUTS[flow_map.family]
    key = _exact_key(layout) if flow_map.exact else _any_source_key(layout)
    return (*key, _look_up(flow_map.name), *_rewrite(layout, flow_map.tos))


def _exact_key(layout: Layout) -> Rule:
    addresses = _load(NETWORK, layout.addresses, 2 * layout.address_length)
    return (addresses, _load(TRANSPORT, 0, 4, register=2 * layout.words))


def _any_source_key(layout: Layout) -> Rule:
    destination = _load(NETWORK, layout.addresses + layout.address_length, layout.address_length)
    return (destination, _load(TRANSPORT, 2, 2, register=layout.words))


def _rewrite(layout: Layout, tos: bool) -> Rule:
    """The registers hold two addresses, the ports, the device, the neighbour and, with TOS, the first header word."""
    ports = 2 * layout.words
    device, neighbour, first_word = ports + 1, ports + 2, ports + 2 + layout.words
    stores = [
        _store(layout.addresses, 2 * layout.address_length, 0, layout.checksum, pseudo_header=True),
        # No checksum type for the ports: with one, a packet that came without a UDP checksum would leave with a
        # wrong one. The pseudo header flag corrects the checksum where there is one.
        _store(0, 4, ports, None, pseudo_header=True, base=TRANSPORT),
    ]
    if tos:
        stores.append(_store(0, layout.first_word, first_word, layout.checksum, pseudo_header=False))
    return (*stores, _forward(device, neighbour, layout.nfproto))


def _register(number: int) -> int:
    return _REGISTERS + number


def _load(base: int, offset: int, length: int, register: int = 0) -> Expression:
    return Expression("payload", {"dreg": _register(register), "base": base, "offset": offset, "len": length})


def _store(
    offset: int, length: int, register: int, checksum: int | None, *, pseudo_header: bool, base: int = NETWORK
) -> Expression:
    return Expression(
        "payload",
        {
            "sreg": _register(register),
            "base": base,
            "offset": offset,
            "len": length,
            "csum_type": _INTERNET_CHECKSUM if checksum is not None else 0,
            "csum_offset": checksum or 0,
            "csum_flags": _PSEUDO_HEADER if pseudo_header else frozenset(),
        },
    )


def _mask(mask: bytes) -> Expression:
    register = _register(0)
    length = len(mask)
    return Expression(
        "bitwise", {"sreg": register, "dreg": register, "len": length, "mask": mask, "xor": bytes(length)}
    )


def _compare(value: bytes, operator: int = EQUAL) -> Expression:
    return Expression("cmp", {"sreg": _register(0), "op": operator, "data": value})


def _meta(key: int, value: bytes) -> Rule:
    return (Expression("meta", {"dreg": _register(0), "key": key}), _compare(value))


def _look_up(map_name: str) -> Expression:
    return Expression("lookup", {"set": map_name, "sreg": _register(0), "dreg": _register(0)})


def _forward(device: int, neighbour: int, nfproto: int) -> Expression:
    return Expression("fwd", {"sreg_dev": _register(device), "sreg_addr": _register(neighbour), "nfproto": nfproto})


def _verdict(code: int, chain: str | None = None) -> Expression:
    return Expression("immediate", {"dreg": 0, "data": Verdict(code, chain)})
