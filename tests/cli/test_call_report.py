from datetime import UTC
from typing import Any

import pytest

from cli.call_report import call_report, carrier, deletion_report, media_title


def stream(port: int, *flags: str, packets: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "local address": "192.0.2.1",
        "local port": port,
        "endpoint": {"family": "IPv4", "address": "198.51.100.9", "port": port + 1000},
        "flags": [*flags],
        "stats": {"packets": packets, "bytes": 0, "errors": 0},
        **more,
    }


def party(*streams: dict[str, Any], **media: Any) -> dict[str, Any]:
    return {"medias": [{"index": 1, "type": "audio", "streams": list(streams), **media}]}


def test_one_row_for_each_port() -> None:
    reply = {
        "created": 1_700_000_000,
        "last signal": 1_700_000_060,
        "tags": {
            "a": party(
                stream(30000, "RTP", "kernelized", packets=1500, stats_out={"packets": 7}),
                stream(30001, "RTCP", packets=3, dropped={"foreign": 2, "held": 0, "malformed": 1}),
                codec="PCMA/8000",
            ),
            "b": party(stream(30002, "RTP", "RTCP")),
        },
    }
    assert call_report("call\n1", reply, UTC).splitlines() == [
        "Call call\\n1",
        "created 2023-11-14 22:13:20+00:00, last signalling 2023-11-14 22:14:20+00:00",
        "",
        "PARTY  MEDIA              PORT      OUR ADDRESS      PEER                   IN  OUT  CARRIED BY  DROPPED",
        "a      1 audio PCMA/8000  RTP       192.0.2.1:30000  198.51.100.9:31000  1,500    7  kernel      -",
        "                          RTCP      192.0.2.1:30001  198.51.100.9:31001      3    -  userspace   "
        "2 foreign, 1 malformed",
        "b      1 audio            RTP+RTCP  192.0.2.1:30002  198.51.100.9:31002      0    -  -           -",
    ]


def test_parties_without_media_and_media_without_streams() -> None:
    reply = {"tags": {"a": {"medias": []}, "b": party(), "c": {}}}
    rows = call_report("x", reply, UTC).splitlines()[4:]
    assert [row.split()[0] for row in rows] == ["a", "b", "c"]


@pytest.mark.parametrize("reply", [{}, {"tags": {}}, {"tags": None, "created": "never"}])
def test_a_reply_without_parties_has_heads_only(reply: dict[str, Any]) -> None:
    assert len(call_report("x", reply, UTC).splitlines()) == 4


def test_a_peer_whose_address_is_not_known() -> None:
    assert "not known yet" in call_report("x", {"tags": {"a": party(stream(1, "RTP") | {"endpoint": {}})}}, UTC)


def test_ipv6_addresses_stand_in_brackets() -> None:
    both = {"local address": "2001:db8::1", "endpoint": {"address": "2001:db8::2", "port": 9}}
    text = call_report("x", {"tags": {"a": party(stream(8, "RTP") | both)}}, UTC)
    assert "[2001:db8::1]:8  [2001:db8::2]:9" in text


@pytest.mark.parametrize(
    ("flags", "direction"),
    [(["send", "recv"], ""), (["recv"], " sendonly"), (["send"], " recvonly"), ([], " inactive")],
)
def test_the_direction_is_the_partys_own(flags: list[str], direction: str) -> None:
    assert media_title({"index": 2, "type": "video", "flags": flags}) == f"2 video{direction}"


def test_who_carries() -> None:
    assert carrier(stream(1, "RTP", "kernelized")) == "kernel"
    assert carrier(stream(1, "RTP", packets=1)) == "userspace"
    assert carrier(stream(1, "RTP")) == "-"


def test_deletion_report() -> None:
    reply = {"totals": {"RTP": {"packets": 1000}, "RTCP": {"packets": 234}}}
    assert deletion_report("x", None, reply, 0) == "Call x has ended; 1,234 packets came in so far."
    assert deletion_report("x", "tag", {}, 0) == "The branch of tag in call x has ended; 0 packets came in so far."
    assert deletion_report("x", None, {}, 3) == "Call x ends in 3 s; 0 packets came in so far."
