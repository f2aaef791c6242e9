import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { findPortHolders } from '../../adapters/checkup/ports.ts'
import { askAddress } from '../../adapters/checkup/reach.ts'
import { findProgram } from '../../adapters/process/program.ts'
import type { AlertChannelPolicy, Policy, UpstreamPolicy } from '../../config/policy.ts'
import { readUpstreamKey } from '../../config/upstream-key.ts'
import type { StatusView } from '../../contract/views.ts'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { AlertChannelFacts, PortFacts, UpstreamFacts } from '../../ports/machine-checkup.ts'

type Place = Pick<PortFacts, 'what' | 'host' | 'port' | 'isWritten'>

/** Where we listen or would; not a gateway whose port the daemon will choose. */
export async function seePorts({ api, gateway }: Policy, status: StatusView | null): Promise<PortFacts[]> {
  const places: Place[] = [
    ...(api.listen === null ? [] : [{ what: 'api', ...api.listen } as const]),
    ...(gateway.enabled && gateway.listen.port !== 0
      ? [{ what: 'gateway', ...gateway.listen, isWritten: true } as const]
      : []),
  ]
  const holders = await findPortHolders(places.map(({ port }) => port))
  return places.map(({ what, host, port, isWritten }) => {
    const found = holders.get(port)
    return {
      what,
      host,
      port,
      isWritten,
      holder: found === undefined ? null : { ...found, isOurs: isDaemons({ what, port }, found.pid, status) },
      absence: what === 'api' ? (status?.api?.absence ?? null) : null,
    }
  })
}

/** By its pid; where we may not see that, by what the daemon says. */
function isDaemons(
  { what, port }: Pick<Place, 'what' | 'port'>,
  pid: number | null,
  status: StatusView | null,
): boolean {
  if (status === null) return false
  if (pid !== null) return pid === status.daemon.pid
  const url = what === 'api' ? status.api?.url : status.gateway?.url
  return url?.endsWith(`:${port}`) ?? false
}

export interface Asking {
  env: NodeJS.ProcessEnv
  clock: Clock
  timeoutMs: number
}

export function seeUpstreams({ gateway }: Policy, asking: Asking): Promise<UpstreamFacts[]> {
  return Promise.all(
    gateway.enabled ? gateway.upstreams.map((upstream) => seeUpstream(upstream, asking)) : [],
  )
}

async function seeUpstream(
  upstream: UpstreamPolicy,
  { env, clock, timeoutMs }: Asking,
): Promise<UpstreamFacts> {
  const { name, kind } = upstream
  if (kind === 'simulated') return { name, kind, address: '', outcome: null, keyless: null }
  const address = new URL(`${upstream.url.replace(/\/$/, '')}/v1/models`)
  const key = await keyOf(upstream, env)
  const outcome = await askAddress(address, { headers: headersOf(upstream, key.secret), timeoutMs, clock })
  return { name, kind, address: address.origin, outcome, keyless: key.problem }
}

/** The gateway's own key; what the daemon's environment holds, this one may not. */
async function keyOf(
  upstream: UpstreamPolicy,
  env: NodeJS.ProcessEnv,
): Promise<{ secret: string | null; problem: string | null }> {
  try {
    return { secret: (await readUpstreamKey(upstream, env))?.reveal() ?? null, problem: null }
  } catch (error) {
    return { secret: null, problem: messageOf(error) }
  }
}

function headersOf({ dialects, keyHeader }: UpstreamPolicy, key: string | null): Record<string, string> {
  const isAnthropic = !dialects.includes('openai')
  const version: Record<string, string> = isAnthropic ? { 'anthropic-version': '2023-06-01' } : {}
  if (key === null) return version
  const header = keyHeader !== 'standard' ? keyHeader : isAnthropic ? 'x-api-key' : 'authorization'
  return { ...version, [header]: header === 'authorization' ? `Bearer ${key}` : key }
}

/** Whether each could be told, without telling it anything. */
export function seeAlerts({ alerts }: Policy, env: NodeJS.ProcessEnv): Promise<AlertChannelFacts[]> {
  return Promise.all(
    alerts.map(async ({ name, way }) => ({ name, kind: way.kind, ...(await problemOf(way, env)) })),
  )
}

type Problem = Pick<AlertChannelFacts, 'problem' | 'isOfShell'>
const none: Problem = { problem: null, isOfShell: false }

async function problemOf(way: AlertChannelPolicy['way'], env: NodeJS.ProcessEnv): Promise<Problem> {
  if (way.kind === 'log') return none
  if (way.kind === 'command')
    return findProgram(way.command[0], process.cwd(), env['PATH']).then(
      () => none,
      (error: unknown) => ({ problem: messageOf(error), isOfShell: !way.command[0].includes('/') }),
    )
  const wanted = [...('env' in way.url ? [way.url.env] : []), ...Object.values(way.headers)]
  const absent = wanted.filter((variable) => !env[variable])
  if (absent.length > 0) return { problem: `${absent.join(', ')} is not set`, isOfShell: true }
  return 'file' in way.url ? problemOfFile(way.url.file) : none
}

async function problemOfFile(path: string): Promise<Problem> {
  try {
    await access(path, constants.R_OK)
    const text = (await readFile(path, 'utf8')).trim()
    return URL.canParse(text) ? none : { problem: `${path} holds no address`, isOfShell: false }
  } catch (error) {
    return { problem: messageOf(error), isOfShell: false }
  }
}
