// Lines of JSON {expression, context} in; a line {value} or {error} out, in the same order.
import { createInterface } from 'node:readline';
import { evaluate } from 'feelin';

for await (const line of createInterface({ input: process.stdin })) {
  const { expression, context } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(answer(expression, context))}\n`);
}

function answer(expression, context) {
  try {
    return { value: plain(evaluate(expression, context).value) };
  } catch (error) {
    return { error: String(error.message ?? error) };
  }
}

// JSON has no functions and no infinite numbers; a range is written as FEEL writes it.
function plain(value) {
  if (value === undefined || value === null) return null;
  if (typeof value === 'function' || value.constructor?.name === 'FeelFunction') return { function: true };
  if (typeof value === 'number') return Number.isFinite(value) ? value : { number: String(value) };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object') return value;
  if (typeof value.iso === 'string') return { iso: value.iso };
  if (value.constructor?.name === 'FeelRange') return { range: [plain(value.start), plain(value.end), value['start included'], value['end included']] };
  return { context: Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)])) };
}
