"""Recordings of calls: decrypted media in pcap files, and what was agreed beside them, laid out as rtpengine does."""
