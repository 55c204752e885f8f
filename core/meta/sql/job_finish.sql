-- core/meta/sql/job_finish.sql
-- Many small jobs end well at once; how many were still held.
select leat.job_finish($1::bigint[], $2::bigint[], $3::bigint[], $4::integer[], $5::bigint[],
                       $6::jsonb[]) as done
