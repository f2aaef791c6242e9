import { createHash, createHmac, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'

const iterations = 4096

/**
 * The verifier by which PostgreSQL knows a password (RFC 5802, RFC 7677; `pg_authid.rolpassword`): what is sent to the server
 * is this, so that no statement, log or dump ever holds the password itself. `password` is ASCII, which SASLprep leaves as it is.
 */
export async function scramVerifier(password: string, saltHex: string): Promise<string> {
  const salt = Buffer.from(saltHex, 'hex')
  const salted = await promisify(pbkdf2)(password, salt, iterations, 32, 'sha256')
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64')
  const serverKey = hmac(salted, 'Server Key').toString('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
