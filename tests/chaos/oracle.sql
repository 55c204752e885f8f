-- tests/chaos/oracle.sql
-- What must hold of a loaded table, whatever died on the way: one line of facts.
--
-- Needs:  psql variables table (to look at), seed and first, last (of the rows
--         that must be there). Row i of a source has id = i and
--         h = md5(seed:i), n = i * 7919 % 100003.
-- Answer: lost | doubled | foreign | wrong; all four must be 0.
with wanted as (
    select i as id, md5(:'seed' || ':' || i) as h, (i * 7919 % 100003) as n
    from generate_series(:first::bigint, :last::bigint) as i
), got as (
    select id, count(*) as copies, min(h) as h, min(n) as n
    from :table
    group by id
), facts as (
    select count(*) filter (where g.id is null) as lost,
           coalesce(sum(g.copies - 1) filter (where g.copies > 1), 0) as doubled,
           count(*) filter (where w.id is null) as "foreign",
           count(*) filter (where g.h <> w.h or g.n <> w.n) as wrong
    from wanted as w
    full join got as g using (id)
)
select lost, doubled, "foreign", wrong from facts;
