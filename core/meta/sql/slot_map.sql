-- core/meta/sql/slot_map.sql
-- Which instants local minutes of a zone are: the first one, and the last one where
-- clocks were set back. Where they were set forward over a minute, the instant of that.
with guess as (
    select m.minute, l.local,
           (l.local - (b.before at time zone $1 - b.before at time zone 'UTC'))
               at time zone 'UTC' as early,
           (l.local - (b.behind at time zone $1 - b.behind at time zone 'UTC'))
               at time zone 'UTC' as late
      from unnest($2::bigint[]) m(minute)
     cross join lateral (select timestamp '1970-01-01' + m.minute * interval '1 minute' as local) l
     cross join lateral (select l.local at time zone $1 - interval '24 hours' as before,
                                l.local at time zone $1 + interval '24 hours' as behind) b
),
found as (
    select g.*, f.first_at, f.last_at
      from guess g
     cross join lateral (select min(x) as first_at, max(x) as last_at
                           from unnest(array[g.early, g.late, g.local at time zone $1]) x
                          where x at time zone $1 = g.local) f
)
select minute, first_at is null as is_gap, extract(epoch from last_at)::bigint as last_s,
       extract(epoch from case when first_at is not null then first_at else
           (select min(x)
              from generate_series(least(early, late), greatest(early, late),
                                   interval '1 minute') x
             where x at time zone $1 > local) end)::bigint as first_s
  from found
 order by minute
