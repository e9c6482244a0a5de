import { describeErrors, type ErrorDescription, factsOf } from '../../src/errors/index.ts';

/** `docs/errors.md`: the catalogue of errors for readers. */
export function errorsDocument(): string {
  const errors = describeErrors();
  return `${[introduction, overview(errors), ...errors.map(section)].join('\n\n')}\n`;
}

const introduction = `# Errors

<!-- Written by \`npm run docs:errors\` from src/errors/catalogue.ts. Change it there. -->

Every error that a container raises is a \`ContainerError\` with a \`code\` of this list, or with a code that an application gave to its own
\`ApplicationError\`. Branch on \`code\`, or on the class where a code has its own; \`message\` is for people and may change. \`ioncore error CODE\`
prints an entry, \`ioncore error 503\` those of a status.

An error that a handler throws reaches its caller with code, message, status and \`details\`; codes of this list in their class, others as
\`RemoteError\`. What nobody foresaw, such as a \`TypeError\`, arrives as [Internal](#internal).
Stacks stay at home, unless the container is in development mode: then causes come with the error and its stack is in \`remoteStack\`.

*Executed* says whether the operation that was called may have run, which decides whether it may be called again; \`details.executed\` of an error,
where it is given, is more exact.`;

function overview(errors: readonly ErrorDescription[]): string {
  return [
    '| code | status | another try | executed | meaning |',
    '| --- | --- | --- | --- | --- |',
    ...errors.map(
      ({ code, status, retryable, executed, meaning }) =>
        `| [${code}](#${code.toLowerCase()}) | ${status} | ${retryable ? 'may help' : 'no'} | ${executed} | ${cell(meaning)} |`,
    ),
  ].join('\n');
}

function section(error: ErrorDescription): string {
  const { retry, executed, reach } = factsOf(error);
  return [
    `## ${error.code}`,
    '',
    `${error.meaning} Status ${error.status}, class \`${error.className}\`.`,
    '',
    `* What to do: ${error.remedy}`,
    `* Another try: ${retry}.`,
    `* Executed: ${executed}.`,
    `* Concerns: ${reach}.`,
    `* For example: \`${error.example}\``,
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
