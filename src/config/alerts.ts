import * as z from 'zod'
import { alertTopics } from '../domain/alerts/alert.ts'
import { choice, duration, noted, path } from './fields.ts'
import { Secret, type AlertChannelPolicy, type AlertWay } from './policy.ts'

const channelName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/
/** A token of RFC 9110, without the headers that are ours to set. */
const headerName =
  /^(?!(?:content-type|content-length|host|connection|transfer-encoding)$)[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/i
const topics = alertTopics.map((topic) => `"${topic}"`).join(', ')

const variable = (allowed: string, reason: string) =>
  noted(z.string().regex(variableName).optional(), {
    kind: 'text',
    allowed,
    reason,
    unit: null,
    default: null,
  })

/** The keys of one `[[alerts]]` table. */
export const alertFields = {
  name: noted(z.string().regex(channelName), {
    kind: 'text',
    allowed: 'a name of 1 to 64 letters, digits, ".", "_" and "-", such as "ops"',
    reason: 'What it is called in status and messages; what it was told is remembered under it.',
    unit: null,
    default: null,
  }),
  kind: choice(
    ['webhook', 'command', 'log'],
    'webhook',
    "webhook: JSON by HTTP POST. command: JSON on a program's stdin. log: a line in the daemon's log.",
  ),
  url: noted(
    z
      .string()
      .max(4_000)
      .regex(/^https?:\/\/\S+$/)
      .refine((text) => URL.canParse(text))
      .optional(),
    {
      kind: 'text',
      allowed:
        'an http or https address, such as "http://127.0.0.1:9093/alerts" (one that is a secret belongs in url_env or url_file)',
      reason: 'Where a webhook is. Redirects are not followed.',
      unit: null,
      default: null,
      secret: true,
    },
  ),
  url_env: variable(
    'the name of a variable, such as "SLACK_WEBHOOK_URL"',
    'The variable that holds its address.',
  ),
  url_file: path(
    'A file that holds nothing but its address. "$CREDENTIALS_DIRECTORY/NAME" is a credential of the systemd unit.',
  ),
  headers_env: noted(z.record(z.string().regex(headerName), z.string().regex(variableName)).prefault({}), {
    kind: 'structured',
    allowed: 'a table of names of headers and variables, such as { Authorization = "ALERT_AUTHORIZATION" }',
    reason: 'Headers of a webhook, with the variables that hold their values.',
    unit: null,
    default: null,
  }),
  command: noted(
    z
      .array(
        z
          .string()
          .max(131_072)
          .regex(/^[^\0]*$/),
      )
      .min(1)
      .max(1000)
      .refine((words) => words[0] !== '', { path: [0] })
      .optional(),
    {
      kind: 'structured',
      allowed: 'a list of words that starts with a program, such as ["/usr/local/bin/page", "ops"]',
      reason: 'The program and its arguments; no shell reads them. Exit code 0: it was told.',
      unit: null,
      default: null,
    },
  ),
  env_pass: noted(z.array(z.string().regex(variableName)).max(1000).prefault([]), {
    kind: 'structured',
    allowed: 'a list of variable names, such as ["SMTP_PASSWORD"]',
    reason: 'Variables that the program gets beside PATH, HOME, USER, LANG, LC_*, TZ and TMPDIR.',
    unit: null,
    default: null,
  }),
  on: noted(
    z
      .array(z.literal([...alertTopics]))
      .min(1)
      .max(alertTopics.length)
      .prefault([...alertTopics]),
    {
      kind: 'structured',
      allowed: `a list of ${topics}`,
      reason: 'What it is told of. All by default.',
      unit: null,
      default: null,
    },
  ),
  min_interval: duration(
    '1m',
    ['0s', '1d'],
    'Of one and the same trouble it is told at most so often; what happens meanwhile is folded into one alert.',
  ),
  timeout: duration('10s', ['100ms', '5m'], 'How long one try may take.'),
}

/** Each is told of everything. */
export const alertsMax = 50

export const alertsSchema = z
  .array(z.strictObject(alertFields))
  .max(alertsMax)
  .prefault([])
  .meta({ description: 'Who is told when something goes wrong, and when it is over.' })

type ParsedAlert = z.output<typeof alertsSchema>[number]

/** @param absolute makes a path absolute; a systemd credential's place is put in before */
export function alertOf(parsed: ParsedAlert, absolute: (path: string) => string): AlertChannelPolicy {
  return {
    name: parsed.name,
    way: wayOf(parsed, absolute),
    topics: [...new Set(parsed.on)],
    minIntervalMs: parsed.min_interval,
    timeoutMs: parsed.timeout,
  }
}

function wayOf(parsed: ParsedAlert, absolute: (path: string) => string): AlertWay {
  if (parsed.kind === 'log') return { kind: 'log' }
  if (parsed.kind === 'command') {
    const [program = '', ...rest] = parsed.command ?? []
    return { kind: 'command', command: [program, ...rest], envPass: [...new Set(parsed.env_pass)] }
  }
  const { url = '', url_env: env, url_file: file } = parsed
  const from =
    env !== undefined ? { env } : file !== undefined ? { file: absolute(file) } : { text: new Secret(url) }
  return { kind: 'webhook', url: from, headers: parsed.headers_env }
}
