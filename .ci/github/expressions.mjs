// Workflow expressions, by GitHub's own evaluator (@actions/expressions).
import { load } from './tools.mjs';

const { Lexer, Parser, Evaluator } = await load('@actions/expressions');
const data = await load('@actions/expressions', 'data/index');

function toData(value) {
  if (value === null || value === undefined) return new data.Null();
  if (typeof value === 'string') return new data.StringData(value);
  if (typeof value === 'number') return new data.NumberData(value);
  if (typeof value === 'boolean') return new data.BooleanData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(toData));
  return new data.Dictionary(...Object.entries(value).map(([key, one]) => ({ key, value: toData(one) })));
}

const STATUS = ['success', 'failure', 'cancelled', 'always'];
const status = (state) => new Map(Object.entries({
  success: state === 'success',
  failure: state === 'failure',
  cancelled: state === 'cancelled',
  always: true,
}).map(([name, value]) => [name, { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(value) }]));

function evaluate(source, contexts, functions) {
  const parser = new Parser(new Lexer(source).lex().tokens, Object.keys(contexts), [...functions.values()]);
  return new Evaluator(parser.parse(), toData(contexts), functions).evaluate();
}

/** A text with its `${{ .. }}` replaced. */
export const expand = (text, contexts) =>
  String(text).replace(/\$\{\{(.*?)\}\}/gs, (_, source) => evaluate(source.trim(), contexts, new Map()).coerceString());

/** Every text of a value expanded; all become texts, as inputs and variables are. */
export const expandAll = (record, contexts) =>
  Object.fromEntries(Object.entries(record ?? {}).map(([key, value]) => [key, expand(value ?? '', contexts)]));

/** An `if`, with or without `${{ }}`; without a status function it is also a matter of success. */
export function condition(text, contexts, state) {
  if (text === undefined) return state === 'success';
  const trimmed = String(text).trim();
  const inner = /^\$\{\{(.*)\}\}$/s.exec(trimmed)?.[1] ?? trimmed;
  if (inner.includes('${{')) throw new Error(`this \`if\` is always true on GitHub: ${trimmed}`);
  const asked = STATUS.some((name) => new RegExp(`\\b${name}\\s*\\(`).test(inner.replace(/'[^']*'/g, '')));
  const source = asked ? inner : `success() && (${inner})`;
  const value = evaluate(source.trim(), contexts, status(state));
  return !['', '0', 'false', 'NaN'].includes(value.coerceString());
}
