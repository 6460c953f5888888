// What linters do not see: rules about who may do what, for workflows whose one half runs the code of pull requests and
// whose other half may write. Each finding is {tool: 'tollgate', rule, file, line, message}.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { knownActions } from './known-actions.mjs';
import { isAction, isDependabot, runBlocks } from './linters.mjs';
import { parseYaml, root } from './tools.mjs';

const TOKEN = /\bsecrets\b|github\s*(\.\s*token|\[\s*'token'\s*\])|\bGITHUB_TOKEN\b|\bGH_TOKEN\b/;
const ours = parseYaml(readFileSync(join(root, 'action.yml'), 'utf8'), 'action.yml');

/** All texts and keys of a value. */
function* texts(value) {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const one of value) yield* texts(one);
  else if (value && typeof value === 'object') {
    for (const [key, one] of Object.entries(value)) {
      yield key;
      yield* texts(one);
    }
  }
}
const speaksOfToken = (value) => [...texts(value)].some((text) => TOKEN.test(text));
const isCheckout = (step) => /^actions\/checkout@/.test(step.uses ?? '');
const isOurs = (step) => /^\.\/?/.test(step.uses ?? '') || /^OWNER\/REPO@/.test(step.uses ?? '');

function everywhere(document, add) {
  const jobs = Object.values(document.jobs ?? {});
  const steps = [...jobs.flatMap((job) => job?.steps ?? []), ...(document.runs?.steps ?? [])];
  for (const one of [...steps, ...jobs].filter((candidate) => candidate?.uses)) {
    if (!/^\.\/?/.test(one.uses) && !/@[0-9a-f]{40}$/.test(one.uses)) {
      add('pinned', `${one.uses} is neither local nor pinned by a commit of 40 hex digits`);
    }
    const known = isOurs(one) ? ours : knownActions[one.uses];
    if (!known) {
      add('inputs', `${one.uses} is not in .ci/github/known-actions.mjs: look its inputs up and add it`);
      continue;
    }
    for (const input of Object.keys(one.with ?? {})) {
      if (!known.inputs?.[input]) add('inputs', `${one.uses} has no input ${input}`);
    }
  }
  for (const step of runBlocks(document)) {
    if (step.run.includes('${{')) add('run-expression', 'an expression inside of `run` becomes a part of the script; give it by `env`');
  }
}

/** Workflows that run the code of whoever opened a pull request: they may read, and know nothing. */
function foreign(workflow, add) {
  if (JSON.stringify(workflow.permissions) !== '{}') add('foreign-permission', 'the workflow must begin with `permissions: {}`');
  for (const [name, job] of Object.entries(workflow.jobs ?? {})) {
    const granted = job?.permissions ?? {};
    const writes = typeof granted === 'string' ? granted !== '{}' : Object.values(granted).some((one) => one !== 'read' && one !== 'none');
    if (writes) add('foreign-permission', `job ${name} may do more than read`);
    if (job?.secrets !== undefined) add('foreign-token', `job ${name} is given secrets`);
    for (const step of (job?.steps ?? []).filter(isCheckout)) {
      if (String(step.with?.['persist-credentials']) !== 'false') {
        add('foreign-credentials', `the checkout of job ${name} leaves the token in .git/config`);
      }
    }
  }
  if (speaksOfToken(workflow)) add('foreign-token', 'a token or a secret is named in a workflow that runs code of pull requests');
}

/** Workflows that may write: nothing of a pull request gets in but as data that tollgate reads. */
function trusted(workflow, add) {
  for (const [name, job] of Object.entries(workflow.jobs ?? {})) {
    const guard = String(job?.if ?? '');
    for (const needed of ["event == 'pull_request'", 'startsWith(', 'workflow_run.path', 'workflow_run.repository.id == github.event.repository.id']) {
      if (!guard.includes(needed)) add('trusted-guard', `\`if\` of job ${name} does not check \`${needed}\``);
    }
    if (speaksOfToken(workflow.env) || speaksOfToken(job?.env)) add('trusted-token', `every step of job ${name} has the token`);
    for (const step of job?.steps ?? []) {
      if (isCheckout(step)) {
        for (const input of ['ref', 'repository', 'allow-unsafe-pr-checkout', 'token', 'ssh-key']) {
          if (step.with?.[input] !== undefined) add('trusted-checkout', `the checkout of job ${name} has \`${input}\`: only the default branch, as GitHub chose it`);
        }
        if (String(step.with?.['persist-credentials']) !== 'false') add('trusted-token', `the checkout of job ${name} leaves the token in .git/config`);
      }
      if (/(^|\/)(cache|download-artifact|restore)(@|\/)/.test(step.uses ?? '')) {
        add('trusted-data', `${step.uses} brings files that a pull request may have written`);
      }
      if (/GITHUB_(ENV|PATH)|run download|artifacts\/|\bgit (fetch|pull|clone|checkout)\b|pr checkout|\bcurl\b|\bwget\b/.test(step.run ?? '')) {
        add('trusted-data', `a \`run\` of job ${name} fetches something, or sets the environment of later steps`);
      }
      const named = speaksOfToken({ ...step, name: undefined });
      const posts = isOurs(step) && step.with?.mode === 'comment' && !speaksOfToken({ ...step, with: { ...step.with, token: undefined } });
      if (named && !posts) add('trusted-token', `a step of job ${name} that does not post has the token`);
    }
  }
}

function action(document, add) {
  for (const step of document.runs?.steps ?? []) {
    const comments = /inputs\.mode == 'comment'/.test(step.if ?? '');
    // Whether there is a token may be known to anybody; what it is may not.
    const rest = JSON.parse(JSON.stringify(step).replaceAll(/inputs\.token != ''/g, ''));
    const named = speaksOfToken(rest) || [...texts(rest)].some((text) => /inputs\.token\b/.test(text));
    if (named && !(comments && !speaksOfToken({ ...rest, env: undefined }))) {
      add('action-token', `step ${step.name} has a token outside of \`mode\` comment`);
    }
  }
}

/** What our own rules say of these files. */
export function ownRules(files) {
  const found = [];
  for (const file of files.filter((one) => !isDependabot(one))) {
    const add = (rule, message) => found.push({ tool: 'tollgate', rule, file, line: 1, message });
    let document;
    try {
      document = parseYaml(readFileSync(file, 'utf8'), file);
    } catch (error) {
      add('yaml', error.message);
      continue;
    }
    everywhere(document, add);
    if (isAction(file)) {
      action(document, add);
      continue;
    }
    const on = document.on ?? {};
    const events = typeof on === 'string' ? [on] : Array.isArray(on) ? on : Object.keys(on);
    for (const event of ['pull_request_target', 'issue_comment', 'pull_request_review', 'discussion_comment']) {
      if (events.includes(event)) add('trigger', `${event} gives a token that can write to what strangers start`);
    }
    if (events.includes('workflow_run')) trusted(document, add);
    else foreign(document, add);
  }
  return found;
}
