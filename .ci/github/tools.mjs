// Packages of the tools folder. ECMAScript modules are not looked up through NODE_PATH, so that they are found by hand.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export const root = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');
export const tools = resolve(process.env.TOLLGATE_GITHUB_TOOLS || join(root, 'target/github-tools'));

if (!existsSync(join(tools, '.linters-2'))) {
  console.error(`the linters are not installed in ${tools}: run .ci/github/install-linters`);
  process.exit(2);
}

/** The package `name`, or the module `inside` of it. */
export async function load(name, inside) {
  const directory = join(tools, 'node_modules', name);
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const exported = manifest.exports?.[inside ? './*' : '.']?.import;
  if (typeof exported === 'string') {
    return import(pathToFileURL(join(directory, exported.replace('*', inside ?? ''))).href);
  }
  return loadCommon(name);
}

/** The CommonJS build of the package `name`. */
export const loadCommon = (name) => createRequire(join(tools, 'package.json'))(name);

/** A program that pip put there. */
export const python = (program) => join(tools, 'python/bin', program);

const yaml = await load('yaml');

/** YAML as GitHub reads it: version 1.2, so that `on` is a word. */
export function parseYaml(text, file) {
  const document = yaml.parseDocument(text, { version: '1.2', merge: false });
  if (document.errors.length > 0) {
    throw new Error(`${file}: ${document.errors[0].message}`);
  }
  return document.toJS() ?? {};
}
