// Draws the pictures of `jrctl top` in the README anew: node test/tui/pictures/write.ts
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { prepareWidths } from '../../../src/text/fit.ts'
import { withPictures } from './pictures.ts'

process.env['TZ'] = 'UTC'
await prepareWidths(['日本'])
const file = join(import.meta.dirname, '../../../README.md')
writeFileSync(file, withPictures(readFileSync(file, 'utf8')))
