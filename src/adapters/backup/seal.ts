/*
 * The end of a backup: a frame that zstd passes over, with the SHA-256 of all bytes before it. One byte that is another
 * anywhere in the file, and be it in a bit that the compression does not use, is seen; so is a file that was cut short.
 * Source: RFC 8878, 3.1.2, skippable frames.
 */

const magic = 0x184d2a5e
const mark = 'jrctl-backup'
const hashBytes = 32
const contentBytes = mark.length + hashBytes

export const sealBytes = 8 + contentBytes

export function sealOf(hash: Buffer): Buffer {
  const seal = Buffer.alloc(sealBytes)
  seal.writeUInt32LE(magic, 0)
  seal.writeUInt32LE(contentBytes, 4)
  seal.write(mark, 8)
  hash.copy(seal, 8 + mark.length)
  return seal
}

/** The hash that a seal holds; null: it is none. */
export function hashInSeal(seal: Buffer): Buffer | null {
  if (seal.length !== sealBytes || !seal.subarray(0, sealBytes - hashBytes).equals(head)) return null
  return seal.subarray(sealBytes - hashBytes)
}

/** Where the last seal in these bytes ends; null: there is none. */
export function endOfSeal(bytes: Buffer): number | null {
  const at = bytes.lastIndexOf(head)
  return at < 0 || at + sealBytes > bytes.length ? null : at + sealBytes
}

const head = sealOf(Buffer.alloc(hashBytes)).subarray(0, sealBytes - hashBytes)

/** RFC 8878, 3.1.1: what every file of zstd begins with. */
export const zstdMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
