/** What the columns of `jr_campaigns` mean, once; the table may be another program's. NULL counts as the column's default. */

/** A campaign's name for comparing: without case and blanks around it. */
export const campaignNameOf = (name: string): string => `lower(btrim(${name}))`

export const campaignStatusOf = (row: string): string =>
  `coalesce(lower(btrim(${row}.status::text)), 'active')`

/** Tasks are to be brought into their windows for it now. */
export const isActiveCampaign = (row: string): string =>
  `(${campaignStatusOf(row)} = 'active' and coalesce(${row}.starts_at::timestamptz, '-infinity') <= now()
    and coalesce(${row}.ends_at::timestamptz, 'infinity') > now())`

export const budgetOf = (row: string): string => `coalesce(${row}.budget::float8, 0)`
