// What the browser measures of a call. Levels are from 0 to 1, times in seconds; null is not known (yet).

export async function quality(connection) {
  const rows = [...(await connection.getStats()).values()];
  const of = type => rows.find(row => row.type === type && (row.kind ?? "audio") === "audio") ?? {};
  const inbound = of("inbound-rtp");
  const outbound = of("remote-inbound-rtp"); // what the other side reports of our packets
  const pair = selected(rows);
  return {
    said: of("media-source").audioLevel ?? 0,
    heard: inbound.audioLevel ?? 0,
    roundTrip: outbound.roundTripTime ?? pair.currentRoundTripTime ?? null,
    received: inbound.packetsReceived ?? 0,
    sent: of("outbound-rtp").packetsSent ?? 0,
    lost: inbound.packetsLost ?? 0,
    lostThere: outbound.packetsLost ?? null,
    jitter: inbound.jitter ?? null,
    path: rows.find(row => row.id === pair.localCandidateId)?.candidateType ?? null,
  };
}

function selected(rows) {
  const transport = rows.find(row => row.type === "transport");
  return rows.find(row => row.id === transport?.selectedCandidatePairId) ?? {};
}
