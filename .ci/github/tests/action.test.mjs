// The composite action: what inputs become, what is refused, and where tollgate comes from.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TOKEN, flat } from '../run-steps.mjs';
import { PIN, Runner, fresh } from './support.mjs';

const version = /^version = "(.+)"$/m.exec(readFileSync(new URL('../../../Cargo.toml', import.meta.url), 'utf8'))[1];
const log = (job) => flat(job.steps).map((step) => step.log ?? '').join('');
const status = (job) => flat(job.steps).find((step) => step.status)?.status ?? 0;

for (const [what, inputs, expected] of [
  ['nothing is nothing', {}, ['check']],
  ['auto is nothing', { base: 'auto' }, ['check']],
  ['baseline is a flag', { base: 'baseline' }, ['check', '--baseline']],
  ['merge-base is a base', { base: 'merge-base' }, ['check', '--base=merge-base']],
  ['anchor is a base', { base: 'anchor' }, ['check', '--base=anchor']],
  ['a revision is a base', { base: 'v1.2.3' }, ['check', '--base=v1.2.3']],
  ['what looks like a flag is a base', { base: '--run=/etc/passwd' }, ['check', '--base=--run=/etc/passwd']],
  ['a file stays one argument', { config: 'a b/budgets.toml' }, ['check', '--config=a b/budgets.toml']],
  ['shell syntax stays text', { config: '$(touch pwned)`id`"; exit 0 #' }, ['check', '--config=$(touch pwned)`id`"; exit 0 #']],
  ['expressions of an input stay text', { config: "'; ${GITHUB_TOKEN} $'" }, ['check', "--config='; ${GITHUB_TOKEN} $'"]],
]) {
  test(`check: ${what}`, () => {
    const runner = new Runner();
    const job = runner.use(inputs);
    assert.equal(job.conclusion, 'success', log(job));
    const [call] = runner.asked();
    const run = `--run=${call.env.RUNNER_TEMP}/tollgate/run.json`;
    assert.deepEqual(call.arguments, [...expected, run]);
    assert.ok(!existsSync(join(runner.workspace, 'pwned')));
  });
}

test('comment: inputs are flags, and an own token replaces that of the job', () => {
  const runner = new Runner();
  const job = runner.use({ mode: 'comment', comment: 'always', key: 'api', workflow: '.github/workflows/x.yml', config: 'b.toml', token: 'ghp_own', author: 'octocat' });
  assert.equal(job.conclusion, 'success', log(job));
  const [call] = runner.asked();
  assert.deepEqual(call.arguments, ['comment', '--when=always', '--key=api', '--workflow=.github/workflows/x.yml', '--author=octocat', '--config=b.toml']);
  assert.equal(call.env.GITHUB_TOKEN, 'ghp_own');
  assert.ok(!JSON.stringify(job.steps).includes(TOKEN));
});

for (const [what, inputs, said] of [
  ['a misspelt mode', { mode: 'chekc' }, 'input `mode` is `chekc`; it is `check` or `comment`'],
  ['an empty mode', { mode: '' }, 'input `mode` is ``'],
  ['a token where code of a pull request runs', { token: 'ghp_own' }, 'input `token` is for `mode` comment'],
  ['comment in check', { comment: 'always' }, 'input `comment` has no meaning with `mode` check'],
  ['key in check', { key: 'api' }, 'input `key` has no meaning'],
  ['workflow in check', { workflow: 'x' }, 'input `workflow` has no meaning'],
  ['author in check', { author: 'octocat' }, 'input `author` has no meaning'],
  ['base in comment', { mode: 'comment', base: 'main' }, 'input `base` has no meaning with `mode` comment'],
  ['run-file in comment', { mode: 'comment', 'run-file': 'run.json' }, 'input `run-file` has no meaning'],
  ['a misspelt comment', { mode: 'comment', comment: 'true' }, 'it is `changes`, `always` or `never`'],
  ['a run of another name', { 'run-file': 'out.json' }, 'must end in run.json'],
  ['a directory that is not there', { 'working-directory': 'nowhere' }, 'no directory of the checkout'],
  ['another version', { version: '9.9.9' }, `the pinned commit of the action is ${version}`],
  ['a version with syntax', { version: '1`id`\n::add-mask::x' }, 'input `version` is `1?id??::add-mask::x`'],
  ['a line break', { config: 'a\nverdict=pass' }, 'a line break or a control character'],
]) {
  test(`refused with 2: ${what}`, () => {
    const runner = new Runner();
    const job = runner.use(inputs);
    assert.equal(job.conclusion, 'failure');
    assert.equal(status(job), 2);
    assert.ok(log(job).includes('::error title=tollgate::'), log(job));
    assert.ok(log(job).includes(said), log(job));
    assert.equal(log(job).split('\n').filter((line) => line.startsWith('::')).length, 1, log(job));
    assert.deepEqual(runner.asked(), []);
  });
}

