import type { DaemonServices } from '../services.ts'
import { exposition, type TextFormat } from './exposition.ts'
import { familiesOf } from './families.ts'

/** The metrics as scrapers read them. What the database would tell is left out while it is away. */
export async function metricsText(
  services: Pick<DaemonServices, 'metrics' | 'status' | 'ledger'>,
  format: TextFormat,
): Promise<string> {
  const status = await services.status().catch(() => null)
  const lastLedgerId = services.ledger.read({ limit: 1 }).at(-1)?.id ?? 0
  return exposition(familiesOf({ metrics: services.metrics(), status, lastLedgerId }), format)
}
