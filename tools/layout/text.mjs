// How wide text is and where it breaks, as bpmn-js draws it: Arial, 12 px in tasks and 11 px in labels.

export const TASK = 12, LABEL = 11, LINE = 1.2;

// Widths in thousandths of the size. Letters that are not listed count as 600.
const GROUPS = {
  191: "'", 222: 'ijl‘’', 260: '|', 278: ' !,./:;I[\\]ft·', 333: '()-`r“”', 334: '{}', 355: '"', 389: '*', 400: '°', 469: '^',
  500: 'Jckszvxy', 556: '#$0123456789?L_abdeghnopqu§«»–éæøåäöü', 584: '+<=>~×', 611: 'FTZøØ', 667: 'ABEKPSVXYÅÄÉ&', 722: 'CDHNRUwÜ', 778: 'GOQÖ',
  833: 'Mm', 889: '%æ', 944: 'W', 1000: '…—→Æ', 1015: '@',
};
const WIDTH = new Map(Object.entries(GROUPS).flatMap(([ width, letters ]) => [ ...letters ].map(letter => [ letter, Number(width) ])));

export function textWidth(text, size) {
  let sum = 0;
  for (const letter of text) sum += WIDTH.get(letter) ?? 600;
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
  for (const width of [ 88, 110, 132, 160 ]) {
    const wrapped = wrap(text, width, LABEL);
    box = { w: wrapped.width + 2, h: wrapped.height };
    if (!wrapped.broken && wrapped.lines.length <= 3) break;
  }
  return box;
}
