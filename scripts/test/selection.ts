/** The projects of jest.config.js whose tests use a broker. */
const brokerProjects = ['contract', 'integration', 'e2e'];

/** Jest's arguments that end at once without running a test. */
const informative = ['--help', '-h', '--version', '-v', '--showConfig', '--listTests', '--clearCache'];

/** Whether a run of Jest with these arguments may run a test that uses a broker. Whatever is not understood counts as yes. */
export function needsBroker(jestArguments: readonly string[]): boolean {
  if (jestArguments.some((argument) => informative.includes(argument))) return false;
  const selected = valuesOf('--selectProjects', jestArguments);
  const ignored = valuesOf('--ignoreProjects', jestArguments);
  return brokerProjects.some(
    (project) => (selected.length === 0 || selected.includes(project)) && !ignored.includes(project),
  );
}

/** The values of an option that takes several, given as `--option a b` or `--option=a`. */
function valuesOf(option: string, jestArguments: readonly string[]): string[] {
  const values: string[] = [];
  let collecting = false;
  for (const argument of jestArguments) {
    if (argument.startsWith(`${option}=`)) values.push(argument.slice(option.length + 1));
    if (argument.startsWith('-')) collecting = argument === option;
    else if (collecting) values.push(argument);
  }
  return values;
}
