/**
 * Generates docs/configuration.md, docs/errors.md and docs/metrics.md from tables in the source, and the code in docs/clients.md and
 * docs/resource-servers.md from files.
 * With --check, writes nothing and fails when a document is out of date.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

import { documentLimits, limitMessage } from '../src/authorization/document-limits.js';
import { COST_EXCESS } from '../src/authorization/operation-check.js';
import { requestErrors, resultErrors, type ErrorCode, type RequestErrorCode } from '../src/errors.js';
import type { Variable } from '../src/config/variable.js';
import { variables, variablesByTopic } from '../src/config/variables.js';
import { application } from '../src/server/application.js';
import { metricDefinitions, type MetricDefinition } from '../src/server/metrics/definitions.js';
import {
  ASSUMED_LIST_SIZE,
  BODY_LIMIT_BYTES,
  HEAD_LIMIT_BYTES,
  OPERATION_DEADLINE_SECONDS,
  REQUEST_TIMEOUT_SECONDS,
} from '../src/values/policy.js';
import { ownRequestErrors, ownResultErrors, type ErrorEntry } from '../src/values/error-tables.js';

const required = Object.entries<Variable>({ ...variables, ...application.variables }).filter(
  ([, { requiredInProduction }]) => requiredInProduction,
);
const notice = '<!-- Written by `npm run docs`. Change the source, not this file. -->';

const page = (...blocks: readonly string[]): string => `${blocks.join('\n\n')}\n`;

const bullets = (lines: readonly string[]): string => lines.map((line) => `- ${line}`).join('\n');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
};

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const valueOf = ({ format, example }: Variable): string =>
  example === undefined ? sentence(format.form) : `${sentence(format.form)}, such as \`${example}\``;

const defaultOf = ({ default: fallback, otherwise, unit }: Variable): string => {
  if (fallback === undefined) return otherwise ?? 'none';
  return unit === undefined ? `\`${fallback}\`` : `\`${fallback}\` ${unit}`;
};

const configuration = (): string =>
  page(
    '# Configuration',
    notice,
    `Gatehouse reads its configuration from environment variables, once, when it starts. If any of them is invalid, the server does not
start and reports all problems at once, one line per variable and without values. An empty variable counts as unset.`,
    `Every variable can also be read from a file: \`ENCRYPTION_KEYS_FILE=/run/secrets/encryption-keys\` sets
\`ENCRYPTION_KEYS\` to the content of that file, without the line break at its end. Setting both is an error. The log warns if
other users of the machine can read or change a file with a secret, except below \`/run/secrets\`, where Docker and Kubernetes mount files that
every user of a container can read: run \`chmod 600\` on it.`,
    `In development, the file \`.env\` in the folder in which the server or a command is started is read too, if there is one:
lines of \`NAME=value\`, as in [.env.example](../.env.example). A value that contains \`#\` or begins with a space must be quoted.
A variable of the environment takes precedence over the file, also when it is empty and in whichever form it is set, \`NAME\` or
\`NAME_FILE\`. The file can set \`NODE_ENV=development\`, but not \`production\`, and it is not read if the environment sets
\`NODE_ENV\` to \`production\` or \`test\`. Git and Docker ignore it.`,
    `A variable that nothing reads and that resembles one of these names, such as \`MAIL_FORM\`, is reported at startup by its name.`,
    '## Development and production',
    `Without any variable, the server runs in development: it listens on 127.0.0.1, keeps its data in \`DATA_DIR\`, and generates missing
keys there. It accepts another \`HOST\` or a \`DATABASE_URL\` only if \`NODE_ENV\` is set explicitly. With the embedded database,
the data and the keys that seal it are in the same folder: anyone who can read \`DATA_DIR\` can read both.`,
    `With \`NODE_ENV=production\`, nothing is generated, and these variables are required:`,
    bullets([
      ...required.map(([name, { format }]) => `\`${name}\`: ${format.form}`),
      '`JWT_SECRETS`, if `SIGNING_ALGORITHM=HS256`',
    ]),
    `\`PUBLIC_URL\` and \`APP_URL\` must begin with \`https://\`, except on this machine. A secret that is short, has low entropy or is a
published sample is rejected in every environment. \`npm run cli -- secret generate\` prints a good one.`,
    ...Object.entries<Readonly<Record<string, Variable>>>({
      ...variablesByTopic,
      ...(Object.keys(application.variables).length > 0 ? { Application: application.variables } : {}),
    }).flatMap(([topic, variables]) => [
      `## ${topic}`,
      table(
        ['Variable', 'Value', 'Default', 'Description'],
        Object.entries(variables).map(([name, variable]) => [
          `\`${name}\``,
          valueOf(variable),
          defaultOf(variable),
          variable.reason,
        ]),
      ),
    ]),
  );

/** Every status of a response to a request that does not reach GraphQL. */
const statuses: readonly (readonly [status: number, code: ErrorCode | RequestErrorCode, when: string])[] = [
  [
    400,
    'BAD_REQUEST',
    'The bytes are not an HTTP request; the request target, a header or the body is malformed, or is not UTF-8; a GET has no header that forces a preflight.',
  ],
  [404, 'BAD_REQUEST', 'Nothing is at this path.'],
  [
    405,
    'BAD_REQUEST',
    'The path does not support the method, or a mutation was sent by GET. `Allow` lists the supported methods.',
  ],
  [
    408,
    'BAD_REQUEST',
    `The request was not complete within ${String(REQUEST_TIMEOUT_SECONDS)} seconds of its start, or of the connection's. The connection is closed within one more second.`,
  ],
  [413, 'BAD_REQUEST', `The body is longer than ${String(BODY_LIMIT_BYTES / 1024)} KiB.`],
  [415, 'BAD_REQUEST', 'The body is not `application/json` in UTF-8, or it is compressed.'],
  [417, 'BAD_REQUEST', '`Expect` has a value other than `100-continue`.'],
  [
    431,
    'BAD_REQUEST',
    `The request line or the headers are longer than ${String(HEAD_LIMIT_BYTES / 1024)} KiB; a URL that is too long is one of these. The connection is closed.`,
  ],
  [
    503,
    'SERVICE_UNAVAILABLE',
    `The server is closing: try again on another instance, or after \`Retry-After\`. Or the operation did not end within ${String(OPERATION_DEADLINE_SECONDS)} seconds: the fields of a mutation that had started may have taken effect.`,
  ],
];

