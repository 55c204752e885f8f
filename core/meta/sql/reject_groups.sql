-- core/meta/sql/reject_groups.sql
-- Problems that are the same, most frequent first.
-- Numbers and quoted parts of a reason may be the row's: they do not part a
-- group, and are shown only where all its rows have the same.
select job_id, field, rule, sqlstate,
       case when count(distinct full_reason) = 1 then min(full_reason) else reason end as reason,
       count(distinct id) as rows, min(row_no) as first_row,
       max(row_no) as last_row, (array_agg(value order by id))[1] as sample, min(id) as sample_id,
       min(at) as first_at, max(at) as last_at
  from (
    select r.job_id, r.id, r.row_no, r.at, coalesce(p ->> 'sqlstate', '') as sqlstate, p ->> 'field' as field, p ->> 'rule' as rule,
           p ->> 'value' as value,
           p ->> 'reason' as full_reason,
           regexp_replace(regexp_replace(p ->> 'reason', '"[^"]*"|''[^'']*''', '…', 'g'),
                          '(?<![[:alnum:]_-])[0-9]+(?![[:alnum:]])', 'N', 'g') as reason
      from leat.reject_view r, jsonb_array_elements(r.problems) p
     where ($2::text is null or p ->> 'field' = $2::text)
       and ($3::text is null or p ->> 'rule' = $3::text)
       and ($1::bigint is null or r.job_id = $1::bigint)
       and (1 << r.state) & $4::integer <> 0) t
 group by job_id, field, rule, sqlstate, reason
 order by rows desc, job_id desc, field, rule, sqlstate, reason
 limit $5::integer
