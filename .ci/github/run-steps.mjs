// Executes workflows without GitHub: events decide what is started, `run` steps run in bash with the environment that
// GitHub documents and nothing else of ours, composite actions are followed, and other actions are recorded. What is not
// simulated (services, matrices, containers ..) is an error, so that no workflow passes by being misread.
//
//     node .ci/github/run-steps.mjs WORKFLOW EVENT-NAME EVENT.json DIRECTORY
//
// shows what would run there. It is no sandbox: `run` steps do what they say.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import { condition, expand, expandAll } from './expressions.mjs';
import { parseYaml } from './tools.mjs';

/** What stands for the job's token: it must not be found where none belongs. */
export const TOKEN = 'ghs_simulatedTokenOfThisJob0000000000000';

const JOB_KEYS = ['name', 'if', 'runs-on', 'timeout-minutes', 'permissions', 'steps', 'env'];
const STEP_KEYS = ['name', 'id', 'if', 'run', 'uses', 'with', 'env', 'shell', 'working-directory'];
const WORKFLOW_KEYS = ['name', 'on', 'permissions', 'concurrency', 'env', 'jobs'];

function refuseOthers(record, known, what) {
  for (const key of Object.keys(record)) {
    if (!known.includes(key)) throw new Error(`${what}: \`${key}\` is not simulated`);
  }
}

/** Whether an event starts a workflow, by its `on`. */
export function starts(on, name, event) {
  const events = typeof on === 'string' ? { [on]: null } : Array.isArray(on) ? Object.fromEntries(on.map((one) => [one, null])) : on;
  if (!(name in events)) return false;
  const filter = events[name] ?? {};
  if (name === 'schedule') return filter.some(({ cron }) => cron === event.schedule);
  refuseOthers(filter, ['types', 'branches', 'workflows'], `on.${name}`);
  if (filter.types && !filter.types.includes(event.action)) return false;
  if (name === 'workflow_run' && !filter.workflows.includes(event.workflow_run.name)) return false;
  if (filter.branches && name === 'push') return filter.branches.includes(event.ref?.replace('refs/heads/', ''));
  return true;
}

/** The context `github` of an event, as far as the event tells; `more` has what git and the run know. */
export function githubContext(name, event, more) {
  const repository = event.repository ?? {};
  const main = `refs/heads/${repository.default_branch ?? 'main'}`;
  const refs = {
    pull_request: { ref: `refs/pull/${event.number}/merge`, head_ref: event.pull_request?.head.ref, base_ref: event.pull_request?.base.ref },
    merge_group: { ref: event.merge_group?.head_ref, sha: event.merge_group?.head_sha },
    push: { ref: event.ref, sha: event.after },
  };
  return {
    event_name: name,
    event,
    ref: main,
    head_ref: '',
    base_ref: '',
    sha: 'f'.repeat(40),
    repository: repository.full_name,
    repository_id: String(repository.id),
    repository_owner: repository.owner?.login,
    run_id: '5000',
    run_number: '17',
    run_attempt: '1',
    actor: event.sender?.login ?? 'octocat',
    server_url: 'https://github.com',
    api_url: 'https://api.github.com',
    graphql_url: 'https://api.github.com/graphql',
    retention_days: '90',
    token: TOKEN,
    ...refs[name],
    ...more,
  };
}

// What of the context a `run` step finds in its environment. The token is not among it.
const EXPORTED = ['action', 'action_path', 'action_ref', 'action_repository', 'actor', 'api_url', 'base_ref', 'event_name', 'event_path',
  'graphql_url', 'head_ref', 'job', 'ref', 'repository', 'repository_id', 'repository_owner', 'retention_days', 'run_attempt', 'run_id',
  'run_number', 'server_url', 'sha', 'workflow', 'workspace'];

/** `NAME=value` and `NAME<<END` of a file that a step has written. */
export function readCommands(file) {
  const found = {};
  const lines = readFileSync(file, 'utf8').split('\n');
  while (lines.length > 0) {
    const line = lines.shift();
    const plain = /^([^=<]+)=(.*)$/s.exec(line);
    const heredoc = /^([^=<]+)<<(.+)$/.exec(line);
    if (heredoc) {
      const end = lines.indexOf(heredoc[2]);
      if (end < 0) throw new Error(`${file}: no end of ${heredoc[1]}`);
      found[heredoc[1]] = lines.splice(0, end + 1).slice(0, -1).join('\n');
    } else if (plain) found[plain[1]] = plain[2];
    else if (line !== '') throw new Error(`${file}: GitHub would refuse the line ${JSON.stringify(line)}`);
  }
  return found;
}

class Job {
  constructor(options, github) {
    this.options = options;
    this.github = github;
    this.temp = mkdtempSync(join(options.scratch ?? tmpdir(), 'runner-'));
    this.github.event_path = join(this.temp, '_event.json');
    writeFileSync(this.github.event_path, JSON.stringify(github.event));
    this.runner = { temp: this.temp, os: 'Linux', arch: 'X64', name: 'simulated', environment: 'github-hosted', tool_cache: this.temp };
    this.variables = {};
    this.path = [...options.path];
    this.state = 'success';
    this.record = [];
    this.artifacts = options.artifacts ?? new Map();
    this.summary = '';
  }

