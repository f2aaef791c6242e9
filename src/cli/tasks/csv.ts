/** A record of a CSV file, with the line on which it begins (fields may hold line breaks). */
export interface CsvRecord {
  line: number
  fields: string[]
}

/**
 * RFC 4180: commas, quotes doubled within quotes, CRLF or LF, a last line with or without its end. A quote that opens and
 * never closes is reported with the line where it opens.
 */
export function parseCsv(text: string): { records: CsvRecord[]; unclosedQuoteAt: number | undefined } {
  const records: CsvRecord[] = []
  let fields: string[] = []
  let line = 1
  let recordLine = 1
  let position = text.startsWith('\uFEFF') ? 1 : 0
  while (position < text.length) {
    const field = readField(text, position)
    if (field === undefined) return { records, unclosedQuoteAt: line }
    fields.push(field.value)
    line += field.lineBreaks
    position = field.end
    if (text[position] === ',' && position < text.length) {
      position += 1
      // A comma at the very end is followed by one more, empty field.
      if (position === text.length) fields.push('')
      else continue
    }
    if (fields.some((value) => value !== '')) records.push({ line: recordLine, fields })
    fields = []
    if (text[position] === '\r') position += 1
    if (text[position] === '\n') position += 1
    line += 1
    recordLine = line
  }
  return { records, unclosedQuoteAt: undefined }
}

interface Field {
  value: string
  /** Index of the comma, line end or end of text behind it. */
  end: number
  lineBreaks: number
}

const fieldEnd = /[,\r\n]/g

function readField(text: string, start: number): Field | undefined {
  if (text[start] === '"') return readQuoted(text, start + 1)
  fieldEnd.lastIndex = start
  const end = fieldEnd.exec(text)?.index ?? text.length
  return { value: text.slice(start, end), end, lineBreaks: 0 }
}

function readQuoted(text: string, start: number): Field | undefined {
  let position = start
  let closing = text.indexOf('"', position)
  while (closing >= 0 && text[closing + 1] === '"') {
    position = closing + 2
    closing = text.indexOf('"', position)
  }
  if (closing < 0) return undefined
  const raw = text.slice(start, closing)
  // What follows the closing quote up to the comma belongs to the field, as spreadsheets have it.
  fieldEnd.lastIndex = closing + 1
  const end = fieldEnd.exec(text)?.index ?? text.length
  const value = raw.replaceAll('""', '"') + text.slice(closing + 1, end)
  return { value, end, lineBreaks: raw.split('\n').length - 1 }
}
