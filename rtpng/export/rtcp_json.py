"""RTCP as JSON, with the names that Homer reads."""

import json
from typing import Any

from sipcore.rtcp import Block, Compound, Described, Report


def text(compound: Compound) -> bytes:
    """What a compound packet reports; empty if that is nothing. ``ntp_timestamp_usec`` is the fraction as it came."""
    if not compound.reports:
        return b""
    told: dict[str, Any] = {}
    for report in compound.reports:
        told |= _report(report)
    if compound.described:
        told["sdes_report_count"] = len(compound.described)
        told["sdes_information"] = [_described(item) for item in compound.described]
    return json.dumps(told, separators=(",", ":")).encode()


def _report(report: Report) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if report.sender is not None:
        told["sender_information"] = {
            "ntp_timestamp_sec": report.sender.seconds,
            "ntp_timestamp_usec": report.sender.fraction,
            "octets": report.sender.octets,
            "rtp_timestamp": report.sender.timestamp,
            "packets": report.sender.packets,
        }
    blocks = [_block(block) for block in report.blocks]
    return told | {
        "ssrc": report.ssrc,
        "type": report.type,
        "report_count": len(blocks),
        "report_blocks": blocks,
    }


def _block(block: Block) -> dict[str, int]:
    return {
        "source_ssrc": block.ssrc,
        "highest_seq_no": block.highest,
        "fraction_lost": block.fraction,
        "ia_jitter": block.jitter,
        "packets_lost": block.lost & 0xFFFFFF,
        "lsr": block.lsr,
        "dlsr": block.dlsr,
    }


def _described(item: Described) -> dict[str, Any]:
    return {"sdes_chunk_ssrc": item.ssrc, "type": item.kind, "text": item.text}
