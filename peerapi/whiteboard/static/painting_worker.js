// Draws whole pages for painting.js, in a thread of its own.

import { ink, pictures } from "./shapes.js";

const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext("2d");

onmessage = async ({ data }) => {
  const { picture } = data;
  if (data.do === "know") {
    pictures.get(data.key)?.bitmap?.close();
    pictures.set(data.key, { bitmap: data.bitmap, words: data.words });
  } else if (data.do === "begin") {
    canvas.width = data.width;
    canvas.height = data.height;
    context.setTransform(...data.transform);
  } else if (data.do === "draw") {
    for (const mark of data.marks) ink(context, mark);
    (await createImageBitmap(canvas, 0, 0, 1, 1)).close(); // what was asked for is drawn now, not when it is shown
    postMessage({ picture });
  } else {
    const image = await createImageBitmap(canvas);
    postMessage({ picture, image }, [image]);
  }
};
