// The rooms of src/ in their order: a room may import only rooms above it (docs/architecture.md).
const rooms = [
  'util',
  'errors',
  'lifecycle',
  'config',
  'logging',
  'codec',
  'transport',
  'exchange',
  'intercept',
  'interact',
  'process',
  'supervisor',
  'app',
  'container',
  'agent',
  'shell',
  'cli',
  'apps',
  'testing',
];

/** The public API is made of every room above `apps`, so only `apps` and `testing` may read it. */
function laterThan(index) {
  const later = rooms.slice(index + 1).map((room) => `${room}/`);
  const doors = index < rooms.indexOf('apps') ? ['index\\.ts', 'main\\.ts'] : ['main\\.ts'];
  return `^src/(${[...later, ...doors].join('|')})`;
}

const below = rooms.map((room, index) => ({
  name: `${room}-imports-only-rooms-above`,
  severity: 'error',
  comment: 'Declare a narrow interface in this room and let container/ pass the real object in.',
  from: { path: `^src/${room}/` },
  to: { path: laterThan(index) },
}));

module.exports = {
  forbidden: [
    ...below,
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'Two files that import each other are one file, or hide a third.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'through-the-door',
      severity: 'error',
      comment:
        'A room is entered through its index.ts (transport/amqp and transport/embedded have their own).',
      from: { path: '^src/([^/]+)/' },
      to: {
        path: '^src/[^/]+/',
        pathNot: ['^src/$1/', '^src/[^/]+/index\\.ts$', '^src/transport/(amqp|embedded)/index\\.ts$'],
      },
    },
    {
      name: 'known-room',
      severity: 'error',
      comment: 'A new folder of src/ takes its place in the list of rooms first.',
      from: {},
      to: { path: '^src/[^/]+/', pathNot: `^src/(${rooms.join('|')})/` },
    },
    {
      name: 'apps-know-only-the-public-api',
      severity: 'error',
      from: { path: '^src/apps/' },
      to: { path: '^src/', pathNot: ['^src/apps/', '^src/index\\.ts$'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|node_modules)/' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.cjs', '.mjs'] },
  },
};
