/**
 * The composition root: splits the command line, loads the one command that was called, gives it what it needs, turns errors
 * into messages and exit codes. What it imports at once, `jrctl status` pays for, so that is little.
 */
import { useCompileCache } from './main/compile-cache.ts'

useCompileCache(process.env)
const { main } = await import('./main/main.ts')
await main(process)
