import type { Measured } from '../figure.ts'
import { startServer } from '../queue/server.ts'
import { decideFigures } from './decide.ts'
import { measureLooks } from './look.ts'

/** What the autonomous cycle costs: to look, and to decide. */
export async function cycle(): Promise<Measured> {
  const server = await startServer()
  try {
    const { figures, ...looks } = await measureLooks(server)
    return { ...looks, figures: [...figures, ...(await decideFigures())] }
  } finally {
    await server.stop()
  }
}
