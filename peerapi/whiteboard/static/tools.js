// The chosen tool: which one, its colour and its width.

const COLOURS = ["black", "crimson", "darkorange", "gold", "mediumseagreen", "dodgerblue", "navy", "mediumorchid", "hotpink", "sienna"];
const WIDTHS = [[3, "fine"], [6, "thin"], [12, "broad"], [24, "thick"], [48, "very thick"]];
const TEXT_SIZES = { 3: 20, 6: 32, 12: 48, 24: 72, 48: 110 };
const KEYS = { p: "pen", w: "wipe", e: "erase", t: "text", m: "move", v: "move", s: "shape" };
const FIGURE_KEYS = { l: "line", a: "arrow", r: "rectangle", o: "ellipse", n: "note" };

export class Tools extends EventTarget {
  tool = "pen";
  colour = "black";
  width = 6;
  figure = "arrow";

  constructor() {
    super();
    const colours = document.getElementById("colours");
    COLOURS.forEach((name) => colours.append(choice("colour", name, name === this.colour, name)));
    colours.append(ownColour());
    const widths = document.getElementById("widths");
    for (const [width, name] of WIDTHS) widths.append(choice("width", width, width === this.width, name));
    document.querySelector(".tools").addEventListener("change", ({ target }) => this.#changed(target));
  }

  get size() {
    return TEXT_SIZES[this.width];
  }

  choose(tool) {
    const radio = document.querySelector(`#tools input[value="${tool}"]`);
    radio.checked = true;
    this.#changed(radio);
  }

  // Whether the key has chosen something.
  key(name) {
    const figure = FIGURE_KEYS[name.toLowerCase()];
    if (figure) this.#chooseFigure(figure);
    const tool = figure ? "shape" : KEYS[name.toLowerCase()];
    if (tool) this.choose(tool);
    return Boolean(tool);
  }

  #chooseFigure(figure) {
    this.figure = document.getElementById("figure").value = figure;
  }

  #changed(input) {
    if (input.id === "figure") {
      this.figure = input.value;
      return this.choose("shape");
    }
    if (input.type === "color") {
      const radio = input.parentElement.querySelector("input[type=radio]");
      radio.checked = true;
      radio.value = input.value;
      input.parentElement.style.setProperty("--colour", input.value);
      this.colour = input.value;
    } else if (input.name === "width") this.width = Number(input.value);
    else if (input.name in this) this[input.name] = input.value;
    if (input.name === "colour" && this.tool === "move") this.dispatchEvent(new Event("recolour"));
    else if (input.name === "colour" && !["text", "shape"].includes(this.tool)) this.choose("pen");
    document.getElementById("sheet").dataset.tool = this.tool;
    this.dispatchEvent(new Event("change"));
  }
}

function choice(kind, value, chosen, name) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name: kind, value, checked: chosen });
  input.setAttribute("aria-label", name);
  label.title = name;
  label.style.setProperty(`--${kind}`, kind === "width" ? `${[4, 7, 11, 16, 22][WIDTHS.findIndex(([width]) => width === value)]}px` : value);
  const dot = document.createElement("span");
  dot.className = "dot";
  label.append(input, dot);
  return label;
}

function ownColour() {
  const label = choice("colour", "#7048e8", false, "own colour");
  label.classList.add("own");
  const input = document.createElement("input");
  Object.assign(input, { type: "color", value: "#7048e8", title: "own colour" });
  input.setAttribute("aria-label", "choose an own colour");
  label.append(input);
  return label;
}
