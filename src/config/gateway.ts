import * as z from 'zod'
import { choice, duration, flag, noted, numeric, path, size } from './fields.ts'
import type { GatewayPolicy, UpstreamPolicy } from './policy.ts'

/** An address and a port; whether it is of this machine alone is `gatewayFindings`' to say, with its reason. */
const listenPattern = /^(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):(\d{1,5})$/
const standardListen = '127.0.0.1:0'

/** The keys of `[gateway]` but its upstreams. */
export const gatewayFields = {
  enabled: flag(
    true,
    'Whether the gateway runs. It needs at least one upstream; without any there is nothing to open, and no port is.',
  ),
  listen: noted(
    z
      .string()
      .regex(listenPattern)
      .refine((text) => portOf(text) <= 65_535)
      .prefault(standardListen),
    {
      kind: 'text',
      allowed: 'a loopback address with a port, such as "127.0.0.1:8787"',
      reason:
        'Where the gateway listens: this machine alone. Port 0: chosen at the first start and kept from then on, so that workers which outlive the daemon find the next one.',
      unit: null,
      default: standardListen,
    },
  ),
  untracked: choice(
    ['refuse', 'allow'],
    'refuse',
    'What becomes of requests without an attempt key. allow: they share the place behind the last task; any program of this machine can then use the upstreams.',
  ),
  max_wait: duration(
    '5m',
    ['0s', '1d'],
    'How long a request may wait for capacity before it is answered with 429; it says when to try again.',
  ),
  max_waiting: numeric(
    1000,
    { min: 1, max: 100_000, whole: true, unit: 'requests' },
    'How many requests may wait at the same time; each holds its body in memory. The next are answered with 429.',
  ),
  abandoned: choice(
    ['cancel', 'drain'],
    'cancel',
    'What becomes of an answer whose client has gone. cancel: its upstream is told at once. drain: it is read to its end, so that what it cost is known exactly.',
  ),
  max_body: size(
    '32M',
    ['1K', '1G'],
    'The largest request that is taken; larger ones are answered with 413.',
  ),
  request_timeout: duration(
    '60s',
    ['1s', '1h'],
    'How long a client may take to send its request; a slower one is answered with 408.',
  ),
}

