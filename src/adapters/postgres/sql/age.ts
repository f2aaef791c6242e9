/** Milliseconds since a timestamp, with or without time zone, by the database's clock; NULL for `infinity`. */
export const ageMs = (time: string): string =>
  `case when isfinite((${time})::timestamptz) then floor(extract(epoch from now() - (${time})::timestamptz) * 1000)::float8 end`

/** Milliseconds until a timestamp; negative when it has passed. */
export const leftMs = (time: string): string =>
  `case when isfinite((${time})::timestamptz) then ceil(extract(epoch from (${time})::timestamptz - now()) * 1000)::float8 end`
