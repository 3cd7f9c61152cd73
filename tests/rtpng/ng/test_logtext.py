import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.ng.logtext import loggable

KEY = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz/+"
SDP = f"v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4\r\na=ice-pwd:{KEY}\r\nk=clear:{KEY}\r\na=x:{{}}"


@pytest.mark.parametrize(
    "payload",
    [
        SDP.encode(),
        json.dumps({"sdp": SDP}).encode(),
        json.dumps({"sdp": SDP}).replace("/", "\\/").encode(),
        json.dumps({"sdp": SDP}).replace("inline", "\\u0069nline").replace("+", "\\u002B").encode(),
        SDP.upper().encode(),
    ],
)
def test_keys_are_masked(payload: bytes) -> None:
    line = loggable(payload)
    assert KEY[:8] not in line
    assert KEY[-6:] not in line
    assert KEY[:8].upper() not in line
    assert line.count("***") == 3
    assert "|2^20|1:4" in line.lower()


@given(st.binary() | st.text())
def test_every_text_becomes_one_printable_line(data: bytes | str) -> None:
    line = loggable(data, 50)
    assert line.isprintable()
    assert len(line) <= 53
    line.encode("utf-8")


def test_line_ends_cannot_forge_a_line() -> None:
    assert loggable("a\nINFO: forged\r\u2028\x1b[31m") == "a\\nINFO: forged\\r\\u2028\\x1b[31m"


def test_bytes_that_are_no_text_are_shown_escaped() -> None:
    assert loggable(b"\xff\x00ok") == "\\xff\\x00ok"
    assert loggable("\udcff") == "\\xff"
    assert loggable("\ud800") == "\\ud800"
    assert loggable("\U000e0001\t") == "\\U000e0001\\t"


def test_a_novel_costs_no_more_than_its_beginning() -> None:
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        line = loggable(b"x " + b"\x01" * 60_000, 50)
    finally:
        sys.setprofile(None)
    assert line == "x " + "\\x01" * 12 + "..."
    assert calls < 2000


def test_nothing_is_opened_to_write_a_line() -> None:
    script = """if True:
        import resource
        from rtpng.ng.logtext import loggable
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
        print(loggable(bytes([97, 10, 0])))
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "a\\n\\x00\n"
