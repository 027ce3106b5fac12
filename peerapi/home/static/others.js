// Contacts and people near by: who is there, and how.

import { button, element, fill, get, sure } from "./elements.js";
import { colourOf } from "./people.js";

const SAID = {
  online: "online", busy: "busy", away: "away", be_right_back: "right back", on_the_phone: "on the phone",
  out_to_lunch: "out to lunch", idle: "idle", offline: "not there",
};
const COLOURS = { online: "#2b8a3e", offline: "transparent" };

export const isThere = (contact) => contact.status !== "offline";

function badge(name, peer, status) {
  const made = element("span", { className: "badge" }, [...name.trim()][0]?.toUpperCase() ?? "?");
  made.setAttribute("aria-hidden", "true");
  made.style.background = colourOf(peer);
  made.style.setProperty("--there", COLOURS[status] ?? "#f08c00");
  return made;
}

export function showOthers({ me, contacts, near }, ask) {
  get("status").textContent = `You are ${me.name}`;
  for (const [id, value] of [["name", me.name], ["how", me.status ?? "online"], ["mood", me.text ?? ""]]) {
    const field = get(id), { asked } = field.dataset;
    if (asked === value) delete field.dataset.asked;
    // What the person has just chosen stays until it is so, also when news come of how it was before.
    if (document.activeElement !== field && (asked === undefined || asked === value)) field.value = value;
  }
  for (const id of ["near", "internet"]) get(id).setAttribute("aria-checked", me[id]);
  for (const field of get("presence").elements) field.disabled = !me.signed_in;
  get("trouble").textContent = me.trouble ? `Others do not see you: ${me.trouble}` : "";
  const there = contacts.toSorted((a, b) => isThere(b) - isThere(a) || a.name.localeCompare(b.name));
  fill(get("contacts"), there.length ? there.map((one) => contact(one, ask)) : [none("Nobody yet.")]);
  const known = me.near ? "Nobody is heard of." : "Switched off.";
  fill(get("people-near"), near.length ? near.map((one) => person(one, ask)) : [none(known)]);
}

const none = (words) => element("li", { className: "empty-list" }, words);

function contact(one, ask) {
  const said = [SAID[one.status], one.text].filter(Boolean).join(" · ");
  const see = one.may_watch ? "sees you" : "does not see you";
  const item = element("li", {}, badge(one.name, one.id, one.status),
    element("span", { className: "who" }, one.name, element("span", { className: "small" }, `${said} · ${see}`)),
    button(one.may_watch ? "Hide" : "Show", `${one.may_watch ? "Hide from" : "Show yourself to"} ${one.name}`, () =>
      ask("change", { contact: one.id, watch: one.watch, may_watch: !one.may_watch })),
    button("Forget", `Forget ${one.name}`, async () => (await sure(`Forget ${one.name}?`)) && ask("forget", { contact: one.id })));
  item.dataset.key = one.id;
  return item;
}

function person(one, ask) {
  const item = element("li", {}, badge(one.name, one.id, "online"),
    element("span", { className: "who" }, one.name, element("span", { className: "small" }, one.place)),
    button("Add", `Make ${one.name} a contact`, () => ask("befriend", { person: one.id })));
  item.dataset.key = one.id;
  return item;
}

export function showInvitations({ waiting }, answer) {
  get("invitations").hidden = !waiting.length;
  fill(get("waiting"), waiting.map((one) => {
    const who = one.contact ? one.who : `${one.who} (no contact of yours)`;
    const item = element("li", {},
      element("span", { className: "who" }, `${who}: ${one.message || one.what}`, element("span", { className: "small" }, one.what)),
      button("Come", `Come to ${one.message || one.what} with ${one.who}`, () => answer(one.number, true), { className: "main" }),
      button("Decline", `Decline the invitation of ${one.who}`, () => answer(one.number, false)));
    item.dataset.key = String(one.number);
    return item;
  }));
}
