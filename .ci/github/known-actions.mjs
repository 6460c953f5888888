// The actions of others that workflows here use: the pinned commits, and the inputs that their action.yml has there.
// Linters know inputs by tag only; an action that is not in this list is a finding.
const inputs = (...names) => Object.fromEntries(names.map((name) => [name, { description: name }]));

export const knownActions = {
  'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1': {
    name: 'Checkout',
    inputs: inputs('repository', 'ref', 'token', 'ssh-key', 'ssh-known-hosts', 'ssh-strict', 'ssh-user', 'persist-credentials',
      'path', 'clean', 'filter', 'sparse-checkout', 'sparse-checkout-cone-mode', 'fetch-depth', 'fetch-tags', 'show-progress',
      'lfs', 'submodules', 'set-safe-directory', 'github-server-url', 'allow-unsafe-pr-checkout'),
  },
  'actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f': {
    name: 'Upload a Build Artifact',
    inputs: {
      ...inputs('name', 'if-no-files-found', 'retention-days', 'compression-level', 'overwrite', 'include-hidden-files', 'archive'),
      path: { description: 'path', required: true },
    },
  },
};
