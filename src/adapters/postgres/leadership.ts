import type { Leadership } from '../../ports/leadership.ts'
import type { Database } from './connect.ts'
import { campaign } from './sql/campaign.ts'
import { leader } from './sql/leader.ts'
import { resign } from './sql/resign.ts'

/** The leader's lease as a row of `jr_leader`, under the database's clock. */
export function createLeadership(db: Database): Leadership {
  return {
    campaign: (candidate, leaseMs) => campaign(db, candidate, leaseMs),
    resign: (mandate) => resign(db, mandate),
    leader: () => leader(db),
  }
}
