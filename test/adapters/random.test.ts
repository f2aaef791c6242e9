import { systemRandom } from '../../src/adapters/random.ts'
import { randomContract } from '../contract-suites/random.ts'

randomContract('system', systemRandom)
