import type { ChannelClosures } from '../../ports/channel-closures.ts'
import type { Database } from './connect.ts'
import { carryAlong } from './sql/carry-along.ts'
import { declareBeforeReign } from './sql/declare-before-reign.ts'
import { declareClosures } from './sql/declare-closures.ts'
import { now } from './sql/now.ts'
import { putOffClosed } from './sql/put-off-closed.ts'

/** Closures as rows of `jr_channels`, which the claim looks at (see sql/closed-channels.ts). */
export function createChannelClosures(db: Database): ChannelClosures {
  return {
    now: () => now(db),
    carryAlong: (mandate, closures, limit) => carryAlong(db, mandate, closures, limit),
    declare: (mandate, closures) => declareClosures(db, mandate, closures),
    declareBeforeReign: (closures) => declareBeforeReign(db, closures),
    putOff: (mandate, limit) => putOffClosed(db, mandate, limit),
  }
}
