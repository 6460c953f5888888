// A runner to execute workflows on: stubs in front of the system's programs, a workspace, and what was called with what.
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordingStub, runWorkflow } from '../run-steps.mjs';
import { root } from '../tools.mjs';

export const PIN = 'OWNER/REPO@0123456789abcdef0123456789abcdef01234567';
export const tollgate = process.env.TOLLGATE;
if (!tollgate || !existsSync(tollgate)) throw new Error('TOLLGATE must name the program under test');

const scratch = mkdtempSync(join(tmpdir(), 'tollgate-workflows-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
let made = 0;
export const fresh = (name) => {
  const directory = join(scratch, `${made++}-${name}`);
  mkdirSync(directory, { recursive: true });
  return directory;
};

/** The event of a file of tests/fixtures/github-events, changed by `change`. */
export function event(file, change = () => {}) {
  const read = JSON.parse(readFileSync(join(root, 'tests/fixtures/github-events', `${file}.json`), 'utf8'));
  change(read);
  return read;
}

/** What `tollgate init --ci github` writes. */
const written = fresh('written');
mkdirSync(join(written, '.git'));
const init = spawnSync(tollgate, ['init', '--ci', 'github', '--action', PIN], { cwd: written, encoding: 'utf8' });
if (init.status !== 0) throw new Error(init.stdout + init.stderr);

/** Our own workflows, and those of init: the same must be true of both. */
export const pairs = [
  { who: 'this repository', gate: join(root, '.github/workflows/gate.yml'), comment: join(root, '.github/workflows/comment.yml'), name: 'gate', path: '.github/workflows/gate.yml' },
  { who: 'tollgate init', gate: join(written, '.github/workflows/tollgate.yml'), comment: join(written, '.github/workflows/tollgate-comment.yml'), name: 'tollgate', path: '.github/workflows/tollgate.yml' },
];

/** The files of the action, in a directory that is called as GitHub's runner would call it. */
export function action(directory) {
  for (const name of ['action.yml', 'Cargo.toml', '.github/action']) cpSync(join(root, name), join(directory, name), { recursive: true });
  return directory;
}

/** A tollgate that records how it is called, measures nothing, and ends as the file beside it says. */
const RECORDER = `
here=$(dirname "$0")
case $1 in
--version) echo 'tollgate 0.1.0'; exit 0 ;;
check)
    for argument in "$@"; do
        case $argument in --run=*) run=\${argument#--run=} ;; esac
    done
    code=$(cat CODE)
    if [ "$code" != 2 ]; then echo '{"format":"tollgate-run"}' >"$run"; fi
    printf 'verdict=simulated\\nbroken=1\\nunresolved=2\\nmissing=3\\n' >>"$GITHUB_OUTPUT"
    exit "$code" ;;
comment) exit 0 ;;
esac
exit 2`;

export class Runner {
  /** `program`: what the stub of cargo installs; a recording stub where nothing is given. */
  constructor({ program, exit = 0 } = {}) {
    this.log = join(fresh('log'), 'calls');
    this.stubs = fresh('stubs');
    const code = join(this.stubs, 'exit-code');
    writeFileSync(code, String(exit));
    this.program = program ?? recordingStub(fresh('program'), 'tollgate', this.log, RECORDER.replace('CODE', `'${code}'`));
    recordingStub(this.stubs, 'cargo', this.log, `
before= root=
for argument in "$@"; do
    if [ "$before" = --root ]; then root=$argument; fi
    before=$argument
done
# Without --root (\`cargo binstall\`) nothing is installed: an empty one would be the machine's own /bin.
if [ -n "$root" ]; then mkdir -p "$root/bin" && cp '${this.program}' "$root/bin/tollgate"; fi`);
    recordingStub(this.stubs, 'rustup', this.log);
    recordingStub(this.stubs, 'curl', this.log, 'exit 22');
    this.workspace = action(fresh('workspace'));
    this.remote = action(join(fresh('work'), '_actions', ...PIN.split(/[/@]/)));
  }

  run(file, name, payload, more = {}) {
    return runWorkflow(file, {
      name, event: payload, workspace: this.workspace, path: [this.stubs, '/usr/bin', '/bin'], scratch: fresh('runner'),
      actions: { [PIN]: this.remote }, ...more,
    });
  }

  /** A workflow of one job that uses the action with these inputs. */
  use(inputs, { uses = './', env = {}, ...more } = {}) {
    const list = (record, indent) => Object.entries(record).map(([key, value]) => `${indent}${key}: ${JSON.stringify(value)}\n`).join('');
    const file = join(fresh('one'), 'one.yml');
    writeFileSync(file, `name: one\non: push\npermissions: {}\njobs:\n  one:\n    runs-on: ubuntu-24.04\n    env:\n${list({ CI: 'true', ...env }, '      ')}` +
      `    steps:\n      - id: it\n        uses: ${uses}\n        with:\n${list({ mode: 'check', ...inputs }, '          ')}`);
    return this.run(file, 'push', event('push'), more).jobs.one;
  }

  stub(name, script) {
    recordingStub(this.stubs, name, this.log, script);
  }

  /** What was called, in order. */
  calls(program) {
    if (!existsSync(this.log)) return [];
    const all = readFileSync(this.log, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
    return program ? all.filter((call) => call.program === program) : all;
  }

  /** How tollgate was called, without being asked for its version. */
  asked() {
    return this.calls('tollgate').filter((call) => call.arguments[0] !== '--version');
  }
}

export const executable = (file, text) => {
  writeFileSync(file, text);
  chmodSync(file, 0o755);
};
