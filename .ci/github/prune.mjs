// Cuts GitHub's published OpenAPI description to the requests that tollgate sends, with every schema that they reach.
// Whole, prism needs 52 s and 354 MB to start with it; cut, 4 s. Nothing of what is kept is changed, but for the path
// below which GitHub Enterprise Server has its API: it moves from `servers`, which prism does not look at, to the paths.
//
//   node prune.mjs node_modules/@octokit/openapi/generated/api.github.com.json pruned.json

import { readFileSync, renameSync, writeFileSync } from "node:fs";

const repository = "/repos/{owner}/{repo}";

/** What tollgate may send. A request that is not here is refused by the contract tests. */
const kept = {
  "/issues/{issue_number}/comments": ["get", "post"],
  "/issues/comments/{comment_id}": ["get", "patch", "delete"],
  "/pulls": ["get"],
  "/pulls/{pull_number}": ["get"],
  "/actions/runs/{run_id}": ["get"],
  "/actions/runs/{run_id}/artifacts": ["get"],
  "/actions/artifacts/{artifact_id}/{archive_format}": ["get"],
  "/check-runs": ["post"],
  "/check-runs/{check_run_id}": ["get", "patch"],
  "/commits/{ref}/check-runs": ["get"],
  "/statuses/{sha}": ["post"],
};

/** The path of the only server, such as `/api/v3`; empty for github.com. */
function basePath(description) {
  const [server, ...others] = description.servers ?? [];
  if (!server || others.length > 0) throw new Error("the description names no server, or several");
  return server.url.replace(/^[^/]*\/\/[^/]*/, "").replace(/\/$/, "");
}

/** The part of `components` that `root` reaches. */
function reachable(root, components) {
  const found = {};
  const open = [root];
  while (open.length > 0) {
    const node = open.pop();
    if (node === null || typeof node !== "object") continue;
    const reference = typeof node.$ref === "string" ? /^#\/components\/([^/]+)\/(.+)$/.exec(node.$ref) : null;
    if (reference) {
      const [, kind, escaped] = reference;
      const name = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
      const target = components[kind]?.[name];
      if (target === undefined) throw new Error(`${node.$ref} leads nowhere`);
      if (found[kind]?.[name] === undefined) {
        (found[kind] ??= {})[name] = target;
        open.push(target);
      }
    }
    open.push(...Object.values(node));
  }
  return found;
}

export function prune(description) {
  const { paths, components, webhooks: _, "x-webhooks": __, ...rest } = description;
  const base = basePath(description);
  const pruned = {};
  for (const [path, verbs] of Object.entries(kept)) {
    const whole = paths[repository + path];
    const missing = verbs.filter((verb) => whole?.[verb] === undefined);
    if (missing.length > 0) throw new Error(`the description has no ${missing.join(", ")} of ${repository}${path}`);
    const others = Object.entries(whole).filter(([key]) => key === "parameters" || verbs.includes(key));
    pruned[base + repository + path] = Object.fromEntries(others);
  }
  return { ...rest, paths: pruned, components: reachable(pruned, components) };
}

const [source, target] = process.argv.slice(2);
if (!source || !target) {
  console.error("usage: node prune.mjs DESCRIPTION PRUNED");
  process.exit(2);
}
const text = JSON.stringify(prune(JSON.parse(readFileSync(source, "utf8"))));
// Beside, then renamed: whoever reads it at the same time gets all or nothing.
const beside = `${target}.${process.pid}`;
writeFileSync(beside, text);
renameSync(beside, target);
console.log(`${target}: ${Object.keys(kept).length} paths, ${Math.round(text.length / 1024)} KiB`);
