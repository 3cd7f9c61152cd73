from typing import Any

import pytest

from cli.totals import totals

REPLY = {
    "statistics": {
        "currentstatistics": {"sessionstotal": 2, "media_kernel": 1},
        "totalstatistics": {"uptime": "3700", "managedsessions": 12345},
        "interfaces": [{"name": "pub", "address": "192.0.2.1", "ports": {"min": 1, "max": 9, "used": 4, "free": 5}}],
        "controlstatistics": {"proxies": [{"proxy": "192.0.2.9", "offercount": 3, "errorcount": 1}]},
    }
}


def test_one_block_for_each_subject() -> None:
    assert totals(REPLY).splitlines() == [
        "Now",
        "  calls                2",
        "  media in the kernel  1",
        "",
        "Since the start, 1 h 1 min ago",
        "  calls so far  12,345",
        "",
        "Ports",
        "  INTERFACE  ADDRESS    PORTS   USED  FREE",
        "  pub        192.0.2.1  1 to 9     4     5",
        "",
        "Proxies",
        "  PROXY      OFFER  ANSWER  DELETE  QUERY  LIST  PING  ERRORS",
        "  192.0.2.9      3  -       -       -      -     -          1",
    ]


@pytest.mark.parametrize("reply", [{}, {"statistics": None}, {"statistics": {"interfaces": "many"}}])
def test_what_is_missing_is_left_out(reply: dict[str, Any]) -> None:
    assert totals(reply) == ""
