// What the page says of the board's program, of the others, and of who is looked for.

const get = (id) => document.getElementById(id);
const REACH = {
  nowhere: "It has no address yet: nobody can come in by it.",
  machine: "It leads here from this machine only.",
  link: "It leads here from the same cable or Wi-Fi only.",
  site: "It leads here from the same home or office only.",
};
const STOPPED = {
  closed: "The board's program has stopped", silent: "The board's program does not answer", over: "This board was closed: open it on the home page",
};
const AT_HOME = "The board's program has stopped, or the board is not open there: open it on the home page";
export const isOfHome = location.pathname.includes("/boards/");

export function showState(state, connected) {
  const reachable = connected === "open";
  get("title").textContent = state.title;
  document.title = state.title;
  get("status").textContent = (connected === "closed" && isOfHome ? AT_HOME : STOPPED[connected]) ?? sentence(state);
  get("online").setAttribute("aria-checked", reachable && state.online);
  get("online").disabled = !reachable;
  get("invite").hidden = !state.invitation; // who was invited alone cannot invite others
  get("command").value = `peerapi whiteboard --join ${state.invitation}`;
  get("reach").textContent = REACH[state.reach] ?? "";
  document.body.classList.toggle("offline", !state.online);
  document.body.classList.toggle("cut-off", !reachable);
  get("empty").textContent = state.ready ? "Begin a page: give it a name above." : looking(state.alone) || "Reading the board …";
  get("alone").textContent = state.ready && reachable ? looking(state.alone) : "";
}

function sentence(state) {
  if (!state.online) return "Offline: you draw for yourself for now";
  if (state.ready) return `You are ${state.name}`;
  return state.alone ? "Looking for the others …" : "Reading the board …";
}

// Who is looked for and since when, and why nobody was reached.
function looking(alone) {
  if (!alone) return "";
  const since = new Date(alone.since).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const who = alone.who.join(", ");
  const at = alone.at.slice(0, 3).join(", ") + (alone.at.length > 3 ? " …" : "");
  if (!who && !at) return `Nobody else has been here yet. Invite somebody. (Alone since ${since}.)`;
  const why = alone.why ? ` ${alone.why[0].toUpperCase()}${alone.why.slice(1)}.` : "";
  return `Looking for ${who && at ? `${who}, at ${at},` : who || at} since ${since}: one of them must be online.${why}`;
}
