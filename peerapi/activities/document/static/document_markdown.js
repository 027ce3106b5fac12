// Markdown as it reads: headings, lists, quotations, code, emphasis. All that others write is set as text, never as markup,
// and addresses lead nowhere.

const INLINE = /(\*\*|__)(?=\S)(.+?)\1|(\*|_)(?=\S)(.+?)\3|`([^`]+)`/g;
const BLOCK = /^(#{1,6})\s+(.*)|^\s*([-*+])\s+(.*)|^\s*(\d+)[.)]\s+(.*)|^>\s?(.*)/;

// Nothing here takes all parts of a text as arguments, or calls itself for each: there may be as many as it has letters.
function made(tag, children = []) {
  const one = document.createElement(tag);
  for (const child of children) one.append(child);
  return one;
}

function inline(text) {
  const out = [];
  let at = 0;
  for (const { index, 0: whole, 2: strong, 4: soft, 5: code } of text.matchAll(INLINE)) {
    out.push(text.slice(at, index), strong !== undefined ? made("strong", inline(strong)) : soft !== undefined ? made("em", inline(soft)) : made("code", [code]));
    at = index + whole.length;
  }
  out.push(text.slice(at));
  return out;
}

// The elements of a text, in a fragment.
export function drawn(text) {
  const out = new DocumentFragment();
  let paragraph = [], list = null, code = null;
  const end = () => {
    if (paragraph.length) out.append(made("p", inline(paragraph.join("\n"))));
    paragraph = [];
  };
  for (const line of text.split("\n")) {
    if (line.startsWith("```")) {
      end();
      list = null;
      code = code ? null : made("code");
      if (code) out.append(made("pre", [code]));
      continue;
    }
    if (code) {
      code.append(line, "\n");
      continue;
    }
    const [, marks, heading, bullet, point, number, item, quoted] = BLOCK.exec(line) ?? [];
    if (bullet || number) {
      end();
      const tag = bullet ? "ul" : "ol";
      if (list?.localName !== tag) out.append((list = made(tag)));
      list.append(made("li", inline(point ?? item)));
      continue;
    }
    list = null;
    if (marks) {
      end();
      out.append(made(`h${Math.min(marks.length + 1, 6)}`, inline(heading)));
    } else if (quoted !== undefined) {
      end();
      out.append(made("blockquote", inline(quoted)));
    } else if (line.trim()) paragraph.push(line);
    else end();
  }
  end();
  return out;
}

// The text without its marks.
export function plain(text) {
  const lines = [...drawn(text).children].flatMap((one) => ["UL", "OL"].includes(one.tagName) ? [...one.children].map((item, at) => `${one.tagName === "OL" ? `${at + 1}.` : "-"} ${item.textContent}`).concat("") : [one.textContent, ""]);
  return `${lines.join("\n").trim()}\n`;
}