test('a token that the workflow gives to the whole job is taken from benchmarks, and said', () => {
  const runner = new Runner();
  const job = runner.use({}, { env: { GITHUB_TOKEN: TOKEN, GH_TOKEN: TOKEN }, machine: { ACTIONS_ID_TOKEN_REQUEST_TOKEN: TOKEN } });
  assert.equal(job.conclusion, 'success', log(job));
  assert.ok(log(job).includes('::warning title=tollgate::GITHUB_TOKEN is in the environment'), log(job));
  for (const call of runner.calls()) assert.ok(!JSON.stringify(call).includes(TOKEN), call.program);
  assert.ok(!log(job).includes(TOKEN));
});

test('the project and the run may be elsewhere', () => {
  const runner = new Runner();
  mkdirSync(join(runner.workspace, 'rust/crate'), { recursive: true });
  const job = runner.use({ 'working-directory': 'rust/crate', 'run-file': 'out/run.json' });
  assert.equal(job.conclusion, 'success', log(job));
  const [call] = runner.asked();
  assert.equal(call.cwd, join(runner.workspace, 'rust/crate'));
  assert.deepEqual(call.arguments, ['check', `--run=${runner.workspace}/rust/crate/out/run.json`]);
  assert.equal(job.steps[0].outputs.run, `${runner.workspace}/rust/crate/out/run.json`);
});

test('a tollgate that was killed leaves its exit code', () => {
  const runner = new Runner();
  writeFileSync(runner.program, '#!/bin/bash\nif [ "$1" = --version ]; then echo tollgate 0.1.0; else kill -9 $$; fi\n');
  const job = runner.use({});
  assert.equal(job.conclusion, 'failure');
  assert.equal(job.steps[0].outputs['exit-code'], '137');
});

test('the compiler and flags of the project do not reach the build of tollgate', () => {
  const runner = new Runner();
  runner.use({}, { env: { RUSTFLAGS: '-C target-cpu=native', RUSTUP_TOOLCHAIN: 'nightly', CARGO_TARGET_DIR: '/x', TOLLGATE_CACHE: '/c' } });
  const [call] = runner.calls('cargo');
  for (const name of ['RUSTFLAGS', 'RUSTUP_TOOLCHAIN', 'CARGO_TARGET_DIR']) assert.equal(call.env[name], undefined, name);
  assert.deepEqual(call.arguments.slice(0, 2), ['install', '--locked']);
  assert.equal(call.arguments[call.arguments.indexOf('--path') + 1].replace(/\/$/, ''), runner.workspace);
  const [asked] = runner.asked();
  assert.equal(asked.env.RUSTFLAGS, '-C target-cpu=native');
  assert.equal(asked.env.TOLLGATE_CACHE, '/c');
});

// A release of OWNER/REPO: an archive, and its sum beside the pinned action.
const ARCHIVE = 'tollgate-x86_64-unknown-linux-gnu.tar.gz';
function release({ member = 'tollgate', link, sum, head = `# release v${version}`, name = ARCHIVE } = {}) {
  const runner = new Runner();
  const place = fresh('release');
  if (link) symlinkSync(link, join(place, member));
  else writeFileSync(join(place, member), readFileSync(runner.program), { mode: 0o755 });
  const archive = join(place, ARCHIVE);
  const made = spawnSync('tar', ['-czf', archive, '-C', place, '--transform', `s|^${member}$|${member}|`, member]);
  assert.equal(made.status, 0, String(made.stderr));
  const real = createHash('sha256').update(readFileSync(archive)).digest('hex');
  writeFileSync(join(runner.remote, 'checksums.txt'), `${head}\n${sum ?? real}  ${name}\n`);
  runner.stub('uname', 'case $1 in -s) echo Linux ;; -m) echo x86_64 ;; esac');
  runner.stub('curl', `
before=
for argument in "$@"; do
    if [ "$before" = --output ]; then cp '${archive}' "$argument"; fi
    before=$argument
done`);
  return runner;
}
const remote = { uses: PIN };

