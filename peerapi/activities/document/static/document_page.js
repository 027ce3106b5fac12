// The elements of the page of a document.

const made = (tag, properties = {}, ...children) => {
  const one = Object.assign(document.createElement(tag), properties);
  one.append(...children);
  return one;
};
const tool = (words, label, id) => {
  const one = made("button", { type: "button", id }, words);
  one.setAttribute("aria-label", label);
  one.title = label;
  return one;
};

document.head.append(made("link", { rel: "stylesheet", href: "document.css" }));
document.body.classList.add("writing");

export const field = made("textarea", { id: "text", spellcheck: true, readOnly: true, placeholder: "Write …" });
field.setAttribute("aria-label", "The text");
export const copy = made("div", { className: "copy" });
export const over = made("div", { className: "over" });
for (const one of [copy, over]) one.setAttribute("aria-hidden", "true");
export const reading = made("article", { id: "reading", hidden: true, tabIndex: 0 });
reading.setAttribute("aria-label", "The text as it reads");
export const tools = made("div", { className: "document-tools" },
  tool("↶", "Undo what you have written", "undo"),
  tool("↷", "Redo", "redo"),
  tool("H", "Heading", "heading"),
  tool("•", "List", "list"),
  tool("B", "Bold", "bold"),
  tool("I", "Italic", "italic"),
  tool("Read", "Show how it reads", "read"),
  tool("Comment", "Comment on what is chosen (Ctrl+Alt+M)", "comment"),
  tool("Who wrote this", "Show who has written what", "authors"),
  tool("History", "Versions of this document that one can go back to", "history"),
  tool("Save text", "Save as text without marks", "save-text"),
  tool("Save Markdown", "Save as Markdown", "save-markdown"),
);
tools.setAttribute("role", "toolbar");
tools.setAttribute("aria-label", "Text");
export const sheet = made("div", { className: "written" }, copy, field, over);
tools.querySelector("#authors").setAttribute("aria-pressed", "false");
export const writers = made("ul");
export const here = made("p");
here.setAttribute("role", "status");
export const whose = made("section", { id: "writers", hidden: true }, writers, here);
whose.setAttribute("aria-label", "Who wrote this");
export const commentList = made("ol", { id: "comment-list" });
export const settled = made("details", { id: "settled", hidden: true }, made("summary"), made("ol"));
tools.querySelector("#history").setAttribute("aria-expanded", "false");
const versionName = made("input", { id: "version-name", maxLength: 60, placeholder: "Name of this version …" });
versionName.setAttribute("aria-label", "Name of this version");
export const keeping = made("form", { id: "keeping" }, versionName, made("button", { textContent: "Keep for all" }));
export const versionList = made("ol", { id: "version-list" });
export const versions = made("section", { id: "versions", hidden: true }, made("h2", { textContent: "History" }), keeping, versionList);
versions.setAttribute("aria-label", "History");
export const earlier = made("article", { id: "earlier", hidden: true, tabIndex: -1 });
earlier.setAttribute("aria-label", "The text as it was");
const says = made("textarea", { id: "says", rows: 3, maxLength: 1000 });
says.setAttribute("aria-label", "Your comment");
export const commenting = made("form", { id: "commenting", hidden: true }, made("p", { id: "commented" }), says,
  made("button", { textContent: "Say" }), made("button", { type: "button", id: "no-comment", textContent: "Cancel" }));
export const comments = made("section", { id: "comments", hidden: true }, made("h2", { textContent: "Comments" }), commenting, commentList, settled);
comments.setAttribute("aria-label", "Comments");
document.getElementById("activity").append(tools, whose, made("div", { className: "writing-desk" }, sheet, earlier, versions, comments), reading);
