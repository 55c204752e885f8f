-- core/meta/sql/job_arm.sql
-- Before sleeping: whoever adds work from now on wakes us. false: try again in a moment.
select leat.arm($1::text[])::integer as done
