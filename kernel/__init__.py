"""Media flows in the Linux kernel, as data and as nftables objects. Knows addresses, not calls."""

DISTRIBUTION = "rtpng"