  contexts(more) {
    return { github: this.github, runner: this.runner, job: { status: this.state }, secrets: { GITHUB_TOKEN: TOKEN }, env: this.variables, ...more };
  }

  /** Steps of a job, or of a composite action. Returns their outputs by id, and how they ended. */
  steps(list, env, more) {
    const done = {};
    let state = this.state;
    for (const step of list) {
      refuseOthers(step, STEP_KEYS, `step ${step.name ?? step.id}`);
      const contexts = this.contexts({ ...more, steps: done });
      if (!condition(step.if, contexts, state)) {
        this.record.push({ name: step.name, conclusion: 'skipped' });
        if (step.id) done[step.id] = { outputs: {}, outcome: 'skipped', conclusion: 'skipped' };
        continue;
      }
      const own = { ...env, ...expandAll(step.env, contexts) };
      const made = step.uses ? this.uses(step, own, contexts) : this.run(step, own, contexts);
      this.record.push({ name: step.name, ...made });
      if (step.id) done[step.id] = { outputs: made.outputs ?? {}, outcome: made.conclusion, conclusion: made.conclusion };
      if (made.conclusion === 'failure' && state === 'success') state = 'failure';
      if (this.options.cancelAfter === (step.id ?? step.name)) state = 'cancelled';
    }
    return { outputs: done, state };
  }

  /** Everything that a step finds in its environment. */
  environment(own, files) {
    const exported = EXPORTED.filter((key) => this.github[key] !== undefined).map((key) => [`GITHUB_${key.toUpperCase()}`, String(this.github[key])]);
    const runner = Object.entries(this.runner).map(([key, value]) => [`RUNNER_${key.toUpperCase()}`, value]);
    return {
      HOME: this.options.home ?? this.temp, USER: 'runner', LANG: 'C.UTF-8', CI: 'true', GITHUB_ACTIONS: 'true',
      ImageOS: 'ubuntu24', ImageVersion: '20261101.1.0', ...this.options.machine,
      ...Object.fromEntries([...exported, ...runner]), ...files, ...this.variables, ...own, PATH: this.path.join(':'),
    };
  }

  run(step, own, contexts) {
    const id = randomUUID();
    const files = {};
    for (const name of ['OUTPUT', 'ENV', 'PATH', 'STEP_SUMMARY', 'STATE']) {
      files[`GITHUB_${name}`] = join(this.temp, `_${name}_${id}`);
      writeFileSync(files[`GITHUB_${name}`], '');
    }
    const script = join(this.temp, `_${id}.sh`);
    writeFileSync(script, expand(step.run, contexts));
    const flags = step.shell === undefined ? ['-e'] : ['--noprofile', '--norc', '-e', '-o', 'pipefail'];
    if (step.shell !== undefined && step.shell !== 'bash') throw new Error(`shell ${step.shell} is not simulated`);
    const env = this.environment(own, files);
    const cwd = resolve(this.github.workspace, expand(step['working-directory'] ?? '.', contexts));
    const ran = spawnSync('/bin/bash', [...flags, script], { env, cwd, encoding: 'utf8', timeout: 120_000 });
    if (ran.error) throw ran.error;
    Object.assign(this.variables, readCommands(files.GITHUB_ENV));
    this.path.unshift(...readFileSync(files.GITHUB_PATH, 'utf8').split('\n').filter(Boolean));
    this.summary += readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8');
    return {
      conclusion: ran.status === 0 ? 'success' : 'failure', status: ran.status, log: ran.stdout + ran.stderr,
      outputs: readCommands(files.GITHUB_OUTPUT), env, script: expand(step.run, contexts),
    };
  }

  uses(step, own, contexts) {
    const given = expandAll(step.with, contexts);
    const where = this.options.actions?.[step.uses] ?? (step.uses.startsWith('./') ? resolve(this.github.workspace, step.uses) : undefined);
    if (where !== undefined) return this.composite(step, where, given, own);
    const stub = { 'actions/checkout': () => ({}), 'actions/upload-artifact': (input) => this.upload(input) }[step.uses.split('@')[0]];
    if (!stub) throw new Error(`${step.uses} is not simulated`);
    return { conclusion: 'success', uses: step.uses, with: given, env: own, ...stub(given) };
  }

