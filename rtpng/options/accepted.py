"""Options that rtpng accepts for the sake of existing command lines, and the few that it refuses.

Media and codec options are in ``media_options``. A reason completes "option X has no effect in rtpng: ...".
"""

from rtpng.options.option import Kind, Option, refused, without_effect

_ADDRESS = "HOST:PORT"
_LISTEN = "[ADDR:]PORT"
_DATABASE = "[PW@]HOST:PORT/INT"
_POLICIES = ("default", "none", "fifo", "rr", "other", "batch", "idle")
_FACILITY = "daemon|local0|...|local7"

_CONTROL = (
    *without_effect(
        "rtpng speaks the ng protocol only; use --listen-ng",
        Option("listen-tcp", Kind.LIST, (), "Port of the oldest control protocol over TCP.", "l", _LISTEN),
        Option("listen-udp", Kind.LIST, (), "Port of the oldest control protocol over UDP.", "u", _LISTEN),
    ),
    *without_effect(
        "rtpng serves HTTP in the one thread that serves everything",
        Option("http-threads", Kind.INT, None, "Threads that serve HTTP."),
        Option("http-buf-size", Kind.INT, None, "Send buffer of HTTP in kB."),
    ),
    *without_effect(
        "rtpng is no Janus video room",
        Option("janus-secret", Kind.STRING, None, "Secret of the Janus administration protocol."),
    ),
    *without_effect(
        "rtpng tells nobody its name: it makes no SDP of its own and speaks no STUN",
        Option("software-id", Kind.STRING, "rtpengine", "Name of the relay towards others."),
    ),
    *without_effect(
        "rtpng sends no requests to other relays",
        Option("ng-client-timeout", Kind.INT, 50, "Milliseconds until an own ng request is repeated."),
        Option("ng-client-retries", Kind.INT, 5, "Repetitions of an own ng request."),
    ),
    *without_effect(
        "rtpng reports a timeout in the log only",
        Option("b2b-url", Kind.STRING, None, "XML-RPC server that is told of timeouts.", "b"),
        Option("xmlrpc-format", Kind.INT, 0, "Form of the XML-RPC request.", "x"),
    ),
)

_REDIS_REASON = "rtpng keeps its calls in memory only"
_REDIS = (
    *without_effect(
        _REDIS_REASON,
        Option("redis-num-threads", Kind.INT, None, "Threads that restore calls."),
        Option("redis-expires", Kind.INT, 86400, "Seconds that a stored call is kept."),
        Option("redis-allowed-errors", Kind.INT, -1, "Errors until Redis is left alone for a while."),
        Option("redis-disable-time", Kind.INT, 10, "Seconds that Redis is left alone after errors."),
        Option("redis-cmd-timeout", Kind.INT, 0, "Milliseconds until a Redis command fails."),
        Option("redis-connect-timeout", Kind.INT, 1000, "Milliseconds until a Redis connection fails."),
        Option("redis-format", Kind.STRING, None, "Encoding of stored calls.", None, "native|bencode|JSON"),
        Option("redis-resolve-on-reconnect", Kind.BOOL, False, "Resolve the host name for every connection."),
        Option("redis-tcp-keepalive-time", Kind.INT, None, "TCP keep-alive time of Redis connections."),
        Option("redis-tcp-keepalive-intvl", Kind.INT, None, "TCP keep-alive interval of Redis connections."),
        Option("redis-tcp-keepalive-probes", Kind.INT, None, "TCP keep-alive probes of Redis connections."),
        Option("redis-delete-async", Kind.INT, None, "Delete stored calls in the background.", "y"),
        Option("redis-delete-async-interval", Kind.INT, None, "Seconds between such deletions."),
        Option("subscribe-keyspace", Kind.LIST, (), "Redis keyspaces of other relays to follow.", "k", "INT ..."),
        Option("active-switchover", Kind.BOOL, False, "A call that is talked to becomes this relay's own."),
    ),
)

_KERNEL = (
    *without_effect(
        "rtpng's nftables table is its own and its names come from --table",
        Option("nftables-chain", Kind.STRING, None, "Name of the nftables chain."),
        Option("nftables-base-chain", Kind.STRING, "INPUT", "Chain that jumps to it."),
        Option("nftables-append", Kind.BOOL, False, "Append rules instead of prepending them."),
        Option("nftables-family", Kind.STRING, "ip,ip6", "Address families of the rules.", None, "ip|ip6|ip,ip6"),
        Option("xtables", Kind.BOOL, False, "Use the firewall interface before nftables."),
        Option("iptables-chain", Kind.STRING, None, "Open ports in this iptables chain."),
    ),
    *without_effect(
        "rtpng needs no kernel module",
        Option("kernel-player", Kind.INT, 0, "Streams that the module plays."),
        Option("kernel-player-media", Kind.INT, 128, "Media files that the module holds."),
        Option("kernel-num-threads", Kind.INT, 0, "Threads of the module."),
        Option("kernel-slots", Kind.INT, None, "Streams that the module holds."),
    ),
)

