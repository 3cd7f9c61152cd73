"""Names of files."""

import os.path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtpng.recording.names import inside, names

FOLDER = "/var/spool/rtpengine"
TOKEN = "99f0a4bb1f1c20a4"


def test_names_are_rtpengine_s() -> None:
    made = names(FOLDER, "kam/../x@1", TOKEN)
    assert made.pcap == f"{FOLDER}/pcaps/kam%2F..%2Fx%401-{TOKEN}.pcap"
    assert made.draft == f"{FOLDER}/tmp/rtpengine-meta-kam%2F..%2Fx%401-{TOKEN}.tmp"
    assert made.metadata == f"{FOLDER}/metadata/rtpengine-meta-kam%2F..%2Fx%401-{TOKEN}.txt"


@given(st.text(st.characters(exclude_categories=[]), max_size=400).filter(bool))
def test_no_call_id_leaves_its_folder(call_id: str) -> None:
    call_id = call_id.encode("utf-8", "replace").decode("utf-8", "surrogateescape")
    for path, folder in zip(names(FOLDER, call_id, TOKEN), ("pcaps", "tmp", "metadata"), strict=True):
        assert os.path.dirname(os.path.normpath(path)) == f"{FOLDER}/{folder}"
        assert len(os.path.basename(path)) <= 255
        assert path.isascii()
        assert path.isprintable()


@pytest.mark.parametrize("file", ["a.pcap", "pcaps/a.pcap", f"{FOLDER}/x/../a.pcap"])
def test_files_below_the_folder(file: str) -> None:
    assert inside(FOLDER, file)


@pytest.mark.parametrize(
    "file", ["", ".", "..", "../a", "/etc/passwd", f"{FOLDER}2/a", f"{FOLDER}/../a", "a\0b", "x/../../a"]
)
def test_files_elsewhere(file: str) -> None:
    assert not inside(FOLDER, file)
