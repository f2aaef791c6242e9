/** `node work.mjs PEER MODE`: one worker process of a peer on the database of BENCH_URL, until SIGTERM. */
import { reporter } from './report.mjs'

const [peer, mode] = process.argv.slice(2)
const { work } = await import(`./${peer}.mjs`)
const stop = await work(process.env.BENCH_URL, mode, reporter())
process.once('SIGTERM', () => void stop().then(() => process.exit(0)))
process.stdout.write('up\n')
