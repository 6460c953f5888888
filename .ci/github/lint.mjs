// Lints the files that are named, which must be clean, and with `--corpus DIRECTORY` the bad ones there, each of which
// must be caught by what its line `# caught by: TOOL RULE, TOOL RULE` says: a gate that cannot fail is no gate.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { lintAll } from './linters.mjs';
import { ownRules } from './rules.mjs';

const findingsOf = async (files) => [...(await lintAll(files)), ...ownRules(files)];
const shown = (one) => `${one.file}:${one.line}: ${one.tool} ${one.rule}: ${one.message}`;

/** Bad files are kept under names that no tool takes for a workflow, and linted under names that they do. */
async function corpus(directory) {
  const scratch = mkdtempSync(join(tmpdir(), 'tollgate-bad-'));
  try {
    const bad = readdirSync(directory).filter((name) => name.endsWith('.yml.bad')).sort();
    const cases = bad.map((name) => {
      const text = readFileSync(join(directory, name), 'utf8');
      const rules = /^# caught by: (.+)$/m.exec(text)?.[1].split(', ') ?? [];
      const plain = basename(name, '.bad');
      const action = plain.endsWith('.action.yml');
      const place = join(scratch, basename(plain, '.yml'), action ? '' : '.github/workflows');
      mkdirSync(place, { recursive: true });
      const file = join(place, action ? 'action.yml' : plain);
      copyFileSync(join(directory, name), file);
      return { name, rules, file };
    });
    const found = await findingsOf(cases.map((one) => one.file));
    const missed = [];
    for (const { name, rules, file } of cases) {
      const said = new Set(found.filter((one) => one.file === file).map((one) => `${one.tool} ${one.rule}`));
      if (rules.length === 0) missed.push(`${name}: there is no line \`# caught by:\``);
      for (const rule of rules.filter((one) => !said.has(one))) {
        missed.push(`${name}: not caught by ${rule}; caught by ${[...said].sort().join(', ') || 'nothing'}`);
      }
    }
    if (cases.length === 0) missed.push(`there is nothing in ${directory}`);
    const rules = new Set(cases.flatMap((one) => one.rules));
    console.log(`${cases.length} bad files, ${missed.length} missed, ${rules.size} rules fired: ${[...rules].sort().join(', ')}`);
    return missed;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const problems = [];
const args = process.argv.slice(2);
const at = args.indexOf('--corpus');
if (at >= 0) {
  problems.push(...(await corpus(args[at + 1])));
  args.splice(at, 2);
}
if (args.length > 0) {
  const found = await findingsOf(args);
  problems.push(...found.map(shown));
  console.log(`${args.length} files, ${found.length} findings: ${args.join(', ')}`);
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
