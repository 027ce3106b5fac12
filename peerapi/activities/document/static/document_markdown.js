// Markdown as it reads: headings, lists, quotations, code, emphasis. All that others write is set as text, never as markup,
// and addresses lead nowhere.

const INLINE = /(\*\*|__)(?=\S)(.+?)\1|(\*|_)(?=\S)(.+?)\3|`([^`]+)`/;
const BLOCK = /^(#{1,6})\s+(.*)|^\s*([-*+])\s+(.*)|^\s*(\d+)[.)]\s+(.*)|^>\s?(.*)/;

const made = (tag, ...children) => {
  const one = document.createElement(tag);
  one.append(...children);
  return one;
};

function inline(text) {
  const found = INLINE.exec(text);
  if (!found) return [text];
  const [whole, , strong, , soft, code] = found;
  const middle = strong !== undefined ? made("strong", ...inline(strong)) : soft !== undefined ? made("em", ...inline(soft)) : made("code", code);
  return [text.slice(0, found.index), middle, ...inline(text.slice(found.index + whole.length))];
}

// The elements of a text.
export function drawn(text) {
  const out = [];
  let paragraph = [], list = null, code = null;
  const end = () => {
    if (paragraph.length) out.push(made("p", ...inline(paragraph.join("\n"))));
    paragraph = [];
  };
  for (const line of text.split("\n")) {
    if (line.startsWith("```")) {
      end();
      list = null;
      code = code ? null : made("code");
      if (code) out.push(made("pre", code));
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
      if (list?.localName !== tag) out.push((list = made(tag)));
      list.append(made("li", ...inline(point ?? item)));
      continue;
    }
    list = null;
    if (marks) {
      end();
      out.push(made(`h${Math.min(marks.length + 1, 6)}`, ...inline(heading)));
    } else if (quoted !== undefined) {
      end();
      out.push(made("blockquote", ...inline(quoted)));
    } else if (line.trim()) paragraph.push(line);
    else end();
  }
  end();
  return out;
}

// The text without its marks.
export function plain(text) {
  const lines = drawn(text).flatMap((one) => ["UL", "OL"].includes(one.tagName) ? [...one.children].map((item, at) => `${one.tagName === "OL" ? `${at + 1}.` : "-"} ${item.textContent}`).concat("") : [one.textContent, ""]);
  return `${lines.join("\n").trim()}\n`;
}
