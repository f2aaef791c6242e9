import type { NodeId } from '../../domain/ids.ts'
import type { LedgerEventType, LedgerLevel } from '../../domain/ledger-event.ts'
import type { ClaimHolds } from '../../ports/claim-holds.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import type { StateCondition, StateHealth } from '../../ports/state-health.ts'
import type { DatabaseWatch } from './database-watch.ts'
import { type Duty, createDuty } from '../duty.ts'

/**
 * Keeps this node's workers from taking new work while its disk is full, or nearly: what they would do could not be
 * written down. The hold lives in Postgres, for the workers claim there themselves; it is renewed well before it ends, and
 * ends by itself when the daemon does.
 */
const holdMs = 60_000
const renewEveryMs = 10_000
/** While nothing is held nobody needs to ask; a hold that an earlier daemon left ends by itself. */
const idleMs = 600_000

export function createClaimHold(deps: {
  holds: ClaimHolds
  nodeId: NodeId
  health: StateHealth
  ledger: Ledger
  database: DatabaseWatch
  clock: Clock
  logger: Logger
}): Duty {
  const { holds, nodeId, health, ledger } = deps
  const logger = deps.logger.child({ part: 'state' })
  /** What Postgres was told last; true to begin with, since an earlier daemon may have held. */
  let held = true
  let asked = false
  let leave = (): void => {}

  function told(condition: StateCondition): void {
    // A state that failed takes no entry; it ends the daemon.
    if (condition.kind === 'failed') return
    const words = wordsFor(condition)
    logger[words.level]({ condition: condition.kind }, words.message)
    ledger.note({ ...words, actor: 'daemon' })
    duty.wake()
  }

  const duty = createDuty(
    {
      name: 'holding back claims while the disk is full',
      everyMs: idleMs,
      minGapMs: 1_000,
      async run() {
        const { condition } = health
        asked = true
        if (condition.kind === 'full' || condition.kind === 'low') {
          held = true
          await holds.holdClaims(nodeId, condition.reason, holdMs)
          return renewEveryMs
        }
        asked = held
        if (held) await holds.resumeClaims(nodeId)
        held = false
        return undefined
      },
      // A pass that asked nothing of the database knows nothing of it.
      settled: (error, beganMs) => asked && deps.database.settled(error, beganMs),
    },
    { clock: deps.clock, logger },
  )

  return {
    ...duty,
    start() {
      leave = health.subscribe(told)
      duty.start()
    },
    async stop() {
      leave()
      await duty.stop()
    },
  }
}

interface Words {
  eventType: LedgerEventType
  level: LedgerLevel
  message: string
}

function wordsFor(condition: Exclude<StateCondition, { kind: 'failed' }>): Words {
  switch (condition.kind) {
    case 'sound':
      return {
        eventType: 'state.recovered',
        level: 'info',
        message: 'the local state takes writes again; claims go on',
      }
    case 'low':
    case 'full':
      return {
        eventType: 'state.disk_filled',
        level: 'error',
        message: `${condition.reason}: no new tasks are claimed on this node, running ones go on`,
      }
    case 'pinned':
      return {
        eventType: 'state.pinned',
        level: 'warn',
        message: `${condition.reason}: the ledger waits, all else goes on`,
      }
    default:
      return condition satisfies never
  }
}

/** What is degraded about the local state, in plain words; null: nothing. */
export function degradation(condition: StateCondition): string | null {
  if (condition.kind === 'sound') return null
  return condition.kind === 'failed' ? `local state: ${condition.error.message}` : condition.reason
}
