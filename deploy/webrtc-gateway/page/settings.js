// Where the gateway is: what it serves (gateway.json), and what the page's address changes for one tab.

const USER = /^[\w.-]{1,64}$/;

// Reads ?user=1001&answer=auto&trickle=off&relay=only&ws=/ws&domain=example.com; a password is never taken from there.
export function settings(location, served) {
  const asked = new URLSearchParams(location.search);
  const path = asked.get("ws") ?? served.ws ?? "/ws";
  const user = asked.get("user") ?? "";
  return {
    domain: asked.get("domain") ?? served.domain ?? location.hostname,
    socket: `wss://${location.host}${path.startsWith("/") ? path : `/${path}`}`, // of this host only
    user: USER.test(user) ? user : "",
    autoAnswer: asked.get("answer") === "auto",
    trickle: asked.get("trickle") !== "off",
    relayOnly: asked.get("relay") === "only",
  };
}

export async function served() {
  const answer = await fetch("gateway.json", {cache: "no-store"});
  if (!answer.ok) throw new Error(`The gateway does not say its domain: gateway.json gives ${answer.status}.`);
  return answer.json();
}
