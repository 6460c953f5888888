// Starts prism for the tests: `node prism.mjs TOOLS proxy ..`, arguments as prism has them.
//
// Two things that its command line does not do. It ends when standard input ends, that is, with the process that started
// it, however that one ends. And it hands a redirection on to the client, instead of following it: GitHub redirects to
// artifacts, and where a client takes its token then is for tests to see. What is valid is prism's own affair.

import { createRequire } from "node:module";
import { join } from "node:path";

process.stdin.on("end", () => process.exit()).resume();

const [tools] = process.argv.splice(2, 1);
const own = createRequire(join(tools, "node_modules/@stoplight/prism-http/package.json"));
const fetch = own("node-fetch");
const manual = (url, options) => fetch(url, { ...options, redirect: "manual" });
own.cache[own.resolve("node-fetch")].exports = Object.assign(manual, fetch, { default: manual });

createRequire(join(tools, "package.json"))("@stoplight/prism-cli/dist/index.js");
