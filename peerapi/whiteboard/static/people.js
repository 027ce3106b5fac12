// Who is here, in which colour, and how the nodes are linked.

const SVG = "http://www.w3.org/2000/svg";

const names = new Map(); // peer -> name, of everybody who has been here
let shown = "";

export const nameOf = (peer) => names.get(peer) ?? peer;

// A colour of their own, the same on every screen: it follows from what the person is known by alone. All are equally dark,
// so that white letters can be read on each.
export function colourOf(peer) {
  let sum = 2166136261;
  for (const letter of peer) sum = Math.imul(sum ^ letter.codePointAt(0), 16777619);
  return `oklch(0.5 0.13 ${((sum >>> 0) % 48) * 7.5})`;
}

const WAYS = {
  direct: "directly",
  reversed: "directly, since they called back",
  punched: "directly, through both routers",
  relayed: "through a relay",
};

// Whether anything has changed. ``paths``: node -> by which way this board is linked with it.
export function showPeople({ nodes, links, paths, names: told }) {
  for (const [peer, name] of Object.entries(told)) names.set(peer, name);
  const now = JSON.stringify([nodes, links, paths, told]);
  if (now === shown) return false;
  shown = now;
  document.getElementById("people").replaceChildren(...nodes.map((node) => person(node, paths[node.node])));
  showGraph(nodes, links, paths);
  return true;
}

function person(node, path) {
  const item = document.createElement("li");
  const badge = document.createElement("span");
  badge.className = "badge";
  badge.setAttribute("aria-hidden", "true");
  badge.textContent = initial(node.name);
  badge.style.background = colourOf(node.peer);
  item.append(badge, node.me ? `${node.name} (you)` : node.name);
  if (path) {
    const way = document.createElement("span");
    way.className = "way";
    way.textContent = path;
    way.title = `Linked with you ${WAYS[path]}`;
    item.append(way);
  }
  return item;
}

const initial = (name) => [...name.trim()][0]?.toUpperCase() ?? "?";

function showGraph(nodes, links, paths) {
  const graph = document.getElementById("graph");
  const some = nodes.slice(0, 24);
  const turn = (2 * Math.PI) / some.length;
  const positions = new Map(some.map((node, n) => [node.node, [130 + (some.length > 1 ? 96 : 0) * Math.sin(n * turn), 65 - (some.length > 1 ? 46 : 0) * Math.cos(n * turn)]]));
  const me = nodes.find((node) => node.me)?.node;
  const pathOf = (a, b) => (a === me ? paths[b] : b === me ? paths[a] : "") ?? "";
  const lines = links.filter(([a, b]) => positions.has(a) && positions.has(b)).map(([a, b]) => {
    const [[x1, y1], [x2, y2]] = [positions.get(a), positions.get(b)];
    return made("line", { x1, y1, x2, y2, class: pathOf(a, b) });
  });
  const dots = some.map((node) => {
    const [x, y] = positions.get(node.node);
    const group = made("g", { transform: `translate(${x} ${y})`, class: node.me ? "me" : "" });
    const letter = made("text", { y: 4.5 });
    letter.textContent = initial(node.name);
    group.append(made("circle", { r: 13, fill: colourOf(node.peer) }), letter);
    return group;
  });
  graph.replaceChildren(...lines, ...dots);
  const linked = (node) => links.flatMap(([a, b]) => (a === node ? [b] : b === node ? [a] : []));
  const known = new Map(nodes.map((node) => [node.node, node.name]));
  const sentences = nodes.map((node) => {
    const named = (other) => known.get(other) && known.get(other) + (pathOf(node.node, other) ? ` (${pathOf(node.node, other)})` : "");
    const others = linked(node.node).map(named).filter(Boolean);
    return `${node.name} ${others.length ? `is linked with ${others.join(", ")}` : "is alone"}`;
  });
  graph.setAttribute("aria-label", sentences.join("; ") || "Nobody is connected");
}

function made(tag, attributes) {
  const one = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
  return one;
}
