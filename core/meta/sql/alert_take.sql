-- core/meta/sql/alert_take.sql
-- Takes the end of an attempt: whoever gets the row decides, nobody else will.
-- What still runs stays where it is.
with late as materialized (
    select d.org_id, d.job_id, d.run from leat.alert_due d
     where d.job_id = $1::bigint and d.run = $2::bigint
       for update
),
gone as (
    delete from leat.alert_due d
     using late l
     where d.org_id = l.org_id and d.job_id = l.job_id and d.run = l.run
       and not exists (select from leat.job_view v
                        where v.org_id = l.org_id and v.id = l.job_id and v.run_no = l.run
                          and v.state = 1)
    returning d.job_id, d.run
)
select job_id, run from gone