  composite(step, where, given, own) {
    const file = join(where, 'action.yml');
    const action = parseYaml(readFileSync(file, 'utf8'), file);
    const inputs = {};
    for (const [name, input] of Object.entries(action.inputs ?? {})) {
      // An empty text is given: the default is for inputs that are not named.
      inputs[name] = given[name] ?? expand(input.default ?? '', this.contexts({}));
    }
    for (const name of Object.keys(given)) {
      if (!(name in inputs)) throw new Error(`${step.uses} has no input ${name}`);
    }
    const outer = this.github;
    const [repository, ref] = step.uses.startsWith('./') ? ['', ''] : step.uses.split('@');
    // In `env` of its steps the repository is known; in the environment of `run` it is empty (actions/runner#2473).
    this.github = { ...outer, action_path: step.uses.startsWith('./') ? `${where}/` : where, action_repository: repository, action_ref: ref };
    const exported = this.environment.bind(this);
    this.environment = (env, files) => ({ ...exported(env, files), GITHUB_ACTION_REPOSITORY: '', GITHUB_ACTION_REF: '' });
    const before = this.record.length;
    const inner = this.steps(action.runs.steps, own, { inputs });
    this.environment = exported;
    this.github = outer;
    const outputs = expandAll(
      Object.fromEntries(Object.entries(action.outputs ?? {}).map(([name, output]) => [name, output.value])),
      this.contexts({ inputs, steps: inner.outputs }),
    );
    const steps = this.record.splice(before);
    return { conclusion: inner.state === 'failure' ? 'failure' : 'success', uses: step.uses, with: given, outputs, steps };
  }

  /** One file, as upload-artifact puts it into an archive: by its last name. */
  upload(input) {
    if (this.artifacts.has(input.name)) return { conclusion: 'failure', log: `an artifact ${input.name} exists already (409)` };
    const path = isAbsolute(input.path) ? input.path : resolve(this.github.workspace, input.path || '\0');
    if (!existsSync(path) || !statSync(path).isFile()) {
      return { conclusion: input['if-no-files-found'] === 'error' ? 'failure' : 'success', log: `no files were found with the path ${input.path}` };
    }
    this.artifacts.set(input.name, { file: basename(path), bytes: readFileSync(path) });
    return {};
  }
}

/**
 * What a workflow does for an event: `{started, group, cancels, jobs: {id: {conclusion, permissions, steps, summary}}, artifacts}`.
 * Options: workspace, path (directories of programs), event, name, github (what the event does not tell), actions
 * (directories of pinned actions), artifacts (of earlier attempts), cancelAfter, machine (environment), home, scratch.
 */
export function runWorkflow(file, options) {
  const workflow = parseYaml(readFileSync(file, 'utf8'), file);
  refuseOthers(workflow, WORKFLOW_KEYS, file);
  const artifacts = options.artifacts ?? new Map();
  if (!starts(workflow.on, options.name, options.event)) return { started: false, jobs: {}, artifacts };
  const base = { ...githubContext(options.name, options.event, options.github), workflow: workflow.name, workspace: realpathSync(options.workspace) };
  const top = { github: base };
  const jobs = {};
  for (const [id, job] of Object.entries(workflow.jobs)) {
    refuseOthers(job, JOB_KEYS, `job ${id}`);
    if (!condition(job.if, top, 'success')) {
      jobs[id] = { conclusion: 'skipped', permissions: job.permissions ?? workflow.permissions, steps: [] };
      continue;
    }
    const run = new Job({ ...options, artifacts }, { ...base, job: id });
    run.variables = { ...expandAll(workflow.env, top), ...expandAll(job.env, top) };
    const { state } = run.steps(job.steps, {}, {});
    jobs[id] = { conclusion: state, permissions: job.permissions ?? workflow.permissions, steps: run.record, summary: run.summary };
  }
  return {
    started: true,
    group: expand(workflow.concurrency?.group ?? '', top),
    cancels: expand(workflow.concurrency?.['cancel-in-progress'] ?? 'false', top) === 'true',
    jobs,
    artifacts,
  };
}

/** All steps, with those of composite actions in their places. */
export const flat = (steps) => steps.flatMap((step) => [step, ...flat(step.steps ?? [])]);

/** A program for `path` that writes its arguments and environment into `log`, and then runs `script` of bash. */
export function recordingStub(directory, name, log, script = '') {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, name);
  const record = `const fs=require('fs');fs.appendFileSync(${JSON.stringify(log)},JSON.stringify({program:${JSON.stringify(name)},arguments:process.argv.slice(1),env:process.env,cwd:process.cwd()})+'\\n')`;
  writeFileSync(file, `#!/bin/bash\nset -eu\n${process.execPath} -e ${JSON.stringify(record).replaceAll('$', '\\$').replaceAll('`', '\\`')} -- "$@"\n${script}\n`, { mode: 0o755 });
  return file;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const [workflow, name, event, directory] = process.argv.slice(2);
  if (!directory) {
    console.error('usage: run-steps.mjs WORKFLOW EVENT-NAME EVENT.json DIRECTORY');
    process.exit(2);
  }
  const result = runWorkflow(workflow, {
    name, event: JSON.parse(readFileSync(event, 'utf8')), workspace: directory, path: (process.env.PATH ?? '').split(':'),
  });
  console.log(JSON.stringify({ started: result.started, group: result.group, jobs: result.jobs, artifacts: [...result.artifacts.keys()] }, null, 2));
}
