// What is on the board, as the program has told it: pages and their marks, each in the order of drawing.

export class Board extends EventTarget {
  pages = []; // {id, order, name, by, marks: [...]}
  lines = []; // of the chat
  #lineIds = new Set();
  #marks = new Map(); // id -> mark, also of pages that are not here (yet)
  #fresh = null; // while a snapshot comes in: the ids that it has

  page(id) {
    return this.pages.find((page) => page.id === id);
  }

  mark(id) {
    return this.#marks.get(id);
  }

  take(news) {
    switch (news.is) {
      case "begin":
        this.#fresh = new Set();
        break;
      case "whole":
        this.#removeAllBut(this.#fresh);
        this.#fresh = null;
        this.#tell("whole");
        break;
      case "page":
        this.#takePage(news);
        break;
      case "mark":
        this.#takeMark(news);
        break;
      case "strokes":
        for (const row of news.rows) this.#takeMark(stroke(row, news.shared));
        break;
      case "line":
        this.#fresh?.add(news.id);
        if (this.#lineIds.has(news.id)) break;
        this.#lineIds.add(news.id);
        this.#tell("line", { line: news, at: insert(this.lines, news) });
        break;
      case "gone":
        this.#remove(news.id);
        break;
    }
  }

  get settled() {
    return this.#fresh === null;
  }

  #takePage(news) {
    this.#fresh?.add(news.id);
    const known = this.page(news.id);
    if (known) {
      known.name = news.name;
    } else {
      const marks = [...this.#marks.values()].filter((mark) => mark.page === news.id).sort(byOrder);
      insert(this.pages, { ...news, marks });
    }
    this.#tell("pages");
  }

  #takeMark(news) {
    this.#fresh?.add(news.id);
    const before = this.#marks.get(news.id);
    if (before && JSON.stringify(before) === JSON.stringify(news)) return; // a snapshot tells it once more
    if (before) this.#remove(news.id);
    this.#marks.set(news.id, news);
    const page = this.page(news.page);
    if (page) this.#tell("mark", { page, mark: news, at: insert(page.marks, news) });
  }

  #remove(id) {
    const mark = this.#marks.get(id);
    const page = this.pages.find((one) => one.id === (mark ? mark.page : id));
    if (mark) {
      this.#marks.delete(id);
      if (page) page.marks.splice(position(page.marks, mark), 1);
      this.#tell("gone", { page, mark });
    } else if (page) {
      this.pages = this.pages.filter((one) => one !== page);
      this.#tell("pages");
    } else {
      this.#lineIds.delete(id);
      this.lines = this.lines.filter((line) => line.id !== id);
      this.#tell("lines");
    }
  }

  #removeAllBut(kept) {
    const all = [...this.#marks.keys(), ...this.pages.map((page) => page.id), ...this.lines.map((line) => line.id)];
    for (const id of all) if (!kept.has(id)) this.#remove(id);
  }

  #tell(what, detail = {}) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}

// A stroke of a row of many: see views.py.
function stroke([id, order, by, at, page, gesture, colour, width, dots], shared) {
  for (let at = 2; at < dots.length; at++) dots[at] += dots[at - 2];
  const whole = order.length > TIME ? order : order + littleEndian(id);
  return { is: "mark", id, order: whole, by: shared[by], at, page: shared[page], gesture, colour: shared[colour], width, dots };
}

const TIME = 20; // digits of an order before the bytes of the ID

// The bytes of a UUID as a GUID lies in memory, in hexadecimal digits.
function littleEndian(id) {
  const part = (from) => id.slice(from, from + 2);
  return part(6) + part(4) + part(2) + part(0) + part(11) + part(9) + part(16) + part(14) + id.slice(19, 23) + id.slice(24);
}

const byOrder = (a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0);

// Where it belongs: most often at the end.
function insert(list, item) {
  let at = list.length;
  while (at > 0 && list[at - 1].order > item.order) at--;
  list.splice(at, 0, item);
  return at;
}

// Where it stands in a list that is in order.
function position(list, item) {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].order < item.order) low = middle + 1;
    else high = middle;
  }
  return list.indexOf(item, low);
}
