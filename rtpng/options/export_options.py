"""Options about what is told to Graphite and Homer."""

from rtpng.options.option import Kind, Option

_ADDRESS = "HOST:PORT"

EXPORT = (
    Option("graphite", Kind.STRING, None, "Send statistics to this Graphite server, over TCP.", "g", _ADDRESS),
    Option(
        "graphite-interval",
        Kind.INT,
        1,
        "Seconds between two reports to Graphite.",
        "G",
        low=0,
        high=86400,
        sets="graphite_interval",
    ),
    Option("graphite-prefix", Kind.STRING, "", "What Graphite names begin with.", sets="graphite_prefix"),
    Option(
        "graphite-timeout",
        Kind.INT,
        0,
        "Seconds that Graphite may take to accept a report; 0 is 5.",
        low=0,
        high=3600,
        sets="graphite_timeout",
    ),
    Option("homer", Kind.STRING, None, "Send RTCP to this Homer server, as JSON in HEP version 3.", None, _ADDRESS),
    Option("homer-protocol", Kind.STRING, "udp", "How Homer is told.", choices=("udp", "tcp"), sets="homer_protocol"),
    Option("homer-id", Kind.INT, 2001, "The capture id in HEP packets.", low=0, high=0xFFFFFFFF, sets="homer_id"),
    Option("homer-disable-rtcp-stats", Kind.BOOL, False, "Send no RTCP to Homer.", sets="homer_disable_rtcp_stats"),
    Option("homer-enable-ng", Kind.BOOL, False, "Send ng messages to Homer.", sets="homer_enable_ng"),
    Option(
        "homer-ng-capture-proto",
        Kind.INT,
        0x3D,
        "The protocol type of ng messages in HEP packets.",
        low=0,
        high=255,
        sets="homer_ng_capture_proto",
    ),
)
