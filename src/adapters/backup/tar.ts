/*
 * The ustar format (POSIX.1-1988, pax(1)), so that a backup can be looked into, and in need unpacked, without jrctl:
 * `tar --zstd -tvf FILE`.
 */

export const blockBytes = 512

export interface TarHeader {
  path: string
  kind: 'file' | 'folder'
  bytes: number
  mode: number
  /** Epoch seconds. */
  modified: number
}

const magic = 'ustar\u000000'
/** Field 8's eleven octal digits; above, GNU's base 256 is used, which every tar of today reads. */
const octalMax = 8 ** 11 - 1

/** Where each field is, and how long. */
const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  modified: [136, 12],
  sum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
  prefix: [345, 155],
} as const

export function encodeHeader(header: TarHeader): Buffer {
  const block = Buffer.alloc(blockBytes)
  const { prefix, name } = splitPath(header)
  block.write(name, fields.name[0])
  block.write(prefix, fields.prefix[0])
  octal(block, fields.mode, header.mode)
  octal(block, fields.uid, 0)
  octal(block, fields.gid, 0)
  writeSize(block, header.bytes)
  octal(block, fields.modified, header.modified)
  block.write(header.kind === 'folder' ? '5' : '0', fields.type[0])
  block.write(magic, fields.magic[0], 'latin1')
  block.write(sumOf(block).toString(8).padStart(6, '0') + '\0 ', fields.sum[0])
  return block
}

export type DecodedHeader = { kind: 'entry'; header: TarHeader } | { kind: 'end' } | { kind: 'damaged' }

export function decodeHeader(block: Buffer): DecodedHeader {
  if (block.every((byte) => byte === 0)) return { kind: 'end' }
  const type = text(block, fields.type)
  const bytes = readSize(block)
  if (Number.parseInt(text(block, fields.sum), 8) !== sumOf(block) || bytes === null)
    return { kind: 'damaged' }
  if (type !== '0' && type !== '5') return { kind: 'damaged' }
  const prefix = text(block, fields.prefix)
  const name = text(block, fields.name)
  return {
    kind: 'entry',
    header: {
      path: (prefix === '' ? name : `${prefix}/${name}`).replace(/\/$/, ''),
      kind: type === '5' ? 'folder' : 'file',
      bytes,
      mode: Number.parseInt(text(block, fields.mode), 8),
      modified: Number.parseInt(text(block, fields.modified), 8),
    },
  }
}

/** Zeros after a content of so many bytes, up to the next block. */
export function paddingAfter(bytes: number): number {
  return (blockBytes - (bytes % blockBytes)) % blockBytes
}

/** What ends an archive: two empty blocks. */
export const archiveEnd = Buffer.alloc(2 * blockBytes)

/** Those that do not fit in the name's field are cut at a slash. Our paths are short: PostgreSQL's files, and a few of ours. */
function splitPath({ path, kind }: TarHeader): { prefix: string; name: string } {
  const whole = kind === 'folder' ? `${path}/` : path
  if (whole.length <= fields.name[1]) return { prefix: '', name: whole }
  const cut = whole.indexOf('/', whole.length - fields.name[1] - 1)
  const [prefix, name] = [whole.slice(0, cut), whole.slice(cut + 1)]
  if (cut <= 0 || prefix.length > fields.prefix[1] || name === '')
    throw new RangeError(`the path ${path} is too long for an archive`)
  return { prefix, name }
}

type Field = readonly [start: number, length: number]

function octal(block: Buffer, [start, length]: Field, value: number): void {
  block.write(value.toString(8).padStart(length - 1, '0'), start)
}

function writeSize(block: Buffer, bytes: number): void {
  if (bytes <= octalMax) return octal(block, fields.size, bytes)
  const [start, length] = fields.size
  block.writeUIntBE(bytes, start + length - 6, 6)
  block[start] = 0x80
}

function readSize(block: Buffer): number | null {
  const [start, length] = fields.size
  const isBinary = block[start] === 0x80
  const bytes = isBinary
    ? block.readUIntBE(start + length - 6, 6)
    : Number.parseInt(text(block, fields.size), 8)
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null
}

function text(block: Buffer, [start, length]: Field): string {
  const field = block.subarray(start, start + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end === -1 ? length : end).trim()
}

/** Of all bytes, those of the sum itself taken as blanks. */
function sumOf(block: Buffer): number {
  const [start, length] = fields.sum
  let sum = 0
  for (const [index, byte] of block.entries()) sum += index >= start && index < start + length ? 0x20 : byte
  return sum
}
