import { readPpid } from '../adapters/process/proc.ts'
import { lockState } from '../adapters/sqlite/lock.ts'
import { unitOf } from '../adapters/systemd/unit.ts'
import { type ApiClient, createClient } from '../client/client.ts'
import type { Policy } from '../config/policy.ts'
import { type HeldDoor, holdDoor } from '../gateway/intake/held-door.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Logger } from '../ports/logger.ts'
import { userName } from './api-client.ts'
import { type TakenOver, takeOver } from './run-daemon-takeover.ts'

/** A daemon that takes longer to say who it is hangs. */
const ownerAnswersMs = 5_000

/** Takes the state directory of a policy over from its owner; see `takeOver`. */
export function takeOverFrom(
  ownerPid: number | null,
  scene: { policy: Policy; process: NodeJS.Process; clock: Clock; note: (text: string) => void },
): Promise<TakenOver> {
  const { policy, process, clock } = scene
  const client = createClient({
    socketPath: policy.api.socket,
    actor: `cli:${userName(process)}`,
    clock,
    timeoutMs: ownerAnswersMs,
  })
  return takeOver({
    stateDir: policy.stateDir,
    ownerPid,
    ownPid: process.pid,
    client,
    holdDoor: () => holdDoorOf(client),
    lock: () => lockState(policy.stateDir),
    unitOf,
    parentOf: readPpid,
    clock,
    note: (text) => scene.note(text),
  })
}

/** What goes wrong here costs some refused connections, and is no reason not to take over. */
async function holdDoorOf(client: Pick<ApiClient, 'call'>): Promise<HeldDoor | null> {
  const { gateway } = await client.call('status', {}).catch(() => ({ gateway: undefined }))
  return gateway?.url == null ? null : await holdDoor(gateway.url)
}

/** Says how long nobody watched the fleet. */
export function tellTakenOver(
  { fromPid, agreedMs }: TakenOver,
  to: { clock: Clock; logger: Logger; ledger: Ledger; note: (text: string) => void },
): void {
  const gapMs = Math.round(to.clock.monotonicMs() - agreedMs)
  const message = `took over from pid ${fromPid}, ${gapMs} ms after it agreed; the workers worked on`
  to.logger.info({ fromPid, gapMs }, message)
  to.ledger.note({
    eventType: 'daemon.took_over',
    level: 'info',
    actor: 'daemon',
    message,
    data: { fromPid, gapMs },
  })
  to.note(message)
}
