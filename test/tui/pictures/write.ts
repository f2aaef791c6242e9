// Draws the pictures of `jrctl top` in the README and in docs anew: node test/tui/pictures/write.ts
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { prepareWidths } from '../../../src/text/fit.ts'
import { pictured, withPictures } from './pictures.ts'

process.env['TZ'] = 'UTC'
await prepareWidths(['日本'])
for (const [path, names] of Object.entries(pictured)) {
  const file = join(import.meta.dirname, '../../..', path)
  writeFileSync(file, withPictures(readFileSync(file, 'utf8'), names))
}
