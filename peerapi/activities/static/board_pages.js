// The pages of the board beside which a presentation is, as a PDF: each page a picture without loss, and its words as text that
// is not shown but read. So they become slides by the same way as the pages of any other PDF.

import { Board } from "./board.js";
import { Connection } from "./connection.js";
import { Images } from "./images.js";
import { BACKGROUND, HEIGHT, ink, isImage, isText, WIDTH } from "./shapes.js";

const SCALE = 2;
const PATIENCE = 60000; // ms in which the board's program tells all there is
const MOST_LETTERS = 2000; // of the words of a page
const FONT = 3, FIRST = 7; // numbers of objects

// A file; null when the board has no pages. Raises when its program does not answer.
export async function boardPages() {
  const images = new Images("../../images/");
  const pages = await told(images);
  if (pages.length === 0) return null;
  for (const mark of pages.flatMap((page) => page.marks)) if (isImage(mark)) images.want(mark.image);
  await images.through();
  const parts = [];
  for (const page of pages) parts.push({ pixels: await compressed(drawn(page)), lines: linesOf(page) });
  return new File(pdf(parts), "The board", { type: "application/pdf" });
}

function told(images) {
  const board = new Board();
  return new Promise((resolve, reject) => {
    const done = (act, value) => {
      clearTimeout(timer);
      connection.close();
      act(value);
    };
    const timer = setTimeout(() => done(reject, new Error("the board's program does not answer")), PATIENCE);
    board.addEventListener("whole", () => done(resolve, board.pages));
    const connection = new Connection((news) => (news.is === "image" ? images.take(news) : board.take(news)), () => {}, () => {}, "../../live");
  });
}

// The pixels of a page, three bytes each.
function drawn(page) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SCALE * WIDTH, height: SCALE * HEIGHT });
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  context.scale(SCALE, SCALE);
  context.fillStyle = BACKGROUND;
  context.fillRect(0, 0, WIDTH, HEIGHT);
  for (const mark of page.marks) ink(context, mark);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const pixels = new Uint8Array((data.length / 4) * 3);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    pixels[to++] = data[from];
    pixels[to++] = data[from + 1];
    pixels[to++] = data[from + 2];
  }
  return pixels;
}

const compressed = async (bytes) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"))).arrayBuffer());

function linesOf(page) {
  const words = [page.name, ...page.marks.filter(isText).map((mark) => mark.words)].join("\n");
  return words.slice(0, MOST_LETTERS).split("\n");
}

// ---- PDF 1.4 ----

function pdf(pages) {
  const ids = pages.map((_, number) => FIRST + 3 * number);
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Count ${pages.length} /Kids [${ids.map((id) => `${id} 0 R`).join(" ")}] >>`,
    `<< /Type /Font /Subtype /Type0 /BaseFont /Helvetica /Encoding /Identity-H /DescendantFonts [4 0 R] /ToUnicode 5 0 R >>`,
    "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Helvetica /DW 600 /FontDescriptor 6 0 R /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>",
    stream(bytesOf(letters())),
    "<< /Type /FontDescriptor /FontName /Helvetica /Flags 32 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 750 /Descent -200 /CapHeight 700 /StemV 80 >>",
    ...pages.flatMap(({ pixels, lines }, number) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${WIDTH} ${HEIGHT}] /Contents ${ids[number] + 1} 0 R ` +
        `/Resources << /XObject << /I ${ids[number] + 2} 0 R >> /Font << /F ${FONT} 0 R >> >> >>`,
      stream(bytesOf(content(lines))),
      stream(pixels, `/Type /XObject /Subtype /Image /Width ${SCALE * WIDTH} /Height ${SCALE * HEIGHT} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode`),
    ]),
  ];
  return file(objects);
}

const bytesOf = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const stream = (data, more = "") => [`<< /Length ${data.length} ${more} >>\nstream\n`, data, "\nendstream"];

// The picture, and the words upon it in letters that are not drawn.
function content(lines) {
  const hex = (line) => [...Array(line.length).keys()].map((at) => line.charCodeAt(at).toString(16).padStart(4, "0")).join("");
  const text = lines.map((line) => `<${hex(line)}> Tj T*`).join("\n");
  return `q ${WIDTH} 0 0 ${HEIGHT} 0 0 cm /I Do Q\nBT /F 8 Tf 10 TL 3 Tr 10 ${HEIGHT - 20} Td\n${text}\nET`;
}

// Every code of the font is the letter of that number.
function letters() {
  const hex = (number) => number.toString(16).padStart(4, "0");
  const ranges = Array.from({ length: 256 }, (_, high) => `<${hex(256 * high)}> <${hex(256 * high + 255)}> <${hex(256 * high)}>`);
  const blocks = [];
  for (let at = 0; at < ranges.length; at += 64) blocks.push(`64 beginbfrange\n${ranges.slice(at, at + 64).join("\n")}\nendbfrange`);
  return [
    "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
    "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def /CMapName /Letters def /CMapType 2 def",
    "1 begincodespacerange <0000> <ffff> endcodespacerange", ...blocks, "endcmap CMapName currentdict /CMap defineresource pop end end",
  ].join("\n");
}

// Objects, numbered from 1, with the table of where each begins.
function file(objects) {
  const parts = [];
  let length = 0;
  const add = (part) => {
    const bytes = typeof part === "string" ? bytesOf(part) : part;
    parts.push(bytes);
    length += bytes.length;
  };
  add("%PDF-1.4\n");
  const places = objects.map((object, number) => {
    const place = length;
    add(`${number + 1} 0 obj\n`);
    [object].flat().forEach(add);
    add("\nendobj\n");
    return place;
  });
  const table = length;
  const rows = places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("");
  add(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`);
  return parts;
}
