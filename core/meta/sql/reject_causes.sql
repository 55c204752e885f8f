-- core/meta/sql/reject_causes.sql
-- What is wrong with most of the rows that a run refused, of the first 10,000.
select p ->> 'field' as field, p ->> 'rule' as rule, count(distinct r.id) as rows
  from (select x.id, x.problems
          from leat.reject x
         where x.org_id = $1::bigint and x.job_id = $2::bigint and x.run = $3::bigint
         order by x.id
         limit 10000) r,
       jsonb_array_elements(r.problems) p
 group by 1, 2
 order by rows desc, 1, 2
 limit 3
