// STUN and TURN servers, with credentials that the gateway gives for a limited time.

const WITHIN = 3000; // ms; a call need not wait longer for them
const USED = 0.5; // of their life: a call that begins then still has the other half

export class Turn {
  constructor(user, password) {
    const bytes = new TextEncoder().encode(`${user}:${password}`);
    this.authorization = `Basic ${btoa(String.fromCharCode(...bytes))}`;
    this.servers = [];
    this.fresh = 0; // until when, in ms
  }

  // The iceServers of RTCPeerConnection. None if the gateway gives none: most calls do without.
  async iceServers(now = Date.now()) {
    if (now < this.fresh) return this.servers;
    try {
      const headers = {Authorization: this.authorization};
      const answer = await fetch("turn", {headers, cache: "no-store", signal: AbortSignal.timeout(WITHIN)});
      if (!answer.ok) throw new Error(`turn gives ${answer.status}`);
      const {iceServers, ttl} = await answer.json();
      this.servers = iceServers;
      this.fresh = now + 1000 * USED * ttl;
    } catch (error) {
      this.servers = []; // what has run out is of no use
      console.warn(`No STUN and TURN servers: ${error.message}`);
    }
    return this.servers;
  }
}