/** Our errors in the order of the table, then those of the application. */
const errorRows = <Row extends ErrorEntry>(
  own: Readonly<Record<string, Row>>,
  all: Readonly<Record<string, Row>>,
  cells: (row: Row) => readonly string[],
) => [
  ...Object.entries(own).map(([code, row]) => [`\`${code}\``, ...cells(row)]),
  ...Object.entries(all)
    .filter(([code]) => !Object.hasOwn(own, code))
    .map(([code, row]) => [`\`${code}\` (of the application)`, ...cells(row)]),
];

const limitRows = [
  ...Object.values(documentLimits).map(({ counted, excess, max }) => [
    counted,
    max.toLocaleString('en'),
    limitMessage({ excess, max }),
  ]),
  [
    'Cost of the operation',
    '`MAX_QUERY_COST`',
    limitMessage({ excess: COST_EXCESS, max: Number(variables.MAX_QUERY_COST.default) }),
  ],
];

const yesOrNo = (isTrue: boolean): string => (isTrue ? 'yes' : 'no');

const errorCodes = (): string =>
  page(
    '# Errors',
    notice,
    `A client follows one rule: *refresh once on HTTP 401 or on code \`UNAUTHENTICATED\`, never on \`FORBIDDEN\`*. Later versions may
add codes, so keep a \`default:\` in every switch.`,
    `The messages below are those of production. Where introspection is on, as in development, the message of a request error says
what is wrong instead: the unknown field, argument or type with the nearest known ones, the missing variable, or the header that is
required. No message repeats a value. The message of \`QUERY_TOO_COMPLEX\` names the limit everywhere.`,
    `\`retryable\` means that the identical request may succeed later without being changed. It is false where the client has to
change something first.`,
    '## Failures in results',
    `A failure that the caller can expect is a member of the result union of the operation. It implements \`ErrorResult\` with
\`code\` (the enum \`ErrorCode\`), \`message\` and \`retryable\`. The HTTP status is 200. A value of the right GraphQL type but of an
invalid form, such as a name that is too long, is one of these failures.`,
    table(
      ['Code', 'Message', 'Retryable', 'Meaning'],
      errorRows(ownResultErrors, resultErrors, ({ message, retryable, meaning }) => [
        message,
        yesOrNo(retryable),
        meaning,
      ]),
    ),
    `With \`RATE_LIMITED\`, the response also has the header \`Retry-After\`.`,
    '## Request errors',
    `A failure that the caller could not expect is an entry of \`errors\` with \`extensions.code\` (the enum \`RequestErrorCode\`) and
\`extensions.retryable\`. The HTTP status applies when the error is the whole response; an error at a nested field never sets
the status.`,
    table(
      ['Code', 'HTTP', 'Message', 'Retryable', 'Meaning'],
      errorRows(ownRequestErrors, requestErrors, ({ message, retryable, meaning, status }) => [
        String(status),
        message,
        yesOrNo(retryable),
        meaning,
      ]),
    ),
    '## Limits of documents',
    `A document that exceeds one of these limits is rejected with \`QUERY_TOO_COMPLEX\` before it is executed, and the message names
the limit. Where introspection is on, it also states the number in the document, if that can be counted in time.`,
    table(['Counted', 'Maximum', 'Message'], limitRows),
    `The cost of an operation is the number of fields that its response can contain. What is below a list counts once for each
element: as many as the argument \`first\` or \`last\` of the list or its connection states, otherwise its default, otherwise
${String(ASSUMED_LIST_SIZE)}. For example, \`users(first: 50) { nodes { id email } }\` costs 1 + 1 + 50 × 2 = 102. Fragments and aliases count
wherever they are used. The lists of an introspection count as one element.`,
    `These limits exist as well: \`exportMyData\` can be selected once per document, and a document in which validation would have to
compare too many pairs of fields is rejected.`,
    '## HTTP statuses',
    `A request that cannot be read, or whose path does not exist, is rejected before GraphQL with the same format: one entry of
\`errors\` with \`code\` and \`retryable\`. Every response has an \`X-Request-Id\`.`,
    table(
      ['HTTP', 'Code', 'When'],
      statuses.map(([status, code, when]) => [String(status), `\`${code}\``, when]),
    ),
  );

