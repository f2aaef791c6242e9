import { readFile } from 'node:fs/promises'
import { createProgramSender } from '../adapters/alerts/program.ts'
import { createSpokenSender } from '../adapters/alerts/spoken.ts'
import { createWebhookSender, type WebhookTarget } from '../adapters/alerts/webhook.ts'
import type { AlertChannelPolicy, AlertWay } from '../config/policy.ts'
import type { AlertMessage } from '../domain/alerts/message.ts'
import { messageOf } from '../errors.ts'
import type { AlertSender } from '../ports/alerts.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { alertProgramRunner } from './alert-program.ts'

export interface AlertScene {
  env: Readonly<Record<string, string | undefined>>
  clock: Clock
  random: Random
  version: string
  /** What `kind = "log"` means here. */
  spoken: { where: string; say(message: AlertMessage): void }
}

/** How the alerts of a channel leave: addresses and secrets come from this environment and from files, at each alert. */
export function alertSenders(scene: AlertScene): (channel: AlertChannelPolicy) => AlertSender {
  return ({ way, timeoutMs }) => {
    switch (way.kind) {
      case 'webhook':
        return createWebhookSender({ ...scene, timeoutMs, target: () => targetOf(way, scene.env) })
      case 'command': {
        const run = alertProgramRunner(scene.clock, scene.random)
        return createProgramSender({
          command: way.command,
          env: environmentOf(way.envPass, scene.env),
          timeoutMs,
          run,
        })
      }
      case 'log':
        return createSpokenSender(scene.spoken)
      default:
        return way satisfies never
    }
  }
}

type Environment = AlertScene['env']
type WebhookWay = Extract<AlertWay, { kind: 'webhook' }>

async function targetOf({ url, headers }: WebhookWay, env: Environment): Promise<WebhookTarget> {
  const address = await addressOf(url, env)
  return {
    url: address,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, variable]) => [
        name,
        variableOf(variable, env, `the header ${name}`),
      ]),
    ),
  }
}

async function addressOf(url: WebhookWay['url'], env: Environment): Promise<string> {
  const text =
    'text' in url
      ? url.text.reveal()
      : 'env' in url
        ? variableOf(url.env, env, 'the address')
        : await readFile(url.file, 'utf8').catch((error: unknown) => {
            throw new Error(`the address cannot be read from ${url.file}: ${messageOf(error)}`)
          })
  const from = 'env' in url ? `the variable ${url.env}` : 'file' in url ? url.file : 'url'
  const parsed = URL.parse(text.trim())
  if (parsed !== null && /^https?:$/.test(parsed.protocol)) return parsed.href
  throw new Error(`${from} holds no http or https address`)
}

function variableOf(name: string, env: Environment, what: string): string {
  const value = (env[name] ?? '').trim()
  // What a header may hold; a line break would be one more header.
  if (/^[\x20-\x7E]{1,4096}$/.test(value)) return value
  throw new Error(
    `${what} is to be in the variable ${name}, which ${value === '' ? 'is not set' : 'holds something else'}`,
  )
}

/** As workers get it: nothing of the daemon's secrets but what is named. */
const passed = /^(?:PATH|HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TZ|TMPDIR)$/

function environmentOf(named: readonly string[], env: Environment): Record<string, string> {
  const wanted = new Set(named)
  return Object.fromEntries(
    Object.entries(env).filter(
      (pair): pair is [string, string] =>
        pair[1] !== undefined && (passed.test(pair[0]) || wanted.has(pair[0])),
    ),
  )
}
