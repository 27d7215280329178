// How wide text is and where it breaks: 12 px in tasks and 11 px in labels, as bpmn-js draws it. bpmn-js asks for Arial; a
// machine without it shows a wider letter, so we count with the widest of the usual ones (DejaVu Sans) and all have room.

export const TASK = 12, LABEL = 11, LINE = 1.2;

// Widths in thousandths of the size. Letters that are not listed count as 660.
const GROUPS = {
  276: "'ijlI", 318: ' ,.·‘’', 337: '/:;|\\', 352: 'f', 361: '-', 391: '()[]t!', 411: 'r', 460: '"', 500: 'J*_`–°§', 520: 's“”', 528: 'z?',
  550: 'c', 557: 'L', 577: 'Fk', 592: 'vxy', 612: 'PTYøo«»aäåeé', 635: 'EÉhnuüSbdgpq0123456789${}', 656: 'K', 685: 'AVÄÅXZB', 697: 'RC', 732: 'UÜ',
  750: 'NH', 772: 'DG', 784: '&OQÖØ', 818: 'w', 838: '#+<=>^~→×', 863: 'M', 950: '%', 974: 'mÆ', 982: 'æ', 1000: 'W@—…',
};
const WIDTH = new Map(Object.entries(GROUPS).flatMap(([ width, letters ]) => [ ...letters ].map(letter => [ letter, Number(width) ])));

export function textWidth(text, size) {
  let sum = 0;
  for (const letter of text) sum += WIDTH.get(letter) ?? 660;
  return sum * size / 1000;
}

// Breaks at spaces and after hyphens; `broken` when one word alone is wider than the box.
export function wrap(text, width, size) {
  const lines = [];
  let broken = false;
  let line = '';
  for (const word of String(text ?? '').split(/\s+|(?<=-)/).filter(Boolean)) {
    const joined = line + (line && !line.endsWith('-') ? ' ' : '') + word;
    if (line && textWidth(joined, size) > width) {
      lines.push(line);
      line = word;
    } else line = joined;
    broken ||= textWidth(word, size) > width;
  }
  if (line) lines.push(line);
  const widest = Math.max(0, ...lines.map(each => textWidth(each, size)));
  return { lines, broken, width: Math.ceil(widest), height: Math.ceil(lines.length * size * LINE) };
}

// The box of a label outside its shape: narrow where that gives at most three lines.
export function labelBox(text) {
  let box;
  for (const width of [ 96, 118, 140, 170 ]) {
    const wrapped = wrap(text, width, LABEL);
    box = { w: wrapped.width + 4, h: wrapped.height };
    if (!wrapped.broken && wrapped.lines.length <= 3) break;
  }
  return box;
}

// A task's kind stands as an icon in its upper left corner, this wide and high: the first line of the name keeps off it.
export const ICON = 25;

export function liesOnIcon(name, width, height) {
  const text = wrap(name, width - 14, TASK);
  return height / 2 - text.height / 2 < ICON && (width - textWidth(text.lines[0] ?? '', TASK)) / 2 < ICON;
}