const labelOf = ([label, values]: [string, readonly string[] | string]): string =>
  `\`${label}\`: ${typeof values === 'string' ? values : values.map((value) => `\`${value}\``).join(', ')}`;

const metrics = (): string =>
  page(
    '# Metrics',
    notice,
    `With \`METRICS_PORT\`, an instance serves metrics in the text format of Prometheus at \`/metrics\` on that port of \`METRICS_HOST\`. It responds within
about a second, also while the database does not. Each instance counts for itself, from its start.`,
    `Labels are names from the code, never values that a caller sent, so the number of time series does not depend on requests. The
metrics contain no address, no name and no secret.`,
    `[alerts.yml](../examples/prometheus/alerts.yml) has alert rules for Prometheus to start with.`,
    table(
      ['Metric', 'Type', 'Labels', 'Meaning', 'Alert'],
      Object.entries<MetricDefinition>(metricDefinitions).map(([name, { type, labels = {}, help, alert = '' }]) => [
        `\`${name}\``,
        type,
        Object.entries(labels).map(labelOf).join('; '),
        help,
        alert,
      ]),
    ),
    `The default metrics of prom-client follow, whose names begin with \`process_\` and \`nodejs_\`. Of these, alert on
\`nodejs_eventloop_lag_p99_seconds\` above 0.25: something blocks the process, and every request waits for it.`,
  );

const contentOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

/** Here both Apollo Clients are installed; where there is one, it bears its own name. */
const asInstalled = (source: string): string =>
  source.replaceAll(/apollo-client-3(\S*)\/index\.js/g, '@apollo/client$1');

/** Puts each file that the page names into the block that follows its name. */
const withFiles = (text: string): string =>
  text.replaceAll(
    /(<!-- npm run docs: (\S+) -->\n\n```(?:ts|py)\n)[^]*?(?=^```$)/gm,
    (_block, head: string, file: string) => head + asInstalled(readFileSync(file, 'utf8')),
  );

const documents = {
  'docs/configuration.md': configuration(),
  'docs/errors.md': errorCodes(),
  'docs/metrics.md': metrics(),
  'docs/clients.md': withFiles(readFileSync('docs/clients.md', 'utf8')),
  'docs/resource-servers.md': withFiles(readFileSync('docs/resource-servers.md', 'utf8')),
};

const write = (): void => {
  mkdirSync('docs', { recursive: true });
  for (const [file, text] of Object.entries(documents)) writeFileSync(file, text);
};

const check = (): void => {
  const stale = Object.entries(documents).filter(([file, text]) => contentOf(file) !== text);
  for (const [file] of stale) console.error(`${file} is out of date: run npm run docs.`);
  process.exitCode = stale.length === 0 ? 0 : 1;
};

if (process.argv.includes('--check')) check();
else write();
