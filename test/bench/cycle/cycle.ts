import type { Measured } from '../figure.ts'
import { startServer } from '../queue/server.ts'
import { decideFigures } from './decide.ts'
import { idleFigures } from './idle.ts'
import { measureLooks } from './look.ts'

/** What the autonomous cycle costs: to look, to decide, and to find nothing to do. */
export async function cycle(): Promise<Measured> {
  const server = await startServer()
  try {
    const { figures, ...looks } = await measureLooks(server)
    return { ...looks, figures: [...figures, ...(await decideFigures()), ...(await idleFigures())] }
  } finally {
    await server.stop()
  }
}
