// The real program in a real repository: the workflow that `tollgate init --ci github` writes, on the merge commit that
// GitHub would check out.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { flat } from '../run-steps.mjs';
import { Runner, event, fresh, pairs, tollgate } from './support.mjs';

const gate = pairs.find((pair) => pair.who === 'tollgate init').gate;

/** main with one commit, a branch with one more, something new on main, and their merge checked out. */
function repository(limit) {
  const directory = fresh('repository');
  const git = (...args) => {
    const ran = spawnSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args], {
      cwd: directory, encoding: 'utf8', env: { PATH: '/usr/bin:/bin', GIT_CONFIG_GLOBAL: '/dev/null', HOME: directory },
    });
    assert.equal(ran.status, 0, `git ${args.join(' ')}: ${ran.stderr}`);
    return ran.stdout.trim();
  };
  const write = (name, text) => writeFileSync(join(directory, name), text);
  const commit = (message) => {
    git('add', '-A');
    git('commit', '-q', '-m', message);
    return git('rev-parse', 'HEAD');
  };
  git('init', '-q', '-b', 'main');
  write('budgets.toml', `version = 1\n[defaults]\ntime = "20 s"\n[[suite]]\nname = "s"\ntool = "command"\ncommand = ["sh", "work.sh"]\n[[budget]]\nbench = "s/run"\nmax = "${limit}"\n`);
  write('work.sh', 'true\n');
  const old = commit('one');
  git('checkout', '-q', '-b', 'changes');
  write('work.sh', ': changed\n');
  const head = commit('two');
  git('checkout', '-q', 'main');
  write('README', 'somebody else\n');
  const main = commit('three');
  git('checkout', '-q', '--detach', 'main');
  git('merge', '-q', '--no-ff', '-m', 'merge', 'changes');
  return { directory, old, head, main, merge: git('rev-parse', 'HEAD') };
}

function measured(limit) {
  const there = repository(limit);
  const runner = new Runner({ program: tollgate });
  runner.workspace = there.directory;
  // A real compiler tells its version; nothing is compiled.
  const sysroot = spawnSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8' }).stdout.trim();
  symlinkSync(join(sysroot, 'bin/rustc'), join(runner.stubs, 'rustc'));
  const payload = event('pull_request.synchronize', (one) => {
    one.pull_request.head.sha = there.head;
    // As old as the last push: what it names is not what the merge was made onto.
    one.pull_request.base.sha = there.old;
    one.pull_request.base.ref = 'main';
  });
  const home = fresh('home');
  mkdirSync(join(home, '.cache'));
  const ran = runner.run(gate, 'pull_request', payload, { github: { sha: there.merge }, home });
  const steps = ran.jobs.measure.steps;
  return { ...there, ran, steps, log: flat(steps).map((step) => step.log ?? '').join(''), summary: ran.jobs.measure.summary };
}

for (const [what, limit, code, verdict] of [
  ['a budget that holds', '1 min', '0', 'pass'],
  ['a budget that is broken', '1 ns', '1', 'fail'],
]) {
  test(`${what}: the merge is measured against its first parent, and the run is kept`, () => {
    const { ran, steps, log, summary, main, merge, directory } = measured(limit);
    const outputs = steps.find((step) => step.outputs?.run)?.outputs;
    assert.ok(outputs, log);
    assert.equal(outputs['exit-code'], code, log);
    assert.equal(outputs.verdict, verdict);
    assert.equal(outputs.broken === '0', code === '0', outputs.broken);
    assert.equal(ran.jobs.measure.conclusion, code === '0' ? 'success' : 'failure');
    assert.deepEqual([...ran.artifacts.keys()], ['tollgate-run-1']);
    const { file, bytes } = ran.artifacts.get('tollgate-run-1');
    assert.equal(file, 'run.json');
    const run = JSON.parse(bytes);
    assert.equal(run.format, 'tollgate-run');
    assert.equal(run.header.base.commit, main, 'the base is what the merge was made onto, not pull_request.base.sha');
    assert.equal(run.header.candidate.commit, merge);
    assert.ok(summary.length > 0, 'nothing is in the step summary');

    // What the workflow keeps is what `tollgate comment` reads.
    const from = join(fresh('artifact'), file);
    writeFileSync(from, bytes);
    const shown = spawnSync(tollgate, ['comment', '--from', from, '--dry-run'], {
      cwd: directory, encoding: 'utf8', env: { PATH: '/usr/bin:/bin' },
    });
    assert.equal(shown.status, 0, shown.stderr);
    assert.match(shown.stdout, /<!-- tollgate:v1:key=default -->/);
  });
}