const upstreamName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
/** No user, query or fragment: a key in an address would end in listings and logs. */
const upstreamUrl = /^https?:\/\/[^\s/?#@]{1,255}(?:\/[^\s?#]{0,1000})?$/
const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/
const dialects = ['openai', 'anthropic'] as const

/** The keys of one `[[gateway.upstreams]]` table. */
export const upstreamFields = {
  name: noted(z.string().regex(upstreamName), {
    kind: 'text',
    allowed: 'a name of 1 to 64 letters, digits, ".", "_" and "-", such as "vllm"',
    reason: 'What it is called in status, metrics and messages.',
    unit: null,
    default: null,
  }),
  kind: choice(
    ['http', 'simulated'],
    'http',
    'http: an LLM API. simulated: answers are made up within the daemon, for demos and tests, and say so.',
  ),
  dialects: noted(
    z
      .array(z.literal([...dialects]))
      .min(1)
      .max(dialects.length)
      .prefault(['openai']),
    {
      kind: 'structured',
      allowed: 'a list of "openai" and "anthropic"',
      reason: 'Which APIs it speaks. It gets requests of these alone.',
      unit: null,
      default: null,
    },
  ),
  url: noted(
    z
      .string()
      .regex(upstreamUrl)
      .refine((text) => URL.canParse(text))
      .optional(),
    {
      kind: 'text',
      allowed:
        'an http or https address without user, query or fragment, such as "https://api.openai.com" (a key belongs in key_env or key_file)',
      reason: 'Where it is; `/v1/…` is appended, and may stand at its end already.',
      unit: null,
      default: null,
    },
  ),
  key_env: noted(z.string().regex(variableName).optional(), {
    kind: 'text',
    allowed: 'the name of a variable, such as "OPENAI_API_KEY"',
    reason: "The variable of the daemon's environment that holds its key.",
    unit: null,
    default: null,
  }),
  key_file: path(
    'A file that holds nothing but its key, read at each start and reload. "$CREDENTIALS_DIRECTORY/NAME" is a credential of the systemd unit.',
  ),
  key_header: choice(
    ['standard', 'authorization', 'x-api-key', 'api-key'],
    'standard',
    'The header that shows it its key. standard: `authorization: Bearer KEY` with the OpenAI dialect, `x-api-key: KEY` with the Anthropic one.',
  ),
  stream_usage: choice(
    ['ask', 'leave'],
    'ask',
    'Whether streams of chats and completions are asked for their usage (stream_options). leave: for one that refuses that; a stream then costs what was seen of it.',
  ),
  models: noted(
    z
      .array(
        z
          .string()
          .min(1)
          .max(200)
          .regex(/^[^\p{Cc}]+$/u),
      )
      .min(1)
      .max(1000)
      .prefault(['*']),
    {
      kind: 'structured',
      allowed: 'a list of names of models, in which * stands for anything, such as ["gpt-*", "o3"]',
      reason: 'Which models it is asked for. The first upstream that fits a request gets it.',
      unit: null,
      default: null,
    },
  ),
  max_in_flight: numeric(
    64,
    { min: 1, max: 10_000, whole: true, unit: 'requests' },
    'How many of its answers may be under way at the same time; the next wait for a place, in their order. Lists of models and counts of tokens, which cost nothing, come beside them.',
  ),
  connect_timeout: duration('10s', ['100ms', '5m'], 'How long connecting may take.'),
  head_timeout: duration(
    '10m',
    ['1s', '1d'],
    'How long it may take until its answer begins; without streaming that is when all of it is written.',
  ),
  idle_timeout: duration('2m', ['1s', '1d'], 'How long it may fall silent in the middle of an answer.'),
}

/** Each has connections of its own, and is gone through for each request. */
const upstreamsMax = 100

export const gatewaySchema = z
  .strictObject({
    ...gatewayFields,
    upstreams: z
      .array(z.strictObject(upstreamFields))
      .max(upstreamsMax)
      .prefault([])
      .meta({ description: 'The LLM APIs that requests go to, tried in this order.' }),
  })
  .prefault({})
  .meta({ description: 'The gateway between workers and the LLM.' })

type ParsedGateway = z.output<typeof gatewaySchema>
type ParsedUpstream = ParsedGateway['upstreams'][number]

/** @param absolute makes a path absolute; a systemd credential's place is put in before */
export function gatewayOf(parsed: ParsedGateway, absolute: (path: string) => string): GatewayPolicy {
  return {
    enabled: parsed.enabled,
    listen: { host: hostOf(parsed.listen), port: portOf(parsed.listen) },
    untracked: parsed.untracked,
    maxWaitMs: parsed.max_wait,
    maxWaiting: parsed.max_waiting,
    abandoned: parsed.abandoned,
    maxBodyBytes: parsed.max_body,
    requestTimeoutMs: parsed.request_timeout,
    upstreams: parsed.upstreams.map((upstream) => upstreamOf(upstream, absolute)),
  }
}

function upstreamOf(parsed: ParsedUpstream, absolute: (path: string) => string): UpstreamPolicy {
  const { key_env: variable, key_file: file } = parsed
  return {
    name: parsed.name,
    kind: parsed.kind,
    dialects: [...new Set(parsed.dialects)],
    url: parsed.url === undefined ? '' : withoutVersion(parsed.url),
    key: variable !== undefined ? { env: variable } : file !== undefined ? { file: absolute(file) } : null,
    keyHeader: parsed.key_header,
    streamUsage: parsed.stream_usage,
    models: [...new Set(parsed.models)],
    maxInFlight: parsed.max_in_flight,
    connectTimeoutMs: parsed.connect_timeout,
    headTimeoutMs: parsed.head_timeout,
    idleTimeoutMs: parsed.idle_timeout,
  }
}

/** The SDKs' own base URLs end in /v1, so people write it. */
function withoutVersion(url: string): string {
  return url.replace(/\/+$/, '').replace(/\/v1$/, '')
}

/** Of `listen`, without the brackets of an IPv6 address. */
export function hostOf(listen: string): string {
  return listen.slice(0, listen.lastIndexOf(':')).replaceAll(/[[\]]/g, '')
}

function portOf(listen: string): number {
  return Number(listen.slice(listen.lastIndexOf(':') + 1))
}
