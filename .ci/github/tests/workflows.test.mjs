// For each event: what is started, what tollgate is asked, who has a token, what is kept. Of our workflows and of those
// that `tollgate init --ci github` writes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOKEN, flat } from '../run-steps.mjs';
import { Runner, event, pairs } from './support.mjs';

const PULL_REQUESTS = {
  'a pull request': ['pull_request', 'pull_request.synchronize'],
  'a new pull request': ['pull_request', 'pull_request.opened'],
  'a pull request of a fork': ['pull_request', 'pull_request.synchronize.fork'],
  'a pull request of a deleted fork': ['pull_request', 'pull_request.synchronize.fork-deleted'],
};
const OTHERS = {
  'a merge group': ['merge_group', 'merge_group.checks_requested'],
};

const hasToken = (value) => JSON.stringify(value).includes(TOKEN);
const tokenNames = (env) => Object.keys(env).filter((name) => /TOKEN|SECRET/.test(name));
/** Of a push and a schedule only ours start by themselves; those of init wait for a baseline. */
const everything = (pair) => ({
  ...PULL_REQUESTS,
  ...OTHERS,
  ...(pair.name === 'gate'
    ? { 'a push to main': ['push', 'push'], 'a time table': ['schedule', 'schedule', (one) => { one.schedule = '23 4 * * 1'; }] }
    : { 'a button': ['workflow_dispatch', 'workflow_dispatch'] }),
});