_TUNING = (
    *without_effect(
        "rtpng has worker processes (--num-threads) instead of threads, and the kernel forwards",
        Option("media-num-threads", Kind.INT, None, "Threads that play media."),
        Option("codec-num-threads", Kind.INT, None, "Threads that transcode."),
        Option("thread-stack", Kind.INT, 2048, "Stack of a thread in kB."),
        Option("scheduling", Kind.STRING, "default", "Scheduling policy.", None, "|".join(_POLICIES)),
        Option("priority", Kind.INT, None, "Scheduling priority."),
        Option("idle-scheduling", Kind.STRING, "default", "Scheduling of idle work.", None, "|".join(_POLICIES)),
        Option("idle-priority", Kind.INT, None, "Priority of idle work."),
        Option("socket-cpu-affinity", Kind.INT, 0, "Bind media sockets to processors."),
        Option("poller-per-thread", Kind.BOOL, False, "An own poller for each thread."),
        Option("poller-size", Kind.INT, None, "Events that a poller takes at once."),
        Option("io-uring", Kind.BOOL, False, "Use io_uring."),
        Option("io-uring-buffers", Kind.INT, None, "Buffers of io_uring."),
        Option("timer-accuracy", Kind.INT, 500, "Shortest sleep in microseconds."),
        Option("max-recv-iters", Kind.INT, None, "Reads of one socket in a row."),
    ),
    *without_effect(
        "rtpng always binds the one address that it uses",
        Option("save-interface-ports", Kind.BOOL, False, "Bind one address of each family only.", "S"),
    ),
)

_REPORTS = (
    *without_effect(
        "rtpng writes every message as one line",
        Option("split-logs", Kind.BOOL, False, "Write each line of a message as one log line."),
    ),
    *without_effect(
        "RTCP is told of by query, metrics, Homer and the log of the call's end",
        Option("log-facility-rtcp", Kind.STRING, None, "Syslog facility of RTCP records.", None, _FACILITY),
    ),
    *without_effect(
        "rtpng speaks no MQTT",
        Option("mqtt-host", Kind.STRING, None, "MQTT broker.", None, "HOST"),
        Option("mqtt-port", Kind.INT, 1883, "Port of the MQTT broker."),
        Option("mqtt-id", Kind.STRING, None, "MQTT client id."),
        Option("mqtt-keepalive", Kind.INT, 30, "Seconds between MQTT keep-alives."),
        Option("mqtt-user", Kind.STRING, None, "MQTT user."),
        Option("mqtt-pass", Kind.STRING, None, "MQTT password."),
        Option("mqtt-cafile", Kind.PATH, None, "File of MQTT certificate authorities."),
        Option("mqtt-capath", Kind.PATH, None, "Folder of MQTT certificate authorities."),
        Option("mqtt-certfile", Kind.PATH, None, "MQTT client certificate."),
        Option("mqtt-keyfile", Kind.PATH, None, "MQTT client key."),
        Option("mqtt-tls-alpn", Kind.STRING, None, "Application protocol in MQTT's TLS."),
        Option("mqtt-publish-qos", Kind.INT, None, "MQTT quality of service.", None, "0|1|2"),
        Option("mqtt-publish-topic", Kind.STRING, None, "MQTT topic."),
        Option("mqtt-publish-interval", Kind.INT, 5000, "Milliseconds between MQTT messages."),
        Option("mqtt-publish-scope", Kind.STRING, None, "What MQTT tells.", None, "global|summary|call|media"),
    ),
)

ACCEPTED = (*_CONTROL, *_REDIS, *_KERNEL, *_TUNING, *_REPORTS)

REFUSED = (
    *refused(
        f"{_REDIS_REASON}, so another relay could not take them over; with --no-redis-required it starts without Redis",
        Option("redis", Kind.STRING, None, "Redis database of calls.", "r", _DATABASE, unless="no-redis-required"),
        Option("redis-write", Kind.STRING, None, "Redis to write to.", "w", _DATABASE, unless="no-redis-required"),
        Option(
            "redis-subscribe", Kind.STRING, None, "Redis to listen to.", None, _DATABASE, unless="no-redis-required"
        ),
    ),
    *refused(
        "rtpng makes its nftables table when it starts and removes it when it ends; leave this step out",
        Option("nftables-start", Kind.BOOL, False, "Make the nftables rules and exit."),
        Option("nftables-stop", Kind.BOOL, False, "Remove the nftables rules and exit."),
        Option("nftables-status", Kind.BOOL, False, "Check the nftables rules and exit."),
    ),
)