test('a release is downloaded over TLS, checked and started', () => {
  const runner = release();
  const job = runner.use({}, remote);
  assert.equal(job.conclusion, 'success', log(job));
  const [download] = runner.calls('curl');
  assert.equal(download.arguments.at(-1), `https://github.com/OWNER/REPO/releases/download/v${version}/${ARCHIVE}`);
  for (const flag of ['=https', '--tlsv1.2', '--fail', '--max-filesize']) assert.ok(download.arguments.includes(flag), flag);
  assert.deepEqual(runner.calls('cargo'), []);
  assert.equal(runner.asked().length, 1);
});

for (const [what, options, said] of [
  ['another sum', { sum: 'a'.repeat(64) }, 'somebody changed the release'],
  ['a sum that is none', { sum: 'abc' }, 'must name'],
  ['an archive without the program', { member: 'other' }, 'does not hold a file'],
  ['a link in place of the program', { link: '/bin/true' }, 'does not hold a file'],
]) {
  test(`${what} ends everything, and nothing else is tried`, () => {
    const runner = release(options);
    const job = runner.use({}, remote);
    assert.equal(status(job), 2, log(job));
    assert.ok(log(job).includes(said), log(job));
    assert.deepEqual([...runner.calls('cargo'), ...runner.asked()], []);
  });
}

for (const [what, options, said] of [
  ['sums of another release', { head: '# release v9.9.9' }, 'is not of release'],
  ['sums without this machine', { name: 'tollgate-other.tar.gz' }, 'does not name'],
]) {
  test(`${what} are passed over, and the source is built`, () => {
    const runner = release(options);
    const job = runner.use({}, remote);
    assert.equal(job.conclusion, 'success', log(job));
    assert.ok(log(job).includes(said), log(job));
    assert.deepEqual(runner.calls('curl'), []);
    assert.equal(runner.calls('cargo').length, 1);
  });
}

test('a download that fails is said, and the source is built', () => {
  const runner = release();
  runner.stub('curl', 'exit 22');
  const job = runner.use({}, remote);
  assert.equal(job.conclusion, 'success', log(job));
  assert.ok(log(job).includes('::warning title=tollgate::the prebuilt program could not be downloaded'), log(job));
  assert.equal(runner.calls('cargo').length, 1);
});

test('without a release that is said, and the source is built', () => {
  const runner = new Runner();
  const job = runner.use({}, remote);
  assert.ok(log(job).includes('there is no checksums.txt beside action.yml'), log(job));
  assert.equal(runner.calls('cargo').length, 1);
});

test('a server without TLS is refused', () => {
  const runner = release();
  const job = runner.use({}, { ...remote, github: { server_url: 'http://github.example' } });
  assert.equal(status(job), 2, log(job));
  assert.deepEqual(runner.calls('curl'), []);
});

test('GitHub Enterprise is asked where the action is from there', () => {
  const runner = release();
  runner.use({}, { ...remote, github: { server_url: 'https://github.example' } });
  assert.match(runner.calls('curl')[0].arguments.at(-1), /^https:\/\/github\.example\/OWNER\/REPO\//);
});

test('cargo binstall is asked only for a version, by the manifest of the action, without a token or a third party', () => {
  const runner = new Runner();
  runner.stub('cargo-binstall', '');
  runner.use({}, remote);
  assert.ok(runner.calls('cargo').every((call) => call.arguments[0] !== 'binstall'));
  const asked = new Runner();
  asked.stub('cargo-binstall', '');
  const job = asked.use({ version }, remote);
  assert.equal(job.conclusion, 'success', log(job));
  const [binstall, install] = asked.calls('cargo').map((call) => call.arguments);
  assert.equal(binstall[0], 'binstall');
  for (const flag of ['--no-discover-github-token', 'crate-meta-data', `tollgate@=${version}`]) assert.ok(binstall.includes(flag), flag);
  assert.equal(binstall[binstall.indexOf('--pkg-url') + 1], `https://github.com/OWNER/REPO/releases/download/v${version}/tollgate-{ target }.tar.gz`);
  assert.equal(install[0], 'install', 'what binstall did not install is built');
});