for (const pair of pairs) {
  for (const [what, [name, file, change]] of Object.entries(everything(pair))) {
    test(`${pair.who}: ${what} is measured without a token, and its run is kept`, () => {
      const runner = new Runner();
      const ran = runner.run(pair.gate, name, event(file, change));
      assert.deepEqual(Object.keys(ran.jobs), ['measure']);
      const job = ran.jobs.measure;
      assert.equal(job.conclusion, 'success', JSON.stringify(job.steps, null, 1));
      assert.deepEqual(job.permissions, { contents: 'read' });
      assert.ok(!hasToken(job.steps), 'a step has the token');
      assert.ok(!hasToken(runner.calls()), 'a program has the token');
      for (const call of runner.calls()) assert.deepEqual(tokenNames(call.env), [], call.program);

      const [asked, ...more] = runner.asked();
      assert.deepEqual(more, []);
      const { temp } = { temp: asked.env.RUNNER_TEMP };
      assert.deepEqual(asked.arguments, ['check', `--run=${temp}/tollgate/run.json`]);
      assert.equal(asked.env.GITHUB_EVENT_NAME, name);
      assert.ok(Object.keys(asked.env).every((one) => !one.startsWith('TOLLGATE_')), 'inputs reach benchmarks');
      assert.deepEqual([...ran.artifacts.keys()], ['tollgate-run-1']);
      assert.equal(ran.artifacts.get('tollgate-run-1').file, 'run.json');

      const checkout = job.steps.find((step) => step.uses?.startsWith('actions/checkout@'));
      assert.deepEqual(checkout.with, { 'fetch-depth': '0', 'persist-credentials': 'false' });
      const [install] = runner.calls('cargo').map((call) => call.arguments);
      assert.ok(install.includes('--no-default-features') && !install.includes('--features'), 'measuring needs no client of GitHub');
    });
  }

  test(`${pair.who}: other events start nothing`, () => {
    for (const [name, file, change] of [
      ['pull_request', 'pull_request.opened', (one) => { one.action = 'labeled'; }],
      ['pull_request', 'pull_request.opened', (one) => { one.action = 'closed'; }],
      ['pull_request_target', 'pull_request.opened'],
      ['push', 'push', (one) => { one.ref = 'refs/heads/topic'; }],
      ['push', 'push.deleted'],
      ['workflow_run', 'workflow_run.completed'],
    ]) {
      const runner = new Runner();
      assert.equal(runner.run(pair.gate, name, event(file, change)).started, false, `${name} ${file}`);
      assert.deepEqual(runner.calls(), []);
    }
  });

  for (const code of [1, 3, 4]) {
    test(`${pair.who}: a gate that ends with ${code} fails the job, and its run is kept`, () => {
      const ran = new Runner({ exit: code }).run(pair.gate, 'pull_request', event('pull_request.synchronize'));
      const { conclusion, steps } = ran.jobs.measure;
      assert.equal(conclusion, 'failure');
      const gate = steps.find((step) => step.outputs?.run);
      assert.equal(gate.conclusion, 'failure');
      assert.equal(gate.outputs['exit-code'], String(code));
      assert.deepEqual([gate.outputs.verdict, gate.outputs.broken, gate.outputs.unresolved, gate.outputs.missing], ['simulated', '1', '2', '3']);
      assert.equal(steps.at(-1).conclusion, 'success');
      assert.deepEqual([...ran.artifacts.keys()], ['tollgate-run-1']);
    });
  }

  test(`${pair.who}: a gate that could not judge fails, and so does keeping a run that is not there`, () => {
    const ran = new Runner({ exit: 2 }).run(pair.gate, 'pull_request', event('pull_request.synchronize'));
    assert.equal(ran.jobs.measure.conclusion, 'failure');
    assert.equal(ran.jobs.measure.steps.at(-1).conclusion, 'failure');
    assert.equal(ran.artifacts.size, 0);
  });

  test(`${pair.who}: each attempt at a run has an artifact of its own`, () => {
    const first = new Runner({ exit: 1 }).run(pair.gate, 'pull_request', event('pull_request.synchronize'));
    const again = new Runner().run(pair.gate, 'pull_request', event('pull_request.synchronize'), {
      artifacts: first.artifacts, github: { run_attempt: '2' },
    });
    assert.equal(again.jobs.measure.conclusion, 'success');
    assert.deepEqual([...again.artifacts.keys()], ['tollgate-run-1', 'tollgate-run-2']);
  });

  test(`${pair.who}: a cancelled run keeps nothing`, () => {
    const ran = new Runner().run(pair.gate, 'pull_request', event('pull_request.synchronize'), { cancelAfter: 'gate' });
    assert.equal(ran.jobs.measure.conclusion, 'cancelled');
    assert.equal(ran.jobs.measure.steps.at(-1).conclusion, 'skipped');
    assert.equal(ran.artifacts.size, 0);
  });

  test(`${pair.who}: newer commits cancel runs of the same pull request, and of nothing else`, () => {
    const group = (name, file, change, more) => {
      const { group: found, cancels } = new Runner().run(pair.gate, name, event(file, change), more);
      return [found, cancels];
    };
    const [one, cancels] = group('pull_request', 'pull_request.synchronize');
    assert.equal(cancels, true);
    assert.equal(group('pull_request', 'pull_request.synchronize.fork', undefined, { github: { run_id: '9' } })[0], one);
    assert.notEqual(group('pull_request', 'pull_request.synchronize', (it) => { it.number = it.pull_request.number = 77; })[0], one);
    const queue = (run) => group('merge_group', 'merge_group.checks_requested', undefined, { github: { run_id: run } });
    assert.equal(queue('1')[1], false);
    assert.notEqual(queue('1')[0], queue('2')[0]);
  });

  const ended = (file, change = () => {}) => event(file, (one) => {
    one.workflow_run.name = pair.name;
    one.workflow_run.path = one.workflow_run.path.replace('.github/workflows/gate.yml', pair.path);
    change(one);
  });

  for (const [what, file, change] of [
    ['of a pull request', 'workflow_run.completed'],
    ['of a fork', 'workflow_run.completed.fork'],
    ['that failed', 'workflow_run.completed', (one) => { one.workflow_run.conclusion = 'failure'; }],
    ['that was cancelled', 'workflow_run.completed', (one) => { one.workflow_run.conclusion = 'cancelled'; }],
    ['of a merge group', 'workflow_run.completed', (one) => { one.workflow_run.event = 'merge_group'; }],
    ['that was tried again', 'workflow_run.completed', (one) => { one.workflow_run.run_attempt = 2; }],
  ]) {
    test(`${pair.who}: the end of a run ${what} is posted, and only what posts has the token`, () => {
      const runner = new Runner();
      const ran = runner.run(pair.comment, 'workflow_run', ended(file, change));
      const job = ran.jobs.post;
      assert.equal(job.conclusion, 'success', JSON.stringify(job.steps, null, 1));
      assert.deepEqual(job.permissions, { actions: 'read', contents: 'read', 'pull-requests': 'write', checks: 'write', statuses: 'write' });
      assert.deepEqual(runner.asked().map((call) => call.arguments), [['comment', `--workflow=${pair.path}`]]);
      assert.equal(runner.asked()[0].env.GITHUB_TOKEN, TOKEN);
      for (const call of runner.calls()) {
        assert.ok(!hasToken(call.arguments), `${call.program} was given the token as an argument`);
        if (call.arguments[0] !== 'comment') {
          assert.ok(!hasToken(call.env), `${call.program} ${call.arguments[0]} has the token`);
          assert.deepEqual(tokenNames(call.env), [], call.program);
        }
      }
      const holders = flat(job.steps).filter((step) => hasToken(step.env ?? {})).map((step) => step.name);
      assert.deepEqual(holders, ['Post']);
      assert.ok(flat(job.steps).every((step) => !hasToken(step.script ?? '')), 'the token is written into a script');
      assert.ok(!job.steps.some((step) => hasToken(step.log ?? '')), 'the token is printed');

      const checkout = job.steps.find((step) => step.uses?.startsWith('actions/checkout@'));
      assert.deepEqual(checkout.with, { 'persist-credentials': 'false' });
      const [install] = runner.calls('cargo').map((call) => call.arguments.join(' '));
      assert.match(install, /--no-default-features --features github/);
      assert.equal(ran.cancels, false);
    });
  }

  for (const [what, change] of [
    ['for a push', (one) => { one.workflow_run.event = 'push'; }],
    ['for a time table', (one) => { one.workflow_run.event = 'schedule'; }],
    ['for pull_request_target', (one) => { one.workflow_run.event = 'pull_request_target'; }],
    ['of another file that took the name', (one) => { one.workflow_run.path = '.github/workflows/x.yml'; }],
    ['of a file whose name begins like ours', (one) => { one.workflow_run.path = `${pair.path}.yml`; }],
    ['of a file in another place', (one) => { one.workflow_run.path = `x/${pair.path}`; }],
    ['in another repository', (one) => { one.workflow_run.repository.id = 1; }],
    ['that waits for approval', (one) => { one.workflow_run.conclusion = 'action_required'; }],
  ]) {
    test(`${pair.who}: a run ${what} is not posted`, () => {
      for (const file of ['workflow_run.completed', 'workflow_run.completed.fork']) {
        const runner = new Runner();
        const ran = runner.run(pair.comment, 'workflow_run', ended(file, change));
        assert.equal(ran.jobs.post.conclusion, 'skipped');
        assert.deepEqual(runner.calls(), []);
      }
    });
  }

  test(`${pair.who}: a workflow of another name, and one that only began, start no comment`, () => {
    const started = (change) => new Runner().run(pair.comment, 'workflow_run', ended('workflow_run.completed', change)).started;
    assert.equal(started((one) => { one.workflow_run.name = 'other'; }), false);
    assert.equal(started((one) => { one.action = 'requested'; }), false);
    assert.equal(started(), true);
  });

  test(`${pair.who}: comments wait for each other on one branch of one repository only`, () => {
    const group = (change) => new Runner().run(pair.comment, 'workflow_run', ended('workflow_run.completed', change)).group;
    const one = group();
    assert.equal(group((it) => { it.workflow_run.id = 9; }), one);
    assert.notEqual(group((it) => { it.workflow_run.head_branch = 'other'; }), one);
    assert.notEqual(group((it) => { it.workflow_run.head_repository.id = 9; }), one);
    // A run that waits is dropped for a later one of its group: runs that are not told of have groups of their own.
    assert.notEqual(group((it) => { it.workflow_run.workflow_id = 9; it.workflow_run.path = '.github/workflows/x.yml'; }), one);
    assert.notEqual(group((it) => { it.workflow_run.event = 'push'; }), one);
  });
}
